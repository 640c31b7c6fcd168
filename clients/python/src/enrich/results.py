"""What a call answers. Every value is frozen, and every span counts code points: `text[m.begin:m.end] == m.surface`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from enrich import _html
from enrich.errors import EnrichError


def _plain(value: Any) -> Any:
    """Returns `value` as JSON can hold it: dictionaries, lists, strings and numbers."""
    if dataclasses.is_dataclass(value):
        # The text is the caller's own and may be a megabyte.
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name != "text"}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if isinstance(value, EnrichError) else value


class _Result:
    def to_dict(self) -> dict[str, Any]:
        """Returns the result as JSON can hold it, without the text."""
        plain: dict[str, Any] = _plain(self)
        return plain


@dataclass(frozen=True)
class Span(_Result):
    """A half-open range of the text, in code points."""

    begin: int
    end: int


@dataclass(frozen=True)
class Mention(_Result):
    """A name in the text.

    `type` is "PERSON", "ORGANIZATION" or "LOCATION"; `surface` is the text inside the span; `normalized` makes
    spellings comparable; `score` is the estimated probability, 0 to 1, that span and type are right.
    """

    begin: int
    end: int
    type: str
    surface: str
    normalized: str
    score: float


@dataclass(frozen=True)
class Entities(_Result):
    """The people, organisations and places of a text, by begin; they never overlap. Iterates over the mentions.

    `sentences` is filled on request.
    """

    mentions: tuple[Mention, ...] = ()
    sentences: tuple[Span, ...] = ()
    text: str = ""

    def __iter__(self) -> Iterator[Mention]:
        return iter(self.mentions)

    def __len__(self) -> int:
        return len(self.mentions)

    def __getitem__(self, place: int) -> Mention:
        return self.mentions[place]

    def of_type(self, entity_type: str) -> tuple[Mention, ...]:
        """Returns the mentions of one type: "PERSON", "ORGANIZATION" or "LOCATION"."""
        return tuple(mention for mention in self.mentions if mention.type == entity_type)

    def __repr__(self) -> str:
        return f"Entities([{', '.join(f'{m.type} {m.surface!r}' for m in self.mentions)}])"

    def _repr_html_(self) -> str:
        return _html.fragment(self.text, self.mentions)


@dataclass(frozen=True)
class LanguageAlternative(_Result):
    """A language that the text may also be in."""

    tag: str
    iso639_3: str
    score: float


@dataclass(frozen=True)
class LanguageSegment(_Result):
    """A stretch of the text in one language."""

    begin: int
    end: int
    tag: str
    score: float


@dataclass(frozen=True)
class Language(_Result):
    """The language of a text.

    `tag` is a BCP-47 tag, "und" where nothing can be said; `script` is an ISO 15924 code ("Arab"); `score` is the
    estimated probability, 0 to 1, that the tag is right, and `reliable` says whether to rely on it. `alternatives` are
    the runners-up, best first; `segments` is filled on request.
    """

    tag: str
    iso639_3: str
    script: str
    score: float
    reliable: bool
    alternatives: tuple[LanguageAlternative, ...] = ()
    segments: tuple[LanguageSegment, ...] = ()
    dialect: str = ""


@dataclass(frozen=True)
class Evidence(_Result):
    """A word or phrase that spoke for a topic; `weight` is what it added to the topic's log-odds."""

    begin: int
    end: int
    surface: str
    weight: float


@dataclass(frozen=True)
class Topic(_Result):
    """The judgement on one topic; `present` says whether `score`, 0 to 1, reaches `threshold`."""

    id: str
    score: float
    threshold: float
    present: bool
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Passage(_Result):
    """The judgement on one passage."""

    begin: int
    end: int
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Topics(_Result):
    """Every topic judged, by score, highest first; iterates over them. `passages` is filled on request."""

    topics: tuple[Topic, ...] = ()
    passages: tuple[Passage, ...] = ()

    def __iter__(self) -> Iterator[Topic]:
        return iter(self.topics)

    def __len__(self) -> int:
        return len(self.topics)

    def __getitem__(self, topic_id: str) -> Topic:
        """Returns the judgement on the topic of that id; KeyError where it was not judged."""
        for topic in self.topics:
            if topic.id == topic_id:
                return topic
        raise KeyError(topic_id)

    @property
    def present(self) -> tuple[str, ...]:
        """The ids of the topics that the text is about, by score, highest first."""
        return tuple(topic.id for topic in self.topics if topic.present)

    def __repr__(self) -> str:
        shown = (f"{t.id} {t.score:.2f}{'' if t.present else ' (absent)'}" for t in self.topics)
        return f"Topics([{', '.join(shown)}])"


@dataclass(frozen=True)
class Failure(_Result):
    """A part of the answer, "LANGUAGE", "ENTITIES" or "TOPICS", that could not be given."""

    feature: str
    error: EnrichError


@dataclass(frozen=True)
class StageTime(_Result):
    """How long one part of the work took, in seconds."""

    stage: str
    seconds: float


@dataclass(frozen=True)
class Enrichment(_Result):
    """Everything about one text. A part is None where it was not asked for or stands in `failures`."""

    text: str
    language: Language | None = None
    entities: Entities | None = None
    topics: Topics | None = None
    failures: tuple[Failure, ...] = ()
    stage_times: tuple[StageTime, ...] = field(default=(), compare=False)
    cached: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        start = self.text if len(self.text) <= 40 else self.text[:39] + "…"
        parts = [repr(start)]
        if self.language is not None:
            parts.append(f"language={self.language.tag!r}")
        if self.entities is not None:
            parts.append(f"entities=[{', '.join(f'{m.type} {m.surface!r}' for m in self.entities)}]")
        if self.topics is not None:
            parts.append(f"topics={list(self.topics.present)}")
        if self.failures:
            parts.append(f"failures={[f'{f.feature}: {f.error}' for f in self.failures]}")
        return f"Enrichment({', '.join(parts)})"

    def _repr_html_(self) -> str:
        mentions = self.entities.mentions if self.entities is not None else ()
        notes = []
        if self.language is not None:
            notes.append(f"{self.language.tag} {self.language.score:.2f}")
        if self.topics is not None:
            notes += [f"{topic.id} {topic.score:.2f}" for topic in self.topics if topic.present]
        notes += [f"{failure.feature}: {failure.error}" for failure in self.failures]
        return _html.fragment(self.text, mentions, notes)


@dataclass(frozen=True)
class Model(_Result):
    """A model that the service has loaded; `sha256` is of its weights."""

    name: str
    version: str
    architecture: str
    sha256: str
    licence: str
    precision: str
    device: str


@dataclass(frozen=True)
class Info(_Result):
    """What answers: its version, its models, the limits that a caller meets.

    `text_bytes_max` is the longest text in UTF-8 bytes, `deadline_max_s` the longest time a call may take in seconds.
    """

    version: str
    models: tuple[Model, ...]
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    text_bytes_max: int
    in_flight_max: int
    deadline_max_s: float
    failures: tuple[Failure, ...] = ()
