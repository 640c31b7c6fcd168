"""`python -m enrich_training.topics_evaluate`: what is told of the shipped topic model beside its manifest.

    python -m enrich_training.topics_evaluate --data ../shared --curves ../docs/topics_pr.svg

Prints Markdown: F1 with intervals on the held-out fifths, what is taken for what, and what is found in consecutive
paragraphs at their natural rate; draws the curves of precision and recall. Needs cargo: the scores are the Rust core's.
"""

import argparse
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import topics_curves, topics_features, topics_scores
from .passages import blocks, digest, marks
from .paths import REPOSITORY, Workspace, workspace
from .topics_data import TOPICS, Example, find, is_extra, only_news, read, read_extra

MODEL = REPOSITORY / "models" / "topics"


def confusion(true: np.ndarray, said: np.ndarray) -> str:
    """What passages with a wrong decision are about and were judged; both are `[passages][topics]`.

    A row a topic: the topics that missed passages were given instead, and those that wrongly found ones are about.
    """
    lines = ["| | missed: judged as | wrongly found: about |", "|---|---|---|"]
    for topic, name in enumerate(TOPICS):
        missed, wrong = true[:, topic] & ~said[:, topic], said[:, topic] & ~true[:, topic]
        lines.append(f"| {name} | {_counts(said[missed])} | {_counts(true[wrong])} |")
    return "\n".join(lines)


def _counts(topics: np.ndarray) -> str:
    named = [f"{name} {count}" for name, count in zip(TOPICS, topics.sum(0), strict=True) if count]
    return ", ".join([f"{len(topics)}: none {(~topics.any(1)).sum()}", *named])


def paragraphs(place: Workspace) -> list[Example]:
    """The consecutive paragraphs that readers marked. Raises KeyError where one was never marked."""
    return [
        Example(digest(text), language, text, frozenset(known[digest(text)]["topics"]))
        for language, block in blocks(place).items()
        for known in (marks(language),)
        for text in block
    ]


def natural(examples: Sequence[Example], scores: np.ndarray, thresholds: Sequence[float]) -> str:
    """Found, marked and both for each language and topic, and the calibration error over all of them."""
    true, of = topics_scores.truth(examples), np.array([example.language for example in examples])
    said = scores >= np.array(thresholds)
    lines = [f"| found, marked, both | {' | '.join(TOPICS)} |", "|---|" + "---|" * len(TOPICS)]
    for language in dict.fromkeys(of):
        rows = of == language
        counts = (said[rows].sum(0), true[rows].sum(0), (said & true)[rows].sum(0))
        lines.append(f"| {language} | " + " | ".join(", ".join(map(str, cell)) for cell in zip(*counts)) + " |")
    errors = [topics_scores.calibration_error(scores[:, topic], true[:, topic]) for topic in range(len(TOPICS))]
    lines.append("| calibration error | " + " | ".join(f"{error:.3f}" for error in errors) + " |")
    return "\n".join(lines)


def errors(examples: Sequence[Example], scores: np.ndarray, thresholds: Sequence[float]) -> list[dict]:
    """The wrong decisions, those farthest from the threshold first."""
    true = topics_scores.truth(examples)
    wrong = np.argwhere((scores >= np.array(thresholds)) != true)
    wrong = sorted(wrong.tolist(), key=lambda at: -abs(scores[*at] - thresholds[at[1]]))
    return [
        {"language": examples[row].language, "topic": TOPICS[topic], "true": bool(true[row, topic]),
         "score": round(float(scores[row, topic]), 3), "text": examples[row].text}
        for row, topic in wrong
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="enrich_training.topics_evaluate", description="Evaluates the topic model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with topics_news.jsonl, or whose data/ has it")
    parser.add_argument("--model", type=Path, default=MODEL, help="folder with topics.bin and manifest.toml; the shipped one")
    parser.add_argument("--curves", type=Path, help="SVG file for the curves of precision and recall")
    parser.add_argument("--errors", type=Path, help="JSON lines file for the wrong decisions on the paragraphs, with their text")
    arguments = parser.parse_args()
    place = workspace(str(arguments.data), None, None)
    chosen = tomllib.loads((arguments.model / "manifest.toml").read_text(encoding="utf-8"))["thresholds"]
    thresholds = [chosen[topic] for topic in TOPICS]
    held_out = [e for e in read(find(arguments.data, "topics_news.jsonl")) + read_extra(place) if e.held_out]

    def scored(examples: Sequence[Example]) -> np.ndarray:
        return topics_features.scores([example.text for example in examples], arguments.model / "topics.bin")

    news, extra, read_by_eye = only_news(held_out), [e for e in held_out if is_extra(e)], paragraphs(place)
    for name, part in (("topics_news, held out", news), ("topics_extra, held out", extra)):
        print(f"\n{name}\n\n{topics_scores.markdown(topics_scores.table(part, scored(part), thresholds, name))}")
    scores, true = scored(news), topics_scores.truth(news)
    print(f"\n{confusion(true, scores >= np.array(thresholds))}")
    print(f"\n{natural(read_by_eye, scored(read_by_eye), thresholds)}")
    if arguments.curves:
        arguments.curves.write_text(topics_curves.svg(scores, true, thresholds), encoding="utf-8")
    if arguments.errors:
        lines = (json.dumps(row, ensure_ascii=False) for row in errors(read_by_eye, scored(read_by_eye), thresholds))
        arguments.errors.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
