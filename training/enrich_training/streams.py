"""The corpora as piece ids, and random windows of them for pretraining."""

import array
import time

import numpy

from .corpora import shares
from .paths import Workspace
from .vocabulary import CLS_ID, MASK_ID, SEP_ID, SPECIAL, Encoder


def encode(workspace: Workspace) -> None:
    """Writes `streams/<language>.npy`: uint16 ids, paragraphs parted by [SEP]; languages already there are kept."""
    folder = workspace.folder("streams")
    encoder = Encoder(workspace.tokenizer, workspace.config["tokenizer"]["pieces_per_word_max"])
    for language in shares(workspace):
        target = folder / f"{language}.npy"
        if target.exists():
            continue
        start, left = time.time(), workspace.config["corpora"]["encoded_chars_max"]
        ids = array.array("H")
        with (workspace.corpora / f"{language}.txt").open(encoding="utf-8") as file:
            for line in file:
                ids.extend(encoder.encode_line(line))
                ids.append(SEP_ID)
                left -= len(line)
                if left < 0:
                    break
        numpy.save(target, numpy.frombuffer(ids, dtype=numpy.uint16))
        print(f"{language}: {len(ids) / 1e6:.2f} M pieces in {time.time() - start:.0f} s", flush=True)


class Streams:
    """Draws windows from the encoded corpora in the profile's language mix."""

    def __init__(self, workspace: Workspace) -> None:
        folder = workspace.folder("streams")
        mix = shares(workspace)
        self.languages = [language for language in mix if (folder / f"{language}.npy").exists()]
        self.pieces = [numpy.load(folder / f"{language}.npy", mmap_mode="r") for language in self.languages]
        weights = numpy.array([mix[language] for language in self.languages])
        self.weights = weights / weights.sum()

    def rows(self, random: numpy.random.Generator, count: int, length: int) -> numpy.ndarray:
        """int64 ids [count, length], each row [CLS] and a window of one language."""
        rows = numpy.full((count, length), CLS_ID, dtype=numpy.int64)
        drawn = random.choice(len(self.languages), size=count, p=self.weights)
        for row, language in zip(rows, drawn):
            stream = self.pieces[language]
            begin = int(random.integers(0, max(1, len(stream) - length)))
            window = stream[begin : begin + length - 1]
            row[1 : 1 + len(window)] = window
            row[1 + len(window) :] = SEP_ID
        return rows


class Masker:
    """Hides whole words and keeps what stood there."""

    def __init__(self, starts: list[bool], share: float, candidates: int) -> None:
        self.starts = numpy.array(starts)
        self.share = share
        self.candidates = candidates

    def __call__(
        self, random: numpy.random.Generator, rows: numpy.ndarray
    ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray | None]:
        """(ids, places, answers, choices) as `MaskedLanguageModel` takes them; `rows` is left as it was.

        Of the hidden places 80 % show [MASK], 10 % a random piece, 10 % themselves.
        """
        flat = rows.ravel()
        special = flat < len(SPECIAL)
        words = numpy.cumsum(self.starts[flat] | special)
        hidden = (random.random(words[-1] + 1) < self.share)[words] & ~special
        places = numpy.flatnonzero(hidden)
        answers, shown = flat[places], flat.copy()
        dice = random.random(len(places))
        anything = random.integers(len(SPECIAL), len(self.starts), len(places))
        shown[places] = numpy.where(dice < 0.8, MASK_ID, numpy.where(dice < 0.9, anything, answers))
        ids = shown.reshape(rows.shape)
        if not self.candidates:
            return ids, places, answers, None
        wrong = random.integers(len(SPECIAL), len(self.starts), self.candidates)
        choices = numpy.unique(numpy.concatenate((answers, wrong)))
        return ids, places, numpy.searchsorted(choices, answers), choices
