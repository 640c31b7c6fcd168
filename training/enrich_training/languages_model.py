"""Softmax regression over hashed letter groups: fit, pruned, put into int8, calibrated, written."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse, special

from .languages_data import DEVELOPMENT, HELD_OUT, TRAINED, Class, Group

KNOTS = np.array([8.0, 40.0, 200.0, 1000.0])
BATCH = 4096
# Classes of a short row.
SHORT = 4
# Words of a sample, and how often: names and headlines, sentences, whole lines.
LENGTHS = ((1, 0.22), (2, 0.16), (3, 0.08), (5, 0.10), (8, 0.12), (16, 0.12), (64, 0.20))


@dataclass
class Fitted:
    """A script's model as it is served: `weights` int8 [rows][classes], the rows in the order of `buckets`.

    A row that is not `full` has no more than `SHORT` weights other than 0.
    """

    script: str
    classes: list[Class]
    order: int
    bits: int
    buckets: np.ndarray
    weights: np.ndarray
    full: np.ndarray
    scale: float
    biases: np.ndarray
    sharpness: np.ndarray


class Sampler:
    """Draws runs of words from a group's lines, classes by their weight."""

    def __init__(self, group: Group, columns: np.ndarray, part: int, seed: int) -> None:
        self.group, self.columns = group, columns
        self.random = np.random.default_rng(seed)
        self.by_class = [
            np.flatnonzero((group.labels == label) & (group.parts == part)) for label in range(len(group.classes))
        ]
        weights = np.array([one.weight if len(lines) else 0.0 for one, lines in zip(group.classes, self.by_class)])
        self.weights = weights / weights.sum()
        self.lengths, shares = np.array([one for one, _ in LENGTHS]), np.array([share for _, share in LENGTHS])
        self.shares = shares / shares.sum()

    def batch(self, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(columns of all samples one behind the other, where each begins [count + 1], groups of each, its class)."""
        labels = self.random.choice(len(self.weights), size=count, p=self.weights)
        lengths = self.random.choice(self.lengths, size=count, p=self.shares)
        slices, starts, groups = [], [0], []
        for label, length, dice in zip(labels, lengths, self.random.random((count, 2))):
            lines = self.by_class[label]
            line = lines[int(dice[0] * len(lines))]
            first, last = self.group.lines[line], self.group.lines[line + 1]
            begin = first + int(dice[1] * max(1, last - first - length + 1))
            run = self.columns[self.group.words[begin] : self.group.words[min(begin + length, last)]]
            groups.append(max(1, len(run)))
            run = run[run >= 0]
            slices.append(run)
            starts.append(starts[-1] + len(run))
        return np.concatenate(slices), np.array(starts), np.array(groups, dtype=np.float32), labels


def fit(script: str, group: Group, settings: dict[str, Any], steps: int, seed: int) -> Fitted:
    """Trains on more rows than are kept, prunes and shortens them, trains on, quantises and calibrates."""
    order, bits, rows, short = (settings[name] for name in ("order", "bits", "rows", "short"))
    buckets = group.hashes >> np.uint32(32 - bits)
    shares = frequencies(group, buckets, bits)
    width = len(group.classes)
    kept = np.sort(np.argsort(-shares, kind="stable")[: min(2 * rows + 3 * short // 2, int((shares > 0).sum()))])
    weights, biases = np.zeros((len(kept), width), np.float32), np.zeros(width, np.float32)
    columns = columns_of(kept, bits)[buckets]
    trained = Trainer(weights, biases)
    trained.run(Sampler(group, columns, TRAINED, seed), steps // 3)
    chosen, full = trained.shorten(shares[kept], rows, short)
    kept = kept[chosen]
    columns = columns_of(kept, bits)[buckets]
    trained.run(Sampler(group, columns, TRAINED, seed + 1), steps - steps // 3)
    weights = trained.weights - trained.weights.mean(axis=1, keepdims=True) * full[:, None]
    scale = float(np.quantile(np.abs(weights), 0.9998)) / 127
    quantised = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    biases = trained.biases - trained.biases.mean()
    fitted = Fitted(script, group.classes, order, bits, kept, quantised, full, scale, biases, np.ones(len(KNOTS)))
    parts = [part for part in (HELD_OUT, DEVELOPMENT) if (group.parts == part).any()]
    fitted.sharpness = sharpness(fitted, [Sampler(group, columns, part, seed + 2) for part in parts])
    return fitted


def frequencies(group: Group, buckets: np.ndarray, bits: int) -> np.ndarray:
    """How often each bucket is met, [2^bits], each class counting alike."""
    shares = np.zeros(1 << bits)
    bounds = group.words[group.lines]
    for label in range(len(group.classes)):
        lines = np.flatnonzero((group.labels == label) & (group.parts == TRAINED))
        own = np.concatenate([buckets[bounds[line] : bounds[line + 1]] for line in lines])
        counts = np.bincount(own, minlength=1 << bits)
        # Met once, it says nothing.
        counts[counts < 2] = 0
        shares += counts / len(own)
    return shares


def columns_of(kept: np.ndarray, bits: int) -> np.ndarray:
    """int32 [2^bits]: the row of each bucket, -1 where it has none."""
    columns = np.full(1 << bits, -1, np.int32)
    columns[kept] = np.arange(len(kept), dtype=np.int32)
    return columns


def logits(
    weights: np.ndarray, biases: np.ndarray, columns: np.ndarray, starts: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """[samples][classes]: bias and the sum of a sample's rows over the root of its groups."""
    rows = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), (len(groups), len(weights)))
    return biases + (rows @ weights) / np.sqrt(groups)[:, None]


