"""What each part of the recipe brings: short runs of fine-tuning that differ from the first in one thing each."""

import argparse
import dataclasses
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy

from .datasets import SELF, LabelledSet, load
from .development import FOREIGN, Item, predict, sets
from .evaluate import measure
from .finetune import AUGMENTATION, Run, train
from .folder import read
from .paths import Workspace
from .vocabulary import Encoder

# The first sentences of every set are enough for differences.
SENTENCES = 300


@dataclass(frozen=True)
class Row:
    """A run: what it leaves out, and sizes that differ from the profile's."""

    title: str
    without: tuple[str, ...] = (SELF,)
    encoder: bool = True
    model: dict[str, int] = field(default_factory=dict)


ROWS = {
    "all": Row("everything but self-training"),
    "self": Row("with the sentences of self-training", ()),
    "encoder": Row("an earlier encoder (--earlier)"),
    "pretraining": Row("no pretraining: random weights", encoder=False),
    "news": Row("without any marked news", (SELF, "ner_news", "news_extra")),
    "extra": Row("without news_extra", (SELF, "news_extra")),
    "augmentation": Row("without augmentation", (SELF, AUGMENTATION)),
    "wider": Row("random weights, 6 x 384", encoder=False, model={"hidden": 384, "heads": 6, "ffn": 1536}),
    "deeper": Row("random weights, 12 x 256", encoder=False, model={"layers": 12}),
}


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="the rows to run")
    parser.add_argument("--pieces", type=int, default=600_000, help="length of each run in pieces")
    parser.add_argument("--encoder", type=Path, help="folder with encoder.safetensors; the newest pretraining run")
    parser.add_argument("--tuned", type=Path, nargs=2, metavar=("MODEL", "SINCE"),
                        help="as for finetune: every row with an encoder goes on from the fine-tuning of MODEL")
    parser.add_argument("--earlier", type=Path, help="folder with the encoder of the row `encoder`, which is left out otherwise")


@dataclass(frozen=True)
class Bench:
    """What all rows share."""

    workspace: Workspace
    arguments: argparse.Namespace
    labelled: list[LabelledSet]
    development: dict[str, list[Item]]


def run(bench: Bench, name: str) -> dict[str, float]:
    """Trains the row anew in a folder of its own and measures it."""
    workspace, arguments = bench.workspace, bench.arguments
    row = ROWS[name]
    config = {**workspace.config, "name": f"ablation-{name}", "model": {**workspace.config["model"], **row.model}}
    own = dataclasses.replace(workspace, config=config)
    shutil.rmtree(own.runs)
    encoder = arguments.earlier if name == "encoder" else arguments.encoder or workspace.runs
    chosen = {
        "pieces": arguments.pieces, "again": None, "without": row.without, "from_scratch": not row.encoder,
        "encoder": encoder, "tuned": arguments.tuned,
    }
    train(Run(own, argparse.Namespace(**chosen)), bench.labelled)
    folder = own.runs / "candidate"
    model, pieces = read(folder), Encoder(folder, config["tokenizer"]["pieces_per_word_max"])
    for items in bench.development.values():
        predict(model, pieces, items)
    return {name: measure(items, 1.0, None)["f1"] for name, items in bench.development.items()}


def summary(found: dict[str, float]) -> list[float]:
    """The means over all sets, over those never trained on, and over panx; then ner_news and news_extra."""
    panx = [value for name, value in found.items() if name.startswith("panx")]
    foreign = [found[name] for name in FOREIGN]
    means = [float(numpy.mean(values)) for values in (list(found.values()), foreign, panx)]
    return [*means, found["ner_news"], found["news_extra"]]


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Prints a Markdown row for each run as it ends."""
    print("| run | all sets | never trained on | panx | ner_news | news_extra |\n|---|---|---|---|---|---|")
    development = {name: items[:SENTENCES] for name, items in sets(workspace, SENTENCES).items()}
    bench = Bench(workspace, arguments, load(workspace), development)
    for name in arguments.rows:
        if name == "encoder" and not arguments.earlier:
            continue
        values = " | ".join(f"{value:.3f}" for value in summary(run(bench, name)))
        print(f"| {ROWS[name].title} | {values} |", flush=True)
