"""Raw sentences that a finished model labels and is sure of, as a further set to learn from."""

import argparse
import json
import math
import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .conll import LABELS
from .datasets import SELF_FILE
from .development import Item, predict
from .folder import read
from .paths import REPOSITORY, Workspace
from .sequence import log_softmax, viterbi
from .vocabulary import Encoder
from .words import words

# A sentence is kept when every one of its words is this sure, and one of them is part of a name.
SURE = 0.9
CHARS_MIN, CHARS_MAX = 50, 330


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--model", type=Path, default=REPOSITORY / "models" / "entities", help="the folder that labels")
    parser.add_argument("--lines", type=int, default=40_000, help="raw lines to read, by the profile's shares of languages")


def sample(workspace: Workspace, lines: int) -> Iterator[Item]:
    """Lines of the corpora, by the profile's shares of pretraining."""
    dice = random.Random(workspace.config["seed"])
    for language, share in workspace.config["corpora"]["shares"].items():
        text = (workspace.corpora / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        fitting = [line for line in text if CHARS_MIN <= len(line) <= CHARS_MAX]
        for line in dice.sample(fitting, min(len(fitting), int(lines * share))):
            yield Item(language, line, words(line), set())


def sure(item: Item, temperature: float) -> list[str] | None:
    """The labels of an item that the model is sure of and finds a name in."""
    if not item.spans:
        return None
    logs = log_softmax(item.logits, temperature)
    path = viterbi(logs)
    chances = (logs[index, label] for index, label in enumerate(path))
    if not any(path) or any(chance < math.log(SURE) for chance in chances):
        return None
    return [LABELS[label] for label in path]


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Writes what is kept to the cache, for `finetune` to draw from."""
    encoder = Encoder(arguments.model, workspace.config["tokenizer"]["pieces_per_word_max"])
    temperature = tomllib.loads((arguments.model / "manifest.toml").read_text())["calibration"]["temperature"]
    items = list(sample(workspace, arguments.lines))
    predict(read(arguments.model), encoder, items)
    kept: Counter[str] = Counter()
    with (workspace.cache / SELF_FILE).open("w", encoding="utf-8") as file:
        for item in items:
            if labels := sure(item, temperature):
                row = {"language": item.language, "tokens": item.tokens, "labels": labels}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                kept[item.language] += 1
    print(f"{sum(kept.values())} of {len(items)} kept: {dict(kept)}")
