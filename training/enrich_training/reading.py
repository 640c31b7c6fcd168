"""The candidate on consecutive paragraphs of running text that readers marked by eye."""

import argparse
from collections import Counter
from pathlib import Path

from .calibrate import chosen
from .development import Item, predict
from .evaluate import measure
from .folder import read
from .passages import blocks, digest, marks
from .paths import Workspace
from .proclitics import Table
from .proclitics import read as read_table
from .sequence import error_kinds
from .vocabulary import Encoder
from .words import words

def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--model", type=Path, help="folder of the model to read with; the candidate")
    parser.add_argument("--paragraphs", type=Path, help="only write the paragraphs to be marked into this folder")


def items(language: str, paragraphs: list[str]) -> list[Item]:
    """The paragraphs with their marks. Raises KeyError where one was never marked."""
    known = marks(language)
    return [
        Item(language, text, words(text), {tuple(mention) for mention in known[digest(text)]["mentions"]}, exact=True)
        for text in paragraphs
    ]


def wrong(read_items: list[Item], temperature: float, table: Table | None) -> list[tuple]:
    """(kind, mention, item) of every error."""
    errors = []
    for item in read_items:
        found = {mention for mention, _ in item.found(temperature, table)}
        errors += [(kind, mention, item) for kind, mention in error_kinds(found, item.gold)]
    return errors


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Prints precision, recall and errors by kind for each language; the errors themselves go into the cache."""
    paragraphs = blocks(workspace)
    if arguments.paragraphs:
        for language, block in paragraphs.items():
            numbered = (f"[{number}] {text}\n" for number, text in enumerate(block, start=1))
            (arguments.paragraphs / f"{language}.txt").write_text("".join(numbered), encoding="utf-8")
        return
    folder = arguments.model or workspace.runs / "candidate"
    table, (temperature, _, _) = read_table(folder / "proclitics.tsv"), chosen(workspace)
    model, encoder = read(folder), Encoder(folder, workspace.config["tokenizer"]["pieces_per_word_max"])
    print("| language | F1 | precision | recall | marks | type | boundary | spurious | missed |")
    print("|---|---|---|---|---|---|---|---|---|")
    with (workspace.runs / "reading.tsv").open("w", encoding="utf-8") as file:
        for language, block in paragraphs.items():
            read_items = items(language, block)
            predict(model, encoder, read_items)
            row = measure(read_items, temperature, table)
            errors = wrong(read_items, temperature, table)
            count = Counter(kind for kind, _, _ in errors)
            values = " | ".join(f"{row[key]:.3f}" for key in ("f1", "precision", "recall"))
            named = " | ".join(str(count[kind]) for kind in ("type", "boundary", "spurious", "missed"))
            print(f"| {language} | {values} | {row['mentions']} | {named} |", flush=True)
            for kind, (begin, end, name), item in errors:
                file.write(f"{language}\t{kind}\t{name}\t{item.text[begin:end]}\t{item.text}\n")