def softmax(odds: np.ndarray) -> np.ndarray:
    """Probabilities by row."""
    exponents = np.exp(odds - odds.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


class Trainer:
    """Softmax regression by Adagrad (Duchi et al. 2011), whose steps touch only the rows that a batch has."""

    def __init__(self, weights: np.ndarray, biases: np.ndarray) -> None:
        self.weights, self.biases = weights, biases
        self.squares, self.bias_squares = np.full_like(weights, 1e-6), np.full_like(biases, 1e-6)
        self.free = None

    def shorten(self, shares: np.ndarray, rows: int, short: int) -> tuple[np.ndarray, np.ndarray]:
        """Keeps the rows that do most to the answers, given how often each is met; which, and which of them are full.

        Full ones are those that would lose most by keeping `SHORT` weights only.
        """
        # What is common to all classes changes nothing.
        weights = self.weights - np.median(self.weights, axis=1, keepdims=True)
        greatest = np.argpartition(-np.abs(weights), min(SHORT, weights.shape[1]) - 1, axis=1)[:, :SHORT]
        kept = np.take_along_axis(weights, greatest, axis=1)
        gain = (kept**2).sum(axis=1) * shares
        loss = (weights**2).sum(axis=1) * shares - gain
        full = np.argsort(-loss, kind="stable")[:rows]
        gain[full] = 0
        chosen = np.concatenate((full, np.argsort(-gain, kind="stable")[: min(short, len(gain) - len(full))]))
        is_full = np.arange(len(chosen)) < len(full)
        order = np.argsort(chosen)
        chosen, is_full = chosen[order], is_full[order]
        self.free = np.zeros((len(chosen), weights.shape[1]), dtype=bool)
        np.put_along_axis(self.free, greatest[chosen], True, axis=1)
        self.free[is_full] = True
        self.weights, self.squares = weights[chosen] * self.free, self.squares[chosen]
        return chosen, is_full

    def run(self, sampler: Sampler, steps: int, rate: float = 0.6) -> None:
        """`steps` batches; the rate falls to nothing."""
        loss = 0.0
        for step in range(steps):
            loss = 0.98 * loss + 0.02 * self._step(sampler, rate * (1 - step / steps))
            if (step + 1) % 50 == 0:
                print(f"  {sampler.group.classes[0].tag}...: step {step + 1} of {steps}, loss {loss / (1 - 0.98 ** (step + 1)):.4f}", flush=True)

    def _step(self, sampler: Sampler, rate: float) -> float:
        columns, starts, groups, labels = sampler.batch(BATCH)
        used, places = np.unique(columns, return_inverse=True)
        weights = self.weights[used]
        odds = logits(weights, self.biases, places, starts, groups)
        shares = softmax(odds).astype(np.float32)
        here = np.arange(len(labels))
        loss = -float(np.log(np.maximum(shares[here, labels], 1e-12)).mean())
        shares[here, labels] -= 1.0
        slope = shares / (np.sqrt(groups)[:, None] * len(labels))
        rows = sparse.csr_matrix((np.ones(len(places), np.float32), places, starts), (len(labels), len(used)))
        gradient = rows.T.tocsr() @ slope
        if self.free is not None:
            gradient *= self.free[used]
        squares = self.squares[used] + gradient**2
        self.squares[used] = squares
        self.weights[used] = weights - rate * gradient / np.sqrt(squares)
        bias = shares.mean(axis=0)
        self.bias_squares += bias**2
        self.biases -= 0.1 * rate * bias / np.sqrt(self.bias_squares)
        return loss


def sharpness(fitted: Fitted, samplers: list[Sampler]) -> np.ndarray:
    """What logits are multiplied by at each knot, for the greatest likelihood of unseen samples' languages.

    Some lines are in another language than their file says. Their share is fitted, too, or a few of them would make every
    long text doubtful.
    """
    weights = fitted.weights.astype(np.float32) * np.float32(fitted.scale)
    odds, groups, labels = [], [], []
    for sampler in samplers:
        columns, starts, counts, drawn = sampler.batch(8 * BATCH)
        odds.append(logits(weights, fitted.biases, columns, starts, counts))
        groups.append(counts)
        labels.append(drawn)
    odds, groups, labels = np.concatenate(odds), np.concatenate(groups), np.concatenate(labels)
    tags = [one.tag for one in fitted.classes]
    same = np.array([[a == b for b in tags] for a in tags], dtype=np.float32)[labels]
    position = np.interp(np.log(groups), np.log(KNOTS), np.arange(len(KNOTS)))
    share = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(len(KNOTS))))

    def loss(found: np.ndarray) -> float:
        shares = softmax(odds * (share @ np.exp(found[:-1]))[:, None])
        wrong = special.expit(found[-1])
        likely = (1 - wrong) * (shares * same).sum(axis=1) + wrong / len(tags)
        # Where nothing is that long, a knot stays where it was.
        return 0.002 * float((found[:-1] ** 2).sum()) - float(np.log(likely).mean())

    start = np.array([0.0] * len(KNOTS) + [-3.0])
    found = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 160})
    print(f"  held-out loss {loss(start):.4f}, calibrated {found.fun:.4f}, "
          f"in another language {special.expit(found.x[-1]):.4f}", flush=True)
    return np.exp(found.x[:-1])


