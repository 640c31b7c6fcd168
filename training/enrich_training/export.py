"""The candidate of a run -> `models/<name>/` with its manifest."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

from . import graph
from .calibrate import chosen
from .conll import OPEN
from .datasets import load
from .development import NEWS
from .folder import read, sha256
from .model import parameters
from .paths import REPOSITORY, Workspace
from .toml import dumps
from .vocabulary import FILES

SHIPPED = ("config.json", "model.safetensors", *FILES, "proclitics.tsv")
HASHED = ("model.safetensors", graph.FILE, "tokenizer.json", "config.json", "proclitics.tsv")
MEGABYTES_MAX = 60


def commit() -> str:
    """The commit of the pipeline, marked when the working tree of training/ differs from it."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    state = ["git", "status", "--porcelain", "--", "training/enrich_training", "training/configs"]
    dirty = subprocess.run(state, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return head.stdout.strip() + ("-modified" if dirty.stdout.strip() else "")


# Set as `evaluate` names it -> language and name for a reader; panx and the sets of NEWS have several languages.
DATASETS = {
    "nemo": ("he", "nemo_spmrl dev"),
    "milliyet": ("tr", "milliyet_gungor dev"),
    "anercorp_camel": ("ar", "anercorp_camel train, never trained on"),
    "peyma": ("fa", "peyma dev, never trained on"),
    "agackner": ("ckb", "agackner dev, never trained on"),
    "conll0203": ("en", "conll0203 dev, never trained on"),
}
METRICS = ("f1", "precision", "recall", "per", "org", "loc")


def scores(facts: dict, ece: dict[str, float]) -> list[dict]:
    """What was measured, one entry a language, data set and metric: the form that the services read."""
    rows = []
    for name, row in facts["sets"].items():
        if name in NEWS:
            rows.append(("mul", NEWS[name], row))
            rows += [(code, NEWS[name], part) for code, part in row["languages"].items()]
        elif name.startswith("panx_"):
            rows.append((name.removeprefix("panx_"), "panx dev", row))
        else:
            rows.append((*DATASETS[name], row))
    entries = []
    for language, dataset, row in rows:
        for metric in METRICS:
            if metric in row:
                title = metric if metric in METRICS[:3] else f"f1_{metric}"
                entry = {"language": language, "dataset": dataset, "metric": title, "value": row[metric]}
                entries.append({**entry, "mentions": row["mentions"]} if metric == "f1" else entry)
    dataset = "development sets, the half not used to choose"
    return entries + [{"language": code, "dataset": dataset, "metric": "ece", "value": v} for code, v in ece.items()]


def data(workspace: Workspace) -> list[dict]:
    """What the weights have seen: labelled sets, and the raw text of pretraining."""
    seen: dict[str, dict] = {}
    for labelled in load(workspace):
        source, licence = OPEN[labelled.name]
        fresh = {"set": labelled.name, "source": source, "licence": licence, "class": "open"}
        entry = seen.setdefault(labelled.name, {**fresh, "languages": [], "sentences": 0})
        entry["languages"].append(labelled.language)
        entry["sentences"] += len(labelled.sentences)
    text = {
        "set": "text", "source": "raw news and other public text, for pretraining only", "licence": "various",
        "class": "raw text", "languages": sorted(path.stem for path in workspace.corpora.glob("*.txt")),
        "sentences": sum(path.read_bytes().count(b"\n") for path in workspace.corpora.glob("*.txt")),
    }
    return [*sorted(seen.values(), key=lambda entry: entry["set"]), text]


def manifest(workspace: Workspace, folder: Path) -> dict:
    """The manifest of a model folder whose files are in place."""
    config, run = workspace.config, tomllib.loads((workspace.runs / "candidate" / "run.toml").read_text())
    facts = json.loads((workspace.runs / "candidate" / "scores.json").read_text())
    temperature, score, calibration = chosen(workspace)
    sizes = config["model"]
    return {
        "name": config["name"],
        "version": config["version"],
        "architecture": "bert token classification, {layers} x {hidden}, {heads} heads, ffn {ffn}".format(**sizes),
        "parameters": parameters(read(folder)),
        "licence": "Apache-2.0",
        "seed": config["seed"],
        "commit": commit(),
        "pretraining_tokens": run["pretraining_tokens"],
        "finetuning_pieces": run["pieces"],
        "sha256": {name: sha256(folder / name) for name in HASHED},
        "calibration": {
            "temperature": temperature,
            "score": score,
            "outside_shift": calibration.get("outside_shift", 0.0),
            "ece_uncalibrated": calibration.get("ece_uncalibrated", {}),
        },
        "proclitics": facts.get("proclitics", {}),
        "scores": scores(facts, calibration.get("ece", {})),
        "data": data(workspace),
    }


def build(workspace: Workspace) -> None:
    """Copies the candidate into the repository and writes model.int8.onnx and manifest.toml. Raises ValueError when it is too large."""
    target = REPOSITORY / "models" / workspace.config["name"]
    target.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        shutil.copyfile(workspace.runs / "candidate" / name, target / name)
    graph.write(target)
    (target / "manifest.toml").write_text(dumps(manifest(workspace, target)), encoding="utf-8")
    size = sum(path.stat().st_size for path in target.iterdir()) / 1e6
    if size > MEGABYTES_MAX:
        raise ValueError(f"{target} takes {size:.1f} MB; at most {MEGABYTES_MAX} MB may be shipped")
    print(f"{target.relative_to(REPOSITORY)}: {size:.1f} MB")
