"""`python -m enrich_training.topics`: makes the topic model from labelled passages.

    python -m enrich_training.topics --data ../shared --seed 7 --out models/topics

Needs cargo: features come from the Rust featuriser that serves, and so do the scores in the manifest. The same data and
seed give the same bytes.
"""

import argparse
import hashlib
import platform
from pathlib import Path

import numpy as np
from scipy import sparse

from . import topics_features, topics_model, topics_scores
from .paths import workspace
from .toml import dumps
from .topics_data import PARTS, QUOTED_WEIGHT, TOPICS, Composition, Example, composed, find, is_extra, only_news, read, read_extra

VERSION = "0.1.0"
FOLDS = 5

# Chosen by cross-validation among 3 to 300, 20 to 160, 0.15 to 1; the neighbours are within 0.01 of F1.
STRENGTH = 30.0
COMPOSED = 80
COMPOSED_WEIGHT = 0.3

# Scores of the Rust core and of `topics_model.score` differ by rounding only.
TOLERANCE = 1e-4


def train(examples: list[Example], rows: sparse.csr_matrix, seed: int) -> list[topics_model.Regression]:
    """A regression a topic, from labelled passages, whose features are `rows`, and passages composed from them."""
    made = composed(examples, Composition(COMPOSED, COMPOSED_WEIGHT, seed))
    every = sparse.vstack([rows, topics_features.joined_rows([example.text for example in made])]).tocsr()
    weights = np.array([example.weight for example in (*examples, *made)])
    true = topics_scores.truth([*examples, *made])
    options = (weights, topics_model.rarity(rows), STRENGTH)
    return [topics_model.fit(every, true[:, topic], options) for topic in range(len(TOPICS))]


def unseen(examples: list[Example], rows: sparse.csr_matrix, seed: int) -> np.ndarray:
    """`[examples][topics]`: log-odds by models that were not trained on the passage."""
    folds = np.array([example.fold(FOLDS) for example in examples])
    found = np.zeros((len(examples), len(TOPICS)))
    for fold in range(FOLDS):
        rest = [example for example, other in zip(examples, folds != fold, strict=True) if other]
        for topic, regression in enumerate(train(rest, rows[folds != fold], seed)):
            found[folds == fold, topic] = regression.log_odds(rows[folds == fold])
        print(f"fold {fold + 1} of {FOLDS}", flush=True)
    return found


def decisions(log_odds: np.ndarray, true: np.ndarray) -> list[tuple[float, float, float]]:
    """Slope, offset and threshold of each topic, from passages that were not trained on."""
    chosen = []
    for topic, name in enumerate(TOPICS):
        slope, offset = topics_model.calibration(log_odds[:, topic], true[:, topic])
        scores = 1 / (1 + np.exp(-(slope * log_odds[:, topic] + offset)))
        threshold = topics_scores.threshold(scores, true[:, topic])
        f1 = topics_scores.count(scores >= threshold, true[:, topic]).f1
        print(f"{name}: cross-validated F1 {f1:.4f}, slope {slope:.3f}, offset {offset:.3f}, threshold {threshold}")
        chosen.append((slope, offset, threshold))
    return chosen


def check(rows: list[topics_model.Row], model: Path, texts: list[str]) -> None:
    """Raises ValueError if the Rust core scores texts of one passage otherwise than `topics_model.score`."""
    features = topics_features.single_rows(texts)
    here = np.stack([topics_model.score(row, features) for row in rows], axis=1)
    difference = np.abs(here - topics_features.scores(texts, model)).max()
    if difference > TOLERANCE:
        raise ValueError(f"the Rust core's scores differ by up to {difference}; at most {TOLERANCE} is rounding")


def manifest(path: Path, facts: dict) -> dict:
    """What manifest.toml says of the model at `path`."""
    return {
        "name": "topics",
        "version": VERSION,
        "architecture": f"linear over hashed words, word pairs and letter groups: {topics_features.BUCKETS} buckets, int8",
        "topics": list(TOPICS),
        "licence": "Apache-2.0",
        "seed": facts["seed"],
        "made_by": "python -m enrich_training.topics",
        "made_with": f"Python {platform.python_version()}, numpy {np.__version__}",
        "bytes": path.stat().st_size,
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()},
        "calibration": {"score": "Platt scaling on cross-validated log-odds, folded into scale and bias"},
        "data": facts["data"],
        "thresholds": facts["thresholds"],
        "baselines": facts["baselines"],
        "scores": facts["scores"],
    }


