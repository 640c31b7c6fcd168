"""What the language detector learns from: lines of text by script and class, as the Rust featuriser sees them."""

import hashlib
import re
import subprocess
import threading
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .paths import REPOSITORY, TRAINING, Workspace

CONFIG = TRAINING / "configs" / "languages.toml"
COMMAND = ("cargo", "run", "--quiet", "--release", "--package", "enrich-core", "--example", "languages", "--")

ROLL_UP = REPOSITORY / "tests" / "language-bench" / "rollup.toml"
# What a line is for.
TRAINED, HELD_OUT, DEVELOPMENT = 0, 1, 2

LINE_CHARS_MAX = 240
# Of a class of weight 1; others have as many times more.
CLASS_CHARS_MAX = 500_000
HELD_OUT_PARTS = 20
DEVELOPMENT_PARTS = 2


@dataclass(frozen=True)
class Class:
    """A language, or a dialect of one, and the files it is learnt from."""

    tag: str
    dialect: str
    files: tuple[str, ...]
    weight: float


@dataclass
class Group:
    """Lines of one script as hashes of letter groups, words and lines one behind the other.

    `hashes` uint32 [G]; `words` int64 [W + 1], where each word's hashes begin; `lines` int64 [L + 1], where each line's words
    begin; `labels` int32 [L], an index into `classes`; `parts` int8 [L].
    """

    classes: list[Class]
    hashes: np.ndarray
    words: np.ndarray
    lines: np.ndarray
    labels: np.ndarray
    parts: np.ndarray


def config() -> dict[str, Any]:
    """The parsed profile."""
    with CONFIG.open("rb") as file:
        return tomllib.load(file)


def classes(profile: dict[str, Any], script: str) -> list[Class]:
    """The classes of a script, in the order of the model."""
    found = []
    for name, files in profile[script].items():
        tag, _, dialect = name.partition(" ")
        weight = 1.0 if dialect else profile["weights"].get(tag, 1.0)
        found.append(Class(tag, dialect, tuple(files), weight))
    return found


def is_first(line: str, parts: int) -> bool:
    """Whether a line is in the first of so many parts, by a hash of its text."""
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:8], "big") % parts == 0


def development(workspace: Workspace, made: Class) -> list[str]:
    """The half of dev_ntrex that scores are calibrated on, for a class."""
    keys, found = tomllib.loads(ROLL_UP.read_text(encoding="utf-8"))["keys"], []
    for name in made.files:
        # A text may be in another language than its key says.
        if keys.get(name, "").split("-")[0] == made.tag.split("-")[0]:
            found += workspace.find("lid", "dev_ntrex", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in found if is_first(line, DEVELOPMENT_PARTS)]


def lines_of(workspace: Workspace, profile: dict[str, Any], made: Class) -> list[str]:
    """Distinct lines of a class, long ones cut at a blank, no more than its share of characters."""
    left, found = CLASS_CHARS_MAX * made.weight, {}
    for line in _raw(workspace, profile, made):
        for piece in cut(" ".join(line.split())):
            if piece and piece not in found:
                found[piece] = None
                left -= len(piece)
        if left < 0:
            break
    return list(found)


def _raw(workspace: Workspace, profile: dict[str, Any], made: Class) -> Iterator[str]:
    for name in made.files:
        only = re.compile(profile["only"].get(name, ""), re.IGNORECASE)
        lines = workspace.find("lid", "train", f"{name}.txt").read_text(encoding="utf-8").splitlines()
        yield from filter(only.search, lines)
    folders = [] if made.dialect else profile["text"].get(made.tag, [])
    files = [path for folder in folders for path in sorted(workspace.find("text", folder).glob("*.txt"))]
    # A little of each file in turn: every source has a say.
    opened = [path.open(encoding="utf-8", errors="replace") for path in files]
    while opened:
        for file in list(opened):
            line = file.readline()
            if line:
                yield line
            else:
                file.close()
                opened.remove(file)


def cut(line: str) -> Iterator[str]:
    """`line` in pieces of at most `LINE_CHARS_MAX` characters, parted at blanks where there are any."""
    while len(line) > LINE_CHARS_MAX:
        at = line.rfind(" ", 1, LINE_CHARS_MAX)
        at = LINE_CHARS_MAX if at < 0 else at
        yield line[:at]
        line = line[at:].strip()
    yield line


def run(lines: Sequence[str], arguments: Sequence[str]) -> bytes:
    """What the Rust example prints for `lines`."""
    process = subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY)

    def feed() -> None:
        for line in lines:
            process.stdin.write(line.encode() + b"\n")
        process.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    printed = process.stdout.read()
    feeder.join()
    if process.wait() != 0:
        raise RuntimeError("the featuriser failed; see above")
    return printed


def group(workspace: Workspace, profile: dict[str, Any], script: str) -> Group:
    """Reads, features and indexes everything of a script."""
    made = classes(profile, script)
    lines, labels, parts = [], [], []
    for label, one in enumerate(made):
        found = lines_of(workspace, profile, one)
        parts += [HELD_OUT if is_first(line, HELD_OUT_PARTS) else TRAINED for line in found]
        further = development(workspace, one)
        parts += [DEVELOPMENT] * len(further)
        lines += found + further
        labels += [label] * (len(found) + len(further))
    orders = [f"{name}={settings['order']}" for name, settings in profile["scripts"].items()]
    printed = run(lines, orders)
    numbers = np.frombuffer(printed, dtype="<u4")
    wanted = np.frombuffer(script.encode(), dtype="<u4")[0]
    kept, words, hashes, at = [], [], [], 0
    for index in range(len(lines)):
        count = int(numbers[at + 1])
        lengths = numbers[at + 2 : at + 2 + count]
        begin = at + 2 + count
        end = begin + int(lengths.sum())
        if numbers[at] == wanted and count > 0:
            kept.append(index)
            words.append(lengths)
            hashes.append(numbers[begin:end])
        at = end
    if at != len(numbers):
        raise ValueError(f"the featuriser printed {len(numbers)} numbers; {at} were expected")
    starts = np.concatenate(([0], np.cumsum(np.concatenate(words), dtype=np.int64)))
    return Group(
        classes=made,
        hashes=np.concatenate(hashes),
        words=starts,
        lines=np.concatenate(([0], np.cumsum([len(one) for one in words], dtype=np.int64))),
        labels=np.array(labels, dtype=np.int32)[kept],
        parts=np.array(parts, dtype=np.int8)[kept],
    )


def sources(profile: dict[str, Any], workspace: Workspace) -> list[Path]:
    """The files under `lid/train` that the profile names."""
    names = {name for script in profile["scripts"] for one in classes(profile, script) for name in one.files}
    return [workspace.find("lid", "train", f"{name}.txt") for name in sorted(names)]
