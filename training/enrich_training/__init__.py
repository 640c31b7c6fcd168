"""Makes the entity models that the `enrich` services load."""

__version__ = "0.1.0"
