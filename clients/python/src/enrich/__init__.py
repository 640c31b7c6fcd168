"""Language, people, organisations, places and topics of news texts, from the enrich service.

with enrich.Client("localhost:50051") as client:
    for mention in client.entities("Mara Lind met envoys in Oslo"):
        print(mention.type, mention.surface, mention.score)
"""

from enrich._wire import Options
from enrich.aio import AsyncClient
from enrich.client import Client
from enrich.errors import (
    AccessDenied,
    Cancelled,
    DeadlineExceeded,
    EnrichError,
    InternalError,
    InvalidArgument,
    InvalidText,
    NotSupported,
    Overloaded,
    Unavailable,
)
from enrich.results import (
    Enrichment,
    Entities,
    Evidence,
    Failure,
    Info,
    Language,
    LanguageAlternative,
    LanguageSegment,
    Mention,
    Model,
    Passage,
    Span,
    StageTime,
    Topic,
    Topics,
)

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "AsyncClient",
    "Cancelled",
    "Client",
    "DeadlineExceeded",
    "EnrichError",
    "Enrichment",
    "Entities",
    "Evidence",
    "Failure",
    "Info",
    "InternalError",
    "InvalidArgument",
    "InvalidText",
    "Language",
    "LanguageAlternative",
    "LanguageSegment",
    "Mention",
    "Model",
    "NotSupported",
    "Options",
    "Overloaded",
    "Passage",
    "Span",
    "StageTime",
    "Topic",
    "Topics",
    "Unavailable",
]
