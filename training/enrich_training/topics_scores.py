"""How good a topic model is, and the baselines beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .topics_data import TOPICS, Example

# Bins of the expected calibration error, equally wide.
BINS = 10

# Resamples of a bootstrap interval, and what of them it covers.
RESAMPLES = 2000
COVERED = (2.5, 97.5)


@dataclass(frozen=True)
class Counts:
    """Right and wrong decisions."""

    both: int
    only_said: int
    only_true: int

    @property
    def precision(self) -> float:
        return self.both / max(self.both + self.only_said, 1)

    @property
    def recall(self) -> float:
        return self.both / max(self.both + self.only_true, 1)

    @property
    def f1(self) -> float:
        return 2 * self.both / max(2 * self.both + self.only_said + self.only_true, 1)


def count(said: np.ndarray, true: np.ndarray) -> Counts:
    return Counts(int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum()))


def interval(said: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """The 95 % bootstrap interval of F1 over passages; both are `[passages][topics]`. Efron 1979, percentiles.

    Seeded, so that the same decisions give the same interval.
    """
    choice = np.random.default_rng(len(said))
    times = choice.multinomial(len(said), np.full(len(said), 1 / len(said)), RESAMPLES)
    both, one = times @ (said & true).sum(1), times @ (said ^ true).sum(1)
    low, high = np.percentile(2 * both / np.maximum(2 * both + one, 1), COVERED)
    return float(low), float(high)


def truth(examples: Sequence[Example]) -> np.ndarray:
    """`[examples][topics]` booleans."""
    return np.array([[topic in example.topics for topic in TOPICS] for example in examples])


def threshold(scores: np.ndarray, true: np.ndarray) -> float:
    """The threshold between 0.05 and 0.95 with the best F1; the middle one of those that are as good within 0.002."""
    grid = np.arange(5, 96) / 100
    f1 = np.array([count(scores >= value, true).f1 for value in grid])
    best = grid[f1 >= f1.max() - 0.002]
    return float(best[len(best) // 2])


def calibration_error(scores: np.ndarray, true: np.ndarray) -> float:
    """Expected calibration error: how far scores are from shares, averaged over bins. Guo et al. 2017."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [abs((scores - true)[bins == index].sum()) for index in range(BINS)]
    return float(sum(gaps) / max(len(scores), 1))


def table(examples: Sequence[Example], scores: np.ndarray, thresholds: Sequence[float], dataset: str) -> list[dict]:
    """Entries for the manifest: F1, precision, recall and calibration error, over all languages ("mul") and for each.

    The metric "f1" counts the decisions on all topics together, "f1_water" those on water.
    """
    true = truth(examples)
    said = scores >= np.array(thresholds)
    of = np.array([example.language for example in examples])
    entries = []
    for language in ("mul", *sorted(set(of))):
        chosen = np.full(len(of), True) if language == "mul" else of == language
        facts = {"language": language, "dataset": dataset, "passages": int(chosen.sum())}
        for index, topic in enumerate((None, *TOPICS)):
            columns = slice(None) if topic is None else slice(index - 1, index)
            suffix = "" if topic is None else f"_{topic}"
            part = true[chosen, columns].ravel()
            counts = count(said[chosen, columns].ravel(), part)
            low, high = interval(said[chosen, columns], true[chosen, columns])
            values = {"f1": counts.f1, "precision": counts.precision, "recall": counts.recall}
            if language == "mul":
                values["ece"] = calibration_error(scores[chosen, columns].ravel(), part)
            for metric, value in values.items():
                number = {"metric": metric + suffix, "value": round(value, 4), "positives": int(part.sum())}
                if metric == "f1":
                    number |= {"low": round(low, 4), "high": round(high, 4)}
                entries.append(facts | number)
    return entries


def markdown(entries: Sequence[dict]) -> str:
    """F1 by language and topic with its 95 % interval, and the number of positives."""
    f1 = {(entry["language"], entry["metric"]): entry for entry in entries}
    lines = ["| language | passages | all | " + " | ".join(TOPICS) + " |", "|---|---|" + "---|" * (len(TOPICS) + 1)]
    for language in dict.fromkeys(entry["language"] for entry in entries):
        cells = [f1[language, metric] for metric in ("f1", *(f"f1_{topic}" for topic in TOPICS))]
        lines.append(f"| {language} | {cells[0]['passages']} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines)


def _cell(entry: dict) -> str:
    if not entry["positives"]:
        return "- (0)"
    value, low, high = _short(entry["value"], 3), _short(entry["low"], 2), _short(entry["high"], 2)
    return f"{value} [{low}, {high}] ({entry['positives']})"


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".removeprefix("0")


def baselines(trained: Sequence[Example], held_out: Sequence[Example]) -> list[dict]:
    """F1 of saying each topic of every passage, and of a TF-IDF logistic regression over words and word pairs."""
    true = truth(held_out)
    everything = {"name": "every topic, always"}
    everything |= {f"f1_{t}": round(count(np.ones_like(c), c).f1, 4) for t, c in zip(TOPICS, true.T, strict=True)}
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict
        from sklearn.pipeline import make_pipeline
    except ImportError:
        return [everything]
    texts, wanted, labels = [e.text for e in trained], [e.text for e in held_out], truth(trained)
    tfidf = {"name": "TF-IDF logistic regression over words and word pairs (scikit-learn)"}
    for index, topic in enumerate(TOPICS):
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        model = make_pipeline(vectors, LogisticRegression(C=30, solver="liblinear"))
        unseen = cross_val_predict(model, texts, labels[:, index], cv=5, method="predict_proba")[:, 1]
        said = model.fit(texts, labels[:, index]).predict_proba(wanted)[:, 1] >= threshold(unseen, labels[:, index])
        tfidf[f"f1_{topic}"] = round(count(said, true[:, index]).f1, 4)
    return [everything, tfidf]
