"""Marked text as HTML, for notebooks and the command line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Protocol


class Marked(Protocol):
    """What can be marked: a span with a type and a score."""

    @property
    def begin(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def score(self) -> float: ...


# Dark text on light ground: contrast over 7:1 in light and dark notebooks alike.
_COLOURS = {"PERSON": "#ffd9a8", "ORGANIZATION": "#cfe0ff", "LOCATION": "#cdeccd"}
_OTHER = "#e4e4e4"
_PAGE = (
    '<!doctype html>\n<html><head><meta charset="utf-8"><title>enrich</title></head>\n'
    '<body style="max-width:50em;margin:2em auto;font-family:sans-serif;line-height:1.8">\n{}\n</body></html>\n'
)


def direction(paragraph: str) -> str:
    """Returns "rtl" where most letters of `paragraph` run right to left, else "ltr".

    By majority, not by the first strong character as dir="auto" does: an Arabic sentence that begins with a Latin name
    is an Arabic sentence.
    """
    balance = 0
    for character in paragraph:
        kind = unicodedata.bidirectional(character)
        balance += 1 if kind in ("R", "AL") else -1 if kind == "L" else 0
    return "rtl" if balance > 0 else "ltr"


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yields the range of every line, without its end."""
    begin = 0
    for line in text.splitlines(keepends=True):
        yield begin, begin + len(line.rstrip("\r\n"))
        begin += len(line)


def _mark(text: str, mention: Marked, begin: int, end: int) -> str:
    colour = _COLOURS.get(mention.type, _OTHER)
    title = f"{mention.type} {mention.score:.2f}"
    # Isolated, so that a name of the other direction does not reorder what stands beside it.
    return (
        f'<mark title="{escape(title)}" style="background:{colour};color:#111;border-radius:.25em;padding:.1em .2em">'
        f"<bdi>{escape(text[begin:end])}</bdi></mark>"
    )


def fragment(text: str, mentions: Sequence[Marked], notes: Iterable[str] = ()) -> str:
    """Returns `text` as HTML, a block a paragraph in its own direction, mentions marked and `notes` above it."""
    blocks = []
    head = "".join(f'<span style="margin-inline-end:1em"><bdi>{escape(note)}</bdi></span>' for note in notes)
    if head:
        blocks.append(f'<div style="font-size:85%;opacity:.75">{head}</div>')
    for begin, end in _paragraphs(text):
        pieces, place = [], begin
        for mention in mentions:
            # A mention that runs over a line end is marked on both lines.
            first, last = max(mention.begin, begin), min(mention.end, end)
            if first < last:
                pieces += [escape(text[place:first]), _mark(text, mention, first, last)]
                place = last
        pieces.append(escape(text[place:end]))
        blocks.append(f'<div dir="{direction(text[begin:end])}" style="min-height:1em">{"".join(pieces)}</div>')
    return f'<div class="enrich">{"".join(blocks)}</div>'


def page(fragments: Iterable[str]) -> str:
    """Returns a whole HTML document of `fragments`."""
    return _PAGE.format('\n<hr style="margin:2em 0">\n'.join(fragments))
