"""Tag sequences, mention scores and the measures over them; plain Python and numpy, as serving computes them."""

import math
from collections.abc import Iterable, Sequence

import numpy

from .conll import LABELS, TYPES, mentions

Mention = tuple[int, int, str]
FORBIDDEN = -1e9


def transitions() -> numpy.ndarray:
    """[7, 7] log costs: I-X may only follow B-X or I-X; everything else is free."""
    table = numpy.zeros((len(LABELS), len(LABELS)))
    for after, label in enumerate(LABELS):
        if label.startswith("I-"):
            for before, other in enumerate(LABELS):
                if other[2:] != label[2:]:
                    table[before, after] = FORBIDDEN
    return table


_TRANSITIONS = transitions()
_STARTS = numpy.array([FORBIDDEN if label.startswith("I-") else 0.0 for label in LABELS])


def log_softmax(logits: numpy.ndarray, temperature: float) -> numpy.ndarray:
    """Calibrated log-probabilities of logits [W, 7]."""
    scaled = logits / temperature
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    return scaled - numpy.log(numpy.exp(scaled).sum(axis=-1, keepdims=True))


def viterbi(logs: numpy.ndarray) -> list[int]:
    """The best allowed label ids for log-probabilities [W, 7]; empty for no words."""
    if not len(logs):
        return []
    best, back = logs[0] + _STARTS, []
    for step in logs[1:]:
        paths = best[:, None] + _TRANSITIONS
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + step
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def decode(logits: numpy.ndarray, temperature: float) -> list[tuple[Mention, list[float]]]:
    """Mentions of a text with the probability of the chosen tag at each of their words.

    logits [W, 7] belong to the first piece of each word.
    """
    logs = log_softmax(logits, temperature)
    path = viterbi(logs)
    chosen = [math.exp(logs[index, label]) for index, label in enumerate(path)]
    return [(m, chosen[m[0] : m[1]]) for m in mentions([LABELS[label] for label in path])]


SCORES = {
    "product": lambda chosen: math.prod(chosen),
    "mean": lambda chosen: sum(chosen) / len(chosen),
    "geometric": lambda chosen: math.prod(chosen) ** (1 / len(chosen)),
    "min": min,
    "first": lambda chosen: chosen[0],
}


class Counts:
    """True positives, predictions and gold mentions; exact span and type count."""

    def __init__(self) -> None:
        self.hits, self.found, self.gold = 0, 0, 0

    def add(self, found: Iterable[tuple], gold: Iterable[tuple]) -> None:
        found, gold = set(found), set(gold)
        self.hits += len(found & gold)
        self.found += len(found)
        self.gold += len(gold)

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.found + self.gold) if self.found + self.gold else 0.0


def by_type(pairs: Sequence[tuple[Sequence[tuple], Sequence[tuple]]]) -> dict[str, Counts]:
    """Counts for each type over (found, gold) pairs whose mentions end in their type."""
    counts = {kind: Counts() for kind in TYPES}
    for found, gold in pairs:
        for kind, count in counts.items():
            count.add([m for m in found if m[-1] == kind], [m for m in gold if m[-1] == kind])
    return counts


def expected_calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """The mean distance between score and share of right answers over `bins` equal parts of 0..1, weighted by size."""
    if not scores:
        return 0.0
    places = numpy.minimum((numpy.array(scores) * bins).astype(int), bins - 1)
    values, truth = numpy.array(scores), numpy.array(right, dtype=float)
    gaps = [abs(values[places == b].sum() - truth[places == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(values))


def error_kinds(found: set[Mention], gold: set[Mention]) -> list[tuple[str, Mention]]:
    """Each wrong or missing mention with what is wrong about it: type, boundary, spurious or missed."""
    spans = {(begin, end) for begin, end, _ in gold}
    touched: set[Mention] = set()
    errors = []
    for begin, end, kind in sorted(found - gold):
        overlapping = [mark for mark in gold if mark[0] < end and begin < mark[1]]
        touched.update(overlapping)
        name = "type" if (begin, end) in spans else "boundary" if overlapping else "spurious"
        errors.append((name, (begin, end, kind)))
    return errors + [("missed", mark) for mark in sorted(gold - found - touched)]