def data(path: Path, trained: list[Example], held_out: list[Example]) -> list[dict]:
    """Where the training data comes from, for the manifest; both lists hold topics_news and topics_extra."""
    extra = [example for example in (*trained, *held_out) if is_extra(example)]
    every, trained, held_out = trained, only_news(trained), only_news(held_out)
    labelled = {
        "set": "topics_news",
        "source": "news passages, labelled by hand by this project",
        "licence": "labels: open; the passages are quoted from public news and are not redistributed",
        "class": "open",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "languages": sorted({example.language for example in trained}),
        "passages": len(trained),
        "held_out": len(held_out),
        "held_out_rule": f"int(sha256(id), 16) % {PARTS} == 0",
    }
    further = {
        "set": "topics_extra",
        "source": "passages quoted from public news or written for this project, labelled by a language model that read them after its guide",
        "licence": "labels and own-written passages: Apache-2.0; quoted passages are not redistributed",
        "class": "open",
        "languages": sorted({example.language for example in extra}),
        "passages": sum(not example.held_out for example in extra),
        "weight_of_quoted": QUOTED_WEIGHT,
        "held_out": sum(example.held_out for example in extra),
    }
    own = composed(every, Composition(COMPOSED, COMPOSED_WEIGHT, 0))
    terms = {
        "set": "composed",
        "source": "own terms (topics_terms.py) put into training passages",
        "licence": "Apache-2.0",
        "class": "open",
        "languages": sorted({example.language for example in own}),
        "passages": len(own),
        "weight": COMPOSED_WEIGHT,
    }
    return [labelled, further, terms]


def main() -> None:
    parser = argparse.ArgumentParser(prog="enrich_training.topics", description="Makes the topic model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with topics_news.jsonl, or whose data/ has it")
    parser.add_argument("--seed", type=int, default=7, help="seed of the composed passages; default 7")
    parser.add_argument("--out", type=Path, required=True, help="folder for topics.bin and manifest.toml")
    arguments = parser.parse_args()
    source = find(arguments.data, "topics_news.jsonl")
    examples = read(source) + read_extra(workspace(str(arguments.data), None, None))
    trained = [example for example in examples if not example.held_out]
    held_out = [example for example in examples if example.held_out]
    rows = topics_features.joined_rows([example.text for example in trained])
    # Passages of topics_extra were picked for being hard: they say little of how often a score is right.
    news = np.array([not is_extra(example) for example in trained])
    chosen = decisions(unseen(trained, rows, arguments.seed)[news], topics_scores.truth(trained)[news])
    regressions = train(trained, rows, arguments.seed)
    topics = [topics_model.quantised(*facts) for facts in zip(TOPICS, regressions, chosen, strict=True)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "topics.bin"
    path.write_bytes(topics_model.dumps(topics))
    check(topics, path, [example.text for example in only_news(held_out)])
    entries = []
    thresholds = [row.threshold for row in topics]
    parts = {
        "topics_news, held-out fifth": only_news(held_out),
        "topics_extra, held-out fifth": [example for example in held_out if is_extra(example)],
    }
    for name, part in parts.items():
        scores = topics_features.scores([example.text for example in part], path)
        rows_of_part = topics_scores.table(part, scores, thresholds, name)
        print(f"{name}\n{topics_scores.markdown(rows_of_part)}")
        entries += rows_of_part
    facts = {
        "seed": arguments.seed,
        "data": data(source, trained, held_out),
        "thresholds": {row.id: row.threshold for row in topics},
        "baselines": topics_scores.baselines(trained, only_news(held_out)),
        "scores": entries,
    }
    (arguments.out / "manifest.toml").write_text(dumps(manifest(path, facts)), encoding="utf-8")
    for baseline in facts["baselines"]:
        print(baseline)


if __name__ == "__main__":
    main()
