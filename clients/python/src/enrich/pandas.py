"""Data frames in, data frames out. Needs the extra `pandas`: `pip install enrich-client[pandas]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa

from enrich import _wire
from enrich.client import CONCURRENCY, Client
from enrich.errors import EnrichError, InvalidText
from enrich.results import Enrichment

if TYPE_CHECKING:
    from typing_extensions import Unpack

Layout = Literal["wide", "long"]

_STRINGS = pa.list_(pa.string())
_BUILT_IN_TOPICS = ("security", "diplomacy", "water")
# Column -> Arrow type. The wide layout adds these to a text's row; the long one has a row a mention.
_WIDE: dict[str, pa.DataType] = {
    "language": pa.string(),
    "language_score": pa.float64(),
    "people": _STRINGS,
    "organizations": _STRINGS,
    "locations": _STRINGS,
    "topics": _STRINGS,
    **{topic: pa.float64() for topic in _BUILT_IN_TOPICS},
    "error": pa.string(),
}
_LONG: dict[str, pa.DataType] = {
    "begin": pa.int64(),
    "end": pa.int64(),
    "type": pa.string(),
    "surface": pa.string(),
    "normalized": pa.string(),
    "score": pa.float64(),
    "language": pa.string(),
    "error": pa.string(),
}
_SCHEMAS = {"wide": _WIDE, "long": _LONG}


def columns(layout: Layout) -> dict[str, pa.DataType]:
    """Returns the columns of a layout with their Arrow types; ValueError where there is no such layout."""
    if layout not in _SCHEMAS:
        raise ValueError(f"layout is {layout!r}, not 'wide' or 'long'")
    return dict(_SCHEMAS[layout])


def _error(value: Enrichment | EnrichError) -> str | None:
    if isinstance(value, EnrichError):
        return str(value)
    return "; ".join(f"{failure.feature}: {failure.error}" for failure in value.failures) or None


def _wide(value: Enrichment | EnrichError) -> list[dict[str, Any]]:
    row: dict[str, Any] = {"error": _error(value)}
    if isinstance(value, Enrichment):
        if value.language is not None:
            row.update(language=value.language.tag, language_score=value.language.score)
        if value.entities is not None:
            for column, kind in (("people", "PERSON"), ("organizations", "ORGANIZATION"), ("locations", "LOCATION")):
                row[column] = [mention.surface for mention in value.entities.of_type(kind)]
        if value.topics is not None:
            row["topics"] = list(value.topics.present)
            row.update({topic.id: topic.score for topic in value.topics if topic.id in _BUILT_IN_TOPICS})
    return [row]


def _long(value: Enrichment | EnrichError) -> list[dict[str, Any]]:
    """Returns a row a mention; one without a mention where there is an error to tell, none where nothing was found."""
    error = _error(value)
    if isinstance(value, EnrichError):
        return [{"error": error}]
    language = value.language.tag if value.language is not None else None
    if not value.entities:
        return [{"language": language, "error": error}] if error else []
    return [{**mention.to_dict(), "language": language, "error": error} for mention in value.entities]


def _values(client: Client, texts: list[Any], options: dict[str, Any]) -> Iterator[Enrichment | EnrichError]:
    """Yields a value a text; a missing one (None, NaN) is not sent."""
    missing = InvalidText("text is missing", code="INVALID_ARGUMENT", reason="EMPTY_TEXT")
    answers = client.enrich_many([text for text in texts if isinstance(text, str)], **options)
    for text in texts:
        yield next(answers) if isinstance(text, str) else missing


def _column(cells: list[Any], kind: pa.DataType) -> Any:
    dtype: Any = pd.ArrowDtype(kind)
    return pd.array(cells, dtype=dtype)


def _checked(df: pd.DataFrame, text: str) -> list[Any]:
    if text not in df.columns:
        raise KeyError(f"there is no column {text!r}; the columns are {', '.join(map(str, df.columns))}")
    cells = df[text].tolist()
    for cell in cells:
        if not isinstance(cell, str) and not pd.isna(cell):
            raise TypeError(f"column {text!r} holds {type(cell).__name__}, not str")
    return cells


def enrich_df(
    df: pd.DataFrame,
    *,
    text: str = "text",
    client: Client | str = "localhost:50051",
    layout: Layout = "wide",
    concurrency: int = CONCURRENCY,
    progress: bool | Callable[[int, int | None], None] = False,
    patience_s: float = 60.0,
    **options: Unpack[_wire.Options],
) -> pd.DataFrame:
    """Returns what is found in the texts of a column, with the index of `df`.

    "wide" is `df` with these columns added (or replaced): language, language_score, people, organizations, locations,
    topics (those present), the score of each of the three topics, error. "long" has a row a mention: begin, end, type,
    surface, normalized, score, language, error; the index says which row of `df` it is from, and
    `long.join(df)` brings the other columns. A text that could not be answered has its error in `error`
    ("TEXT_TOO_LONG: ...") and nothing in the other columns, a missing one EMPTY_TEXT. The new columns have Arrow types.

    client: a client, or the address of a server. The other arguments are those of `Client.enrich_many`.

    Raises KeyError where there is no such column, TypeError where it holds something else than text.
    """
    kinds = columns(layout)
    texts = _checked(df, text)
    settings: dict[str, Any] = {
        "concurrency": concurrency,
        "progress": progress,
        "patience_s": patience_s,
        **options,
    }
    if isinstance(client, str):
        with Client(client) as own:
            values = list(_values(own, texts, settings))
    else:
        values = list(_values(client, texts, settings))
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    for place, value in enumerate(values):
        found = _wide(value) if layout == "wide" else _long(value)
        rows += found
        places += [place] * len(found)
    new = pd.DataFrame({name: _column([row.get(name) for row in rows], kind) for name, kind in kinds.items()})
    new.index = df.index[places]
    return df.assign(**{name: new[name].array for name in new.columns}) if layout == "wide" else new