def dump(fitted: list[Fitted], alone: dict[str, str], version: int) -> bytes:
    """The bytes of the whole model, as `services/core/src/model/ngrams.rs` says."""
    body = b"enrichNG" + struct.pack("<III", 1, version, len(fitted) + len(alone))
    for one in fitted:
        counts = (len(one.classes), one.order, one.bits, int(one.full.sum()), int((~one.full).sum()))
        body += one.script.encode() + struct.pack("<5I", *counts)
        body += struct.pack("<5f", one.scale, *one.sharpness)
        for made, bias in zip(one.classes, one.biases):
            body += struct.pack("<12s8sf", made.tag.encode(), made.dialect.encode(), bias)
        body += marks(one.buckets[one.full], one.bits) + one.weights[one.full].tobytes()
        body += marks(one.buckets[~one.full], one.bits) + short_rows(one.weights[~one.full]).tobytes()
    for script, tag in alone.items():
        body += script.encode() + struct.pack("<5I5f", 1, 0, 0, 0, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
        body += struct.pack("<12s8sf", tag.encode(), b"", 0.0)
    return body + struct.pack("<Q", checksum(body))


def marks(buckets: np.ndarray, bits: int) -> bytes:
    """A bit a bucket, set where there is a row."""
    found = np.zeros(1 << bits, np.uint8)
    found[buckets] = 1
    return np.packbits(found, bitorder="little").tobytes()


def short_rows(weights: np.ndarray) -> np.ndarray:
    """uint8 [rows][SHORT][2]: the classes of the weights other than 0, and these."""
    width = min(SHORT, weights.shape[1])
    found = np.zeros((len(weights), SHORT, 2), np.uint8)
    classes = np.argsort(weights == 0, axis=1, kind="stable")[:, :width]
    found[:, :width, 0] = classes
    found[:, :width, 1] = np.take_along_axis(weights, classes, axis=1).view(np.uint8)
    return found


def checksum(data: bytes) -> int:
    """As `services/core/src/model/ngrams.rs` has it: FNV-1a, eight bytes a step."""
    value, whole = 0xCBF29CE484222325, len(data) // 8 * 8
    for word in (*np.frombuffer(data[:whole], "<u8").tolist(), *data[whole:]):
        value = (value ^ word) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
