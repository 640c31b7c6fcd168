"""Where things are: raw data, the cache of everything derived from it, and the profile."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAINING = Path(__file__).resolve().parent.parent
REPOSITORY = TRAINING.parent


@dataclass(frozen=True)
class Workspace:
    """The folders of a run and its parsed profile.

    `data` holds the unpacked `ner/` and `text/` and the file `ner_news.jsonl`;
    `cache` receives everything that can be made again.
    """

    data: Path
    cache: Path
    config: dict[str, Any]

    def folder(self, *parts: str) -> Path:
        """A folder below the cache, created when it is missing."""
        path = self.cache.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def corpora(self) -> Path:
        return self.folder("corpora")

    @property
    def tokenizer(self) -> Path:
        return self.folder("tokenizer")

    @property
    def runs(self) -> Path:
        return self.folder("runs", self.config["name"])

    def find(self, *parts: str) -> Path:
        """A data file or folder, looked for in `data` and then among what was unpacked into the cache.

        Raises FileNotFoundError when neither place has it.
        """
        for root in (self.data, self.data / "data", self.cache / "data"):
            path = root.joinpath(*parts)
            if path.exists():
                return path
        raise FileNotFoundError(f"{'/'.join(parts)} is neither under {self.data} nor under {self.cache / 'data'}")


def workspace(data: str | None, cache: str | None, config: str | None) -> Workspace:
    """Resolves the command-line options, then the environment, then the defaults."""
    data_path = Path(data or os.environ.get("ENRICH_DATA_DIR") or REPOSITORY.parent / "shared")
    cache_path = Path(cache or os.environ.get("ENRICH_CACHE_DIR") or "~/.cache/enrich")
    config_path = Path(config) if config else TRAINING / "configs" / "entities.toml"
    with config_path.open("rb") as file:
        parsed = tomllib.load(file)
    return Workspace(data_path.expanduser(), cache_path.expanduser(), parsed)
