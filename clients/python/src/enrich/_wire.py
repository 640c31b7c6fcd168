"""Flattened arguments to messages, and messages to results. Nothing else knows the generated classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from enrich.errors import EnrichError, InvalidText, from_status, not_unicode
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
from enrich.v1 import common_pb2, enrichment_service_pb2, entity_service_pb2, language_service_pb2, topic_service_pb2


class Options(TypedDict, total=False):
    """What can be asked of `enrich` and `enrich_many` beyond the text; every one may be left out.

    language: BCP-47 tag of the text's language where it is known; the language part is then not asked.
    features: the parts to compute, of "language", "entities", "topics"; all by default.
    require: the parts without which the answer is worthless: where one fails, the call fails.
    languages: the languages to choose among, as BCP-47 tags; all by default.
    alternatives_max: most runners-up of the language, 0 to 16; 3 by default.
    segments: whether to cut a text of several languages into segments.
    types: the types of mentions to return, of "PERSON", "ORGANIZATION", "LOCATION"; all by default.
    score_min: least score of a mention, 0 to 1; 0 by default.
    sentences: whether to return the sentences' spans.
    topics: ids of the topics to judge; all by default.
    thresholds: thresholds by topic id, 0 to 1; the topics' own by default.
    passages: whether to judge each passage of the text, too.
    evidence_max: most evidence spans a topic, 0 to 100; 5 by default.
    own_topics: topics of your own, up to 16: dicts with `id`, `threshold` (0.5 by default) and `terms`, dicts with
        `text`, `language`, `weight` (over 0 to 10; 1 by default) and `negated`; 1,000 terms together.
    private: whether the text may be kept in no cache.
    """

    language: str | None
    features: Sequence[str]
    require: Sequence[str]
    languages: Sequence[str]
    alternatives_max: int | None
    segments: bool
    types: Sequence[str]
    score_min: float
    sentences: bool
    topics: Sequence[str]
    thresholds: Mapping[str, float] | None
    passages: bool
    evidence_max: int | None
    own_topics: Sequence[Mapping[str, Any]]
    private: bool


def _numbers(names: Sequence[str], prefix: str, known: Any) -> list[Any]:
    if isinstance(names, str):
        raise TypeError(f"expected a list of names, not the string {names!r}")
    # The first is always the unspecified one.
    choices = [key.removeprefix(prefix) for key in known.keys()[1:]]
    for name in names:
        if name.upper() not in choices:
            raise ValueError(f"{name!r} is none of {', '.join(choices)}")
    return [known.Value(prefix + name.upper()) for name in names]


def _name(number: int, prefix: str, known: Any) -> str:
    try:
        return str(known.Name(number)).removeprefix(prefix)
    except ValueError:
        # A newer service knows more.
        return f"{prefix}{number}"


def only(feature: str) -> Options:
    """Returns the options that ask for one part, and for an error where it cannot be given."""
    return {"features": [feature], "require": [feature]}


def request(text: str, options: Options) -> enrichment_service_pb2.EnrichRequest:
    """Returns the request for `text`.

    Raises InvalidText for a text with lone surrogates, TypeError and ValueError for options that do not exist.
    """
    message = template(options)
    set_text(message, text)
    return message


def set_text(message: enrichment_service_pb2.EnrichRequest, text: str) -> None:
    """Puts `text` into a request; raises as `request` does."""
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}, not str")
    try:
        message.text = text
    except ValueError as error:
        raise not_unicode(error) from None


def filled(made: enrichment_service_pb2.EnrichRequest, text: object) -> enrichment_service_pb2.EnrichRequest:
    """Returns a copy of a template with `text`, one of many.

    Raises InvalidText, NOT_TEXT for what is no string: one gap in a corpus is no reason to end the run.
    """
    if not isinstance(text, str):
        raise InvalidText(f"{type(text).__name__} is not str", code="INVALID_ARGUMENT", reason="NOT_TEXT")
    message = enrichment_service_pb2.EnrichRequest()
    message.CopyFrom(made)
    set_text(message, text)
    return message


def template(options: Options) -> enrichment_service_pb2.EnrichRequest:
    """Returns a request that has everything but its text."""
    unknown = set(options) - set(Options.__annotations__)
    if unknown:
        raise TypeError(f"unknown options: {', '.join(sorted(unknown))}")
    return enrichment_service_pb2.EnrichRequest(
        offset_unit=common_pb2.OFFSET_UNIT_CODE_POINT,
        private=options.get("private", False),
        language=options.get("language") or "",
        features=_numbers(options.get("features", ()), "FEATURE_", common_pb2.Feature),
        require=_numbers(options.get("require", ()), "FEATURE_", common_pb2.Feature),
        language_options=language_service_pb2.LanguageOptions(
            languages=options.get("languages", ()),
            alternatives_max=options.get("alternatives_max"),
            segments=options.get("segments", False),
        ),
        entity_options=entity_service_pb2.EntityOptions(
            types=_numbers(options.get("types", ()), "ENTITY_TYPE_", entity_service_pb2.EntityType),
            score_min=options.get("score_min", 0.0),
            sentences=options.get("sentences", False),
        ),
        topic_options=topic_service_pb2.TopicOptions(
            topics=options.get("topics", ()),
            thresholds=options.get("thresholds") or {},
            passages=options.get("passages", False),
            evidence_max=options.get("evidence_max"),
            own_topics=options.get("own_topics", ()),
        ),
    )


def _float(value: float) -> float:
    """Returns a 32-bit float of the wire without the digits that it gets as one of 64 bits: 0.45, not 0.44999998807."""
    return round(value, 7)


def _language(message: language_service_pb2.LanguageResult) -> Language:
    return Language(
        tag=message.tag,
        iso639_3=message.iso639_3,
        script=message.script,
        score=_float(message.score),
        reliable=message.reliable,
        alternatives=tuple([LanguageAlternative(a.tag, a.iso639_3, _float(a.score)) for a in message.alternatives]),
        segments=tuple(LanguageSegment(s.span.begin, s.span.end, s.tag, _float(s.score)) for s in message.segments),
        dialect=message.dialect,
    )


_TYPES: dict[int, str] = {
    number: name.removeprefix("ENTITY_TYPE_") for name, number in entity_service_pb2.EntityType.items()
}


def _type(number: int) -> str:
    # Looked up: this is done for every mention of a corpus. A newer service knows more types.
    return _TYPES.get(number) or f"ENTITY_TYPE_{number}"


def _entities(message: entity_service_pb2.EntityResult, text: str) -> Entities:
    return Entities(
        mentions=tuple(
            [
                Mention(m.span.begin, m.span.end, _type(m.type), m.surface, m.normalized, _float(m.score))
                for m in message.mentions
            ]
        ),
        sentences=tuple(Span(s.begin, s.end) for s in message.sentences),
        text=text,
    )


def _topic(message: topic_service_pb2.Topic) -> Topic:
    return Topic(
        id=message.id,
        score=_float(message.score),
        threshold=_float(message.threshold),
        present=message.present,
        evidence=tuple([Evidence(e.span.begin, e.span.end, e.surface, _float(e.weight)) for e in message.evidence]),
    )


def _topics(message: topic_service_pb2.TopicResult) -> Topics:
    return Topics(
        topics=tuple([_topic(topic) for topic in message.topics]),
        passages=tuple(
            Passage(p.span.begin, p.span.end, tuple(_topic(topic) for topic in p.topics)) for p in message.passages
        ),
    )


def _failure(message: common_pb2.Failure) -> Failure:
    return Failure(_name(message.feature, "FEATURE_", common_pb2.Feature), from_status(message.status))


def enrichment(message: enrichment_service_pb2.EnrichResponse, text: str) -> Enrichment:
    """Returns the answer to `text`."""
    return Enrichment(
        text=text,
        language=_language(message.language) if message.HasField("language") else None,
        entities=_entities(message.entities, text) if message.HasField("entities") else None,
        topics=_topics(message.topics) if message.HasField("topics") else None,
        failures=tuple(_failure(failure) for failure in message.failures),
        stage_times=tuple(
            [StageTime(s.stage, s.duration.seconds + s.duration.nanos / 1e9) for s in message.stage_times]
        ),
        cached=message.cached,
    )


def part(message: Enrichment, name: str) -> Language | Entities | Topics:
    """Returns the one part of an answer that was required, and so is there."""
    found: Language | Entities | Topics | None = getattr(message, name)
    if found is None:
        raise EnrichError(f"the service left out {name}, which was required", code="INTERNAL")
    return found


def info(message: enrichment_service_pb2.EnrichmentServiceGetInfoResponse) -> Info:
    """Returns what the service says about itself."""
    services = (message.language, message.entities, message.topics)
    return Info(
        version=message.version,
        models=tuple(
            Model(m.name, m.version, m.architecture, m.sha256, m.licence, m.precision, m.device)
            for service in services
            for m in service.models
        ),
        languages=tuple(message.language.languages),
        topics=tuple(topic.id for topic in message.topics.topics),
        text_bytes_max=message.limits.text_bytes_max,
        in_flight_max=message.limits.in_flight_max,
        deadline_max_s=message.limits.deadline_max.ToTimedelta().total_seconds(),
        failures=tuple(_failure(failure) for failure in message.failures),
    )
