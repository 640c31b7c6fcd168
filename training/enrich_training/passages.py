"""Raw text that labels point at: the paragraphs kept for reading, which no corpus may hold, and quoted sentences."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .paths import TRAINING, Workspace

# Further news sentences, marked for this project, without their words, in a folder a language: the path of a raw text, then
# lines "line number, digest, TYPE:begin-end ..." parted by tabs; begin and end are code points, half-open.
NEWS_EXTRA = TRAINING / "news_extra"
NEWS_EXTRA_DIGITS = 16
NEWS_EXTRA_PARTS = 20

# What readers marked in the paragraphs; the marks alone stand in the repository: the text is somebody else's.
MARKS = TRAINING / "reading"

PARAGRAPHS = 100
# Shorter lines are headings and leftovers of layout.
CHARS_MIN = 40
# A paragraph that shares this many characters with a labelled one has been seen.
SHARED_CHARS = 40
LABELLED = ("ner_news.jsonl", "topics_news.jsonl")


def squeezed(line: str) -> str:
    """A line with single blanks, as corpora hold it."""
    return " ".join(line.split())


def digest(text: str) -> str:
    """The key by which marks and labels name a text that is not theirs to hold."""
    return hashlib.sha256(text.encode()).hexdigest()


def _labelled(workspace: Workspace, language: str) -> set[str]:
    pieces: set[str] = set()
    for name in LABELLED:
        for line in workspace.find(name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["lang"] == language:
                text = squeezed(record["text"])
                pieces.update(text[at : at + SHARED_CHARS] for at in range(0, len(text), SHARED_CHARS))
    return {piece for piece in pieces if len(piece) == SHARED_CHARS}


def _lines(path: Path, first: int) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if number >= first:
                yield squeezed(line)


def block(workspace: Workspace, language: str) -> list[str]:
    """The paragraphs of a language that were read, in order; those that labelled sets quote are passed over."""
    name, first = workspace.config["reading"][language]
    seen, kept = _labelled(workspace, language), []
    for line in _lines(workspace.find("text", *name.split("/")), first):
        windows = (line[at : at + SHARED_CHARS] for at in range(len(line) - SHARED_CHARS + 1))
        if len(line) >= CHARS_MIN and seen.isdisjoint(windows):
            kept.append(line)
            if len(kept) == PARAGRAPHS:
                break
    return kept


def blocks(workspace: Workspace) -> dict[str, list[str]]:
    """The block of every language that the profile names."""
    return {language: block(workspace, language) for language in workspace.config.get("reading", {})}


def marks(language: str) -> dict[str, dict]:
    """What a reader marked, by the paragraph's digest: `mentions` in code points, and `topics`."""
    lines = (MARKS / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return {record["sha256"]: record for record in map(json.loads, lines)}


@lru_cache(maxsize=8)
def _all_lines(path: Path) -> list[str]:
    return list(_lines(path, 1))


def quoted(workspace: Workspace, place: str, key: str, digits: int = 64) -> str:
    """The text at a place, "text/tr/x.txt:12-14" for lines joined by blanks; `key` is the first digits of its digest.

    Raises ValueError where the raw text is not the one that was read.
    """
    name, _, numbers = place.partition(":")
    first, _, last = numbers.partition("-")
    lines = _all_lines(workspace.find(*name.split("/")))[int(first) - 1 : int(last or first)]
    text = " ".join(line for line in lines if line)
    if digest(text)[:digits] != key:
        raise ValueError(f"{place} is not the text that was read: the first {digits} digits of its digest are not {key}")
    return text


@dataclass(frozen=True)
class NewsRow:
    """A line of `news_extra`: where its sentence stands, and what was marked in it."""

    language: str
    path: str
    line: int
    digest: str
    mentions: list[tuple[int, int, str]]

    @property
    def held_out(self) -> bool:
        """Whether the sentence belongs to the twentieth that is never trained on."""
        return int(self.digest, 16) % NEWS_EXTRA_PARTS == 0

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


def news_extra_rows() -> list[NewsRow]:
    """Every row of `news_extra`."""
    found = []
    for file in sorted(NEWS_EXTRA.glob("*/*.tsv")):
        path, *lines = file.read_text(encoding="utf-8").splitlines()
        for line in lines:
            number, key, marked = line.split("\t")
            parts = [re.split("[:-]", mark) for mark in marked.split()]
            mentions = [(int(begin), int(end), kind) for kind, begin, end in parts]
            found.append(NewsRow(file.parent.name, path, int(number), key, mentions))
    return found


def news_extra(workspace: Workspace, held_out: bool) -> Iterator[tuple[str, str, list[tuple[int, int, str]]]]:
    """(language, text, mentions) of `news_extra`: its held-out twentieth or the rest of it.

    Raises ValueError where the raw text is not the one that was marked.
    """
    for row in news_extra_rows():
        if row.held_out == held_out:
            yield row.language, quoted(workspace, row.place, row.digest, NEWS_EXTRA_DIGITS), row.mentions
