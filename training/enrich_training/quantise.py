"""`models/<name>/` -> its `model.int8.onnx`, and the hash of that in its manifest."""

import argparse
import json
import tomllib
from pathlib import Path

import numpy

from . import graph
from .development import Item, fill, predict, sets
from .evaluate import measure
from .folder import read, sha256
from .paths import REPOSITORY, Workspace
from .datasets import row
from .proclitics import read as read_table
from .toml import dumps
from .vocabulary import Encoder


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--compare", action="store_true", help="also print the F1 of both precisions, as a Markdown table")
    parser.add_argument("--quick", action="store_true", help="with --compare: only the first 1000 sentences of the silver sets")


def predict_int8(folder: Path, encoder: Encoder, items: list[Item]) -> None:
    """Fills in the logits of every item as ONNX Runtime computes them; words beyond the model's positions count as O."""
    from onnxruntime import InferenceSession

    session = InferenceSession(str(folder / graph.FILE), providers=["CPUExecutionProvider"])
    positions = json.loads((folder / "config.json").read_text())["max_position_embeddings"]
    for item in items:
        pieces = row(encoder, item.tokens, ["O"] * len(item.spans), positions)
        logits = session.run(None, {"input_ids": numpy.array([pieces.ids])})[0][0]
        fill(item, logits, numpy.array(pieces.targets))


def compare(workspace: Workspace, folder: Path, panx_max: int | None) -> str:
    """F1 on every development set, as trained and in int8, and how many sentences have other mentions."""
    table = read_table(folder / "proclitics.tsv")
    temperature = tomllib.loads((folder / "manifest.toml").read_text())["calibration"]["temperature"]
    encoder, model = Encoder(folder, workspace.config["tokenizer"]["pieces_per_word_max"]), read(folder)
    lines = ["| set | F1, bf16 | F1, int8 | difference | sentences | with other mentions |", "|---|---|---|---|---|---|"]
    for name, items in sets(workspace, panx_max).items():
        predict(model, encoder, items)
        wide, before = measure(items, temperature, table)["f1"], _marks(items, temperature)
        predict_int8(folder, encoder, items)
        narrow, after = measure(items, temperature, table)["f1"], _marks(items, temperature)
        other = sum(one != two for one, two in zip(before, after))
        lines.append(f"| {name} | {wide:.4f} | {narrow:.4f} | {narrow - wide:+.4f} | {len(items)} | {other} |")
    return "\n".join(lines)


def _marks(items: list[Item], temperature: float) -> list[list]:
    return [[mention for mention, _ in item.found(temperature, None)] for item in items]


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Writes the file and its hash; `export` does the same for a new model."""
    folder = REPOSITORY / "models" / workspace.config["name"]
    graph.write(folder)
    manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    manifest["sha256"][graph.FILE] = sha256(folder / graph.FILE)
    (folder / "manifest.toml").write_text(dumps(manifest), encoding="utf-8")
    print(f"{folder / graph.FILE}: {(folder / graph.FILE).stat().st_size / 1e6:.1f} MB")
    if arguments.compare:
        print(compare(workspace, folder, 1000 if arguments.quick else None))
