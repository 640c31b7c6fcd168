"""A logistic regression for each topic, calibrated, cut to int8 and written as the Rust core reads it."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse, special

from .topics_features import BUCKETS

MAGIC = b"enrichLM"
LAYOUT = 1
FEATURES = 1
ID_BYTES = 32
WEIGHT_MAX = 127

# Shares of the largest weight at which weights may be cut off, so that the many small ones keep more steps.
CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


@dataclass(frozen=True)
class Regression:
    """Weights `[BUCKETS]` and bias of one topic: the log-odds of a row `x` are `x @ weights + bias`."""

    weights: np.ndarray
    bias: float

    def log_odds(self, rows: sparse.csr_matrix) -> np.ndarray:
        return rows @ self.weights + self.bias


@dataclass(frozen=True)
class Row:
    """What the model file holds of one topic; `weights` is `[BUCKETS]` int8."""

    id: str
    weights: np.ndarray
    scale: float
    bias: float
    threshold: float


def rarity(rows: sparse.csr_matrix) -> np.ndarray:
    """`[BUCKETS]`: the logarithm of how rare a feature is, 1 on average. Regularisation then spares rare features.

    Jones 1972. It is folded into the weights, so that serving needs none.
    """
    passages = np.bincount(rows.indices, minlength=BUCKETS)
    rare = np.log((rows.shape[0] + 1) / (passages + 1))
    return rare / rare[passages > 0].mean()


def fit(rows: sparse.csr_matrix, positive: np.ndarray, options: tuple[np.ndarray, np.ndarray, float]) -> Regression:
    """Minimises `|w|^2 / 2 + C * sum(weight * log loss)`; `options` is each row's weight, each feature's factor, and C.

    Convex, solved by L-BFGS from zero: the same data gives the same weights.
    """
    weights, factors, strength = options
    used = np.unique(rows.indices)
    matrix = (rows[:, used] @ sparse.diags(factors[used])).tocsr()
    signs = np.where(positive, 1.0, -1.0)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        vector, bias = point[:-1], point[-1]
        margins = signs * (matrix @ vector + bias)
        slopes = -strength * weights * signs * special.expit(-margins)
        value = vector @ vector / 2 + strength * (weights @ np.logaddexp(0, -margins))
        return value, np.append(vector + matrix.T @ slopes, slopes.sum())

    found = optimize.minimize(
        loss, np.zeros(len(used) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 150, "ftol": 1e-7, "gtol": 1e-3}
    )
    full = np.zeros(BUCKETS)
    full[used] = found.x[:-1] * factors[used]
    return Regression(full, float(found.x[-1]))


def calibration(log_odds: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Slope and offset that make log-odds of passages not trained on calibrated: Platt 1999."""

    def loss(point: np.ndarray) -> float:
        margins = np.where(positive, 1.0, -1.0) * (point[0] * log_odds + point[1])
        return float(np.logaddexp(0, -margins).mean())

    slope, offset = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    if slope <= 0:
        raise ValueError(f"the slope of the calibration is {slope}: the model has learned nothing")
    return float(slope), float(offset)


def quantised(id: str, regression: Regression, decision: tuple[float, float, float]) -> Row:
    """The row of a topic with int8 weights; `decision` is the slope and offset of the calibration, and the threshold.

    The weights are cut off where the squared error is least.
    """
    slope, offset, threshold = decision
    weights, top = regression.weights, np.abs(regression.weights).max()

    def steps(step: float) -> np.ndarray:
        return np.clip(np.round(weights / step), -WEIGHT_MAX, WEIGHT_MAX)

    step = min((top * clip / WEIGHT_MAX for clip in CLIPS), key=lambda s: float(((steps(s) * s - weights) ** 2).sum()))
    return Row(id, steps(step).astype(np.int8), slope * step, slope * regression.bias + offset, threshold)


def score(row: Row, rows: sparse.csr_matrix) -> np.ndarray:
    """The scores that the Rust core gives to passages with these features."""
    return special.expit(row.bias + row.scale * (rows @ row.weights.astype(np.float64)))


def checksum(data: bytes) -> int:
    """The 64-bit FNV-1a hash."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def dumps(topics: Sequence[Row]) -> bytes:
    """The model file; `services/core/src/model/linear.rs` says what stands where."""
    data = bytearray(MAGIC + struct.pack("<4I", LAYOUT, FEATURES, BUCKETS, len(topics)))
    for row in topics:
        data += row.id.encode().ljust(ID_BYTES, b"\0") + struct.pack("<3f", row.scale, row.bias, row.threshold)
    data += np.stack([row.weights for row in topics], axis=1).tobytes()
    return bytes(data) + struct.pack("<Q", checksum(bytes(data)))
