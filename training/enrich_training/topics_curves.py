"""Precision and recall at every threshold, drawn as SVG."""

from collections.abc import Sequence

import numpy as np

from .topics_data import TOPICS

# Sizes in pixels: the square of a topic's curve, and the room around it for the axes.
SIDE, LEFT, TOP, GAP = 200, 44, 28, 26
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)

# Of middle lightness, so that they show on light and on dark pages; what is neither curve nor bar takes the page's grey.
CURVE, MARK, INK = "#2a8fc7", "#d9622b", "#808080"


def curve(scores: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at each distinct score as the threshold, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    both = np.cumsum(true[order])[last]
    return both / max(true.sum(), 1), both / (np.flatnonzero(last) + 1)


def svg(scores: np.ndarray, true: np.ndarray, thresholds: Sequence[float]) -> str:
    """A picture with a square a topic: the curve, the shipped threshold and the average precision.

    `scores` and `true` are `[passages][topics]`.
    """
    width, height = len(TOPICS) * (LEFT + SIDE) + GAP, TOP + SIDE + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11" fill="{INK}" role="img">',
        "<title>Precision by recall of each topic on held-out passages</title>",
    ]
    for topic, name in enumerate(TOPICS):
        parts += _panel(LEFT + topic * (LEFT + SIDE), name, scores[:, topic], true[:, topic], thresholds[topic])
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: int, name: str, scores: np.ndarray, true: np.ndarray, threshold: float) -> list[str]:
    recall, precision = curve(scores, true)
    average = float(np.diff(recall, prepend=0) @ precision)

    def at(x: float, y: float) -> str:
        return f"{left + x * SIDE:.1f},{TOP + (1 - y) * SIDE:.1f}"

    parts = [f'<text x="{left}" y="{TOP - 10}" font-size="13">{name}, average precision {average:.3f}</text>']
    for step in STEPS:
        parts.append(f'<path d="M{at(0, step)} L{at(1, step)} M{at(step, 0)} L{at(step, 1)}" stroke="{INK}" stroke-opacity=".3"/>')
        x, y = (float(value) for value in at(step, step).split(","))
        parts.append(f'<text x="{x}" y="{TOP + SIDE + 14}" text-anchor="middle">{step:g}</text>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{step:g}</text>')
    parts.append(f'<text x="{left + SIDE / 2}" y="{TOP + SIDE + 32}" text-anchor="middle">recall (up: precision)</text>')
    line = " L".join(at(x, y) for x, y in zip(recall, precision, strict=True))
    parts.append(f'<path d="M{line}" fill="none" stroke="{CURVE}" stroke-width="2"/>')
    said = scores >= threshold
    x, y = ((said & true).sum() / max(count, 1) for count in (true.sum(), said.sum()))
    middle = at(float(x), float(y)).split(",")
    parts.append(f'<circle cx="{middle[0]}" cy="{middle[1]}" r="4" fill="{MARK}"/>')
    return parts
