"""Corpora larger than one machine, on Spark. Needs the extra `spark`: `pip install enrich-client[spark]`.

    enriched = df.mapInPandas(enrich.spark.partitions("enrich:50051", text="body"), enrich.spark.schema(df))

Every task of Spark opens one connection of its own; the service sees as many calls at once as tasks run, times
`concurrency`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from enrich import _wire
from enrich.client import Client
from enrich.pandas import Layout, columns, enrich_df

if TYPE_CHECKING:
    from typing_extensions import Unpack

_CONCURRENCY = 16
_DDL = {pa.string(): "string", pa.float64(): "double", pa.int64(): "bigint", pa.list_(pa.string()): "array<string>"}


def partitions(
    server: str = "localhost:50051",
    *,
    text: str = "text",
    layout: Layout = "wide",
    keep: tuple[str, ...] = (),
    concurrency: int = _CONCURRENCY,
    patience_s: float = 300.0,
    client: Mapping[str, Any] | None = None,
    **options: Unpack[_wire.Options],
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    """Returns a function for `DataFrame.mapInPandas`: data frames in, data frames out, as `enrich.pandas.enrich_df`.

    text: the column that holds the texts.
    layout: "wide" keeps every column and adds to them; "long" gives a row a mention.
    keep: columns that the long layout keeps, the key of a text, say; none by default.
    client: further arguments of `Client`: token, ca and the like.
    The other arguments are those of `Client.enrich_many`. A text that could not be answered does not fail its task: its
    error stands in its row.
    """
    columns(layout)

    def run(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        with Client(server, **(client or {})) as own:
            for frame in frames:
                found = enrich_df(
                    frame,
                    text=text,
                    client=own,
                    layout=layout,
                    concurrency=concurrency,
                    patience_s=patience_s,
                    **options,
                )
                for name in columns(layout):
                    # Spark takes None for what is missing, not pandas's own marker.
                    cells = found[name].astype(object)
                    found[name] = cells.where(cells.notna(), None)
                if layout == "long":
                    kept = frame.loc[found.index, list(keep)]
                    found = pd.concat([kept.reset_index(drop=True), found.reset_index(drop=True)], axis=1)
                yield found

    return run


def schema(df: Any, *, layout: Layout = "wide", keep: tuple[str, ...] = ()) -> str:
    """Returns the schema of what `partitions` yields for the Spark data frame `df`, as Spark's `mapInPandas` wants it.

    The arguments are those given to `partitions`. Raises KeyError where `keep` names a column that `df` lacks.
    """
    added = columns(layout)
    fields = {field.name: field.dataType.simpleString() for field in df.schema.fields}
    if layout == "long":
        fields = {name: fields[name] for name in keep}
    fields.update({name: _DDL[kind] for name, kind in added.items()})
    return ", ".join(f"`{name}` {kind}" for name, kind in fields.items())
