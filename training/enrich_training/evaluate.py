"""Micro-F1 of mentions on every development set, for the manifest and as a Markdown table."""

import argparse
import json

from .calibrate import by_language, chosen, error, scores_of
from .development import FOREIGN, NEWS, Item, predict, sets
from .folder import read
from .paths import Workspace
from .proclitics import Table, accuracy, news_cases
from .proclitics import read as read_table
from .sequence import Counts, by_type
from .vocabulary import Encoder


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--quick", action="store_true", help="only the first 1000 sentences of the silver sets")


def measure(items: list[Item], temperature: float, table: Table | None) -> dict[str, float]:
    """f1, precision, recall, the F1 of each type, and how many mentions a reader marked."""
    pairs = [([m for m, _ in item.found(temperature, table)], sorted(item.gold)) for item in items]
    total = Counts()
    for found, gold in pairs:
        total.add(found, gold)
    measured = {"f1": total.f1, "precision": total.precision, "recall": total.recall}
    measured.update({kind.lower(): count.f1 for kind, count in by_type(pairs).items()})
    return {**{name: round(value, 4) for name, value in measured.items()}, "mentions": total.gold}


def report(workspace: Workspace, panx_max: int | None) -> dict:
    """All measures of the candidate, by set; those of NEWS also by language; ECE by language."""
    folder = workspace.runs / "candidate"
    table = read_table(folder / "proclitics.tsv") if (folder / "proclitics.tsv").exists() else None
    temperature, score, _ = chosen(workspace)
    encoder = Encoder(folder, workspace.config["tokenizer"]["pieces_per_word_max"])
    model, development = read(folder), sets(workspace, panx_max)
    for items in development.values():
        predict(model, encoder, items)
    found = {name: measure(items, temperature, table) for name, items in development.items()}
    for name in NEWS:
        news: dict[str, list[Item]] = {}
        for item in development[name]:
            news.setdefault(item.language, []).append(item)
        found[name]["languages"] = {code: measure(items, temperature, table) for code, items in sorted(news.items())}
    languages = by_language(development)
    ece = {code: round(error(scores_of(items, temperature, score, table)), 4) for code, items in languages.items()}
    facts = {"sets": found, "ece": ece, "panx_max": panx_max}
    if table:
        cases = news_cases(workspace, held_out=True)
        facts["proclitics"] = {name: round(value, 4) for name, value in accuracy(table, cases).items()}
    return facts


def markdown(facts: dict) -> str:
    """The report as tables."""
    lines = ["| set | F1 | precision | recall | PER | ORG | LOC | mentions |", "|---|---|---|---|---|---|---|---|"]
    rows = dict(facts["sets"])
    for name in NEWS:
        rows.update({f"{name} {code}": row for code, row in rows[name]["languages"].items()})
    for name, row in rows.items():
        note = " (never trained on)" if name in FOREIGN else ""
        values = " | ".join(f"{row[key]:.3f}" for key in ("f1", "precision", "recall", "per", "org", "loc"))
        lines.append(f"| {name}{note} | {values} | {row['mentions']} |")
    lines += ["", "| language | ECE |", "|---|---|"]
    lines += [f"| {code} | {value:.3f} |" for code, value in sorted(facts["ece"].items())]
    if "proclitics" in facts:
        shares = ", ".join(f"{name} {value:.3f}" for name, value in facts["proclitics"].items())
        lines += ["", f"Beginnings of Arabic names found by the proclitic rule: {shares}."]
    return "\n".join(lines) + "\n"


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Prints the tables and keeps the measures in `candidate/scores.json`."""
    facts = report(workspace, 1000 if arguments.quick else None)
    (workspace.runs / "candidate" / "scores.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(markdown(facts))
