"""Chooses how readily a word is a name, and the temperature and score that mean what they say."""

import tomllib
from collections.abc import Iterable, Sequence

import numpy
import torch

from .development import FOREIGN, Item, predict, sets
from .folder import read, write
from .paths import Workspace
from .proclitics import Table, learn
from .proclitics import read as read_table
from .sequence import SCORES, Counts, expected_calibration_error
from .toml import dumps
from .vocabulary import Encoder

TEMPERATURES = [round(0.7 + 0.1 * step, 1) for step in range(22)]
PANX_MAX = 1500

Answers = list[tuple[float, bool]]


def answers(items: Iterable[Item], temperature: float, table: Table | None) -> dict[str, Answers]:
    """(score, right) of every mention found, for each way of scoring."""
    kept: dict[str, Answers] = {name: [] for name in SCORES}
    for item in items:
        for mention, chosen in item.found(temperature, table):
            for name, score in SCORES.items():
                kept[name].append((float(score(chosen)), mention in item.gold))
    return kept


def error(pairs: Answers) -> float:
    """The expected calibration error of (score, right) pairs."""
    return expected_calibration_error([score for score, _ in pairs], [right for _, right in pairs])


def by_language(development: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """The items of all sets but the foreign ones, by language: their guidelines are not ours."""
    found: dict[str, list[Item]] = {}
    for name, items in development.items():
        if name not in FOREIGN:
            for item in items:
                found.setdefault(item.language, []).append(item)
    return found


def choose(languages: dict[str, list[Item]], table: Table | None) -> tuple[float, str, float]:
    """(temperature, score, error): the smallest mean error over languages."""
    best = (1.0, "mean", numpy.inf)
    for temperature in TEMPERATURES:
        found = [answers(items, temperature, table) for items in languages.values()]
        for name in SCORES:
            mean = float(numpy.mean([error(kept[name]) for kept in found]))
            if mean < best[2]:
                best = (temperature, name, mean)
    return best


def mean_f1(development: dict[str, list[Item]], table: Table | None) -> float:
    """The mean over sets of their micro-F1."""
    values = []
    for items in development.values():
        counts = Counts()
        for item in items:
            counts.add((mention for mention, _ in item.found(1.0, table)), item.gold)
        values.append(counts.f1)
    return float(numpy.mean(values))


def shift_outside(development: dict[str, list[Item]], shift: float) -> None:
    """Takes `shift` from the logit of O everywhere."""
    for items in development.values():
        for item in items:
            item.logits[:, 0] -= shift


def balance(development: dict[str, list[Item]], table: Table | None) -> float:
    """The shift of O with the best mean F1 on every second item, applied to all logits.

    Short training leaves a model shy: it finds too little and is right too often.
    """
    judged = {name: items[::2] for name, items in development.items()}
    shifts, results = [round(0.2 * step, 1) for step in range(-2, 13)], []
    done = 0.0
    for shift in shifts:
        shift_outside(judged, shift - done)
        done = shift
        results.append(mean_f1(judged, table))
    shift_outside(judged, -done)
    best = shifts[int(numpy.argmax(results))]
    shift_outside(development, best)
    return best


def halves(languages: dict[str, list[Item]]) -> tuple[dict[str, list[Item]], dict[str, list[Item]]]:
    """Every second item, and the others."""
    even = {language: items[::2] for language, items in languages.items()}
    odd = {language: items[1::2] for language, items in languages.items()}
    return even, odd


def build(workspace: Workspace) -> None:
    """Shifts the candidate's weights and writes its `calibration.toml` and `proclitics.tsv`.

    Calibration errors are those of the half that nothing was chosen on.
    """
    folder = workspace.runs / "candidate"
    if not (folder / "proclitics.tsv").exists():
        learn(workspace).write(folder / "proclitics.tsv")
    table = read_table(folder / "proclitics.tsv")
    encoder = Encoder(folder, workspace.config["tokenizer"]["pieces_per_word_max"])
    model = read(folder)
    development = {name: items for name, items in sets(workspace, PANX_MAX).items() if name not in FOREIGN}
    for items in development.values():
        predict(model, encoder, items)
    shift = balance(development, table)
    model = read(folder)
    with torch.no_grad():
        model.classifier.bias[0] -= shift
    write(folder, model, workspace.tokenizer)
    even, odd = halves(by_language(development))
    temperature, score, _ = choose(even, table)
    before = {language: error(answers(items, 1.0, table)[score]) for language, items in odd.items()}
    after = {language: error(answers(items, temperature, table)[score]) for language, items in odd.items()}
    facts = {
        "temperature": temperature,
        "score": score,
        "outside_shift": round(shift + chosen(workspace)[2].get("outside_shift", 0.0), 1),
        "ece": rounded(after),
        "ece_uncalibrated": rounded(before),
    }
    (folder / "calibration.toml").write_text(dumps(facts))
    print(dumps(facts))


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Values to four places, as manifests show them."""
    return {name: round(value, 4) for name, value in values.items()}


def chosen(workspace: Workspace) -> tuple[float, str, dict]:
    """(temperature, score, all facts) of the candidate; 1.0 and mean before calibration."""
    path = workspace.runs / "candidate" / "calibration.toml"
    if not path.exists():
        return 1.0, "mean", {}
    facts = tomllib.loads(path.read_text())
    return facts["temperature"], facts["score"], facts


def scores_of(items: Sequence[Item], temperature: float, score: str, table: Table | None) -> Answers:
    """(score, right) of the mentions of items under the chosen way of scoring."""
    return answers(items, temperature, table)[score]
