"""`python -m enrich_training.languages`: makes the language detector.

    python -m enrich_training.languages --out ../models/language

Needs cargo: what the model sees of a text, and the scores in the manifest, come from the Rust code that serves. The same
data and seed give the same bytes.
"""

import argparse
import hashlib
import platform
import time
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from . import languages_data, languages_model
from .paths import Workspace, workspace
from .toml import dumps

FEATURES = 1
STEPS = {"Latn": 1600, "Arab": 800, "Cyrl": 600, "Hani": 400}
STEPS_OTHER = 150


def train(script: str, arguments: tuple[str | None, str | None]) -> languages_model.Fitted:
    """The model of a script."""
    space, profile, start = workspace(*arguments, None), languages_data.config(), time.time()
    group = languages_data.group(space, profile, script)
    lines = np.bincount(group.labels, minlength=len(group.classes))
    print(f"{script}: {len(group.classes)} classes, {lines.sum()} lines (fewest {lines.min()}), "
          f"{len(group.hashes) / 1e6:.1f} M groups in {time.time() - start:.0f} s", flush=True)
    steps = STEPS.get(script, STEPS_OTHER)
    fitted = languages_model.fit(script, group, profile["scripts"][script], steps, profile["seed"])
    print(f"{script}: sharpness {np.round(fitted.sharpness, 3)}, {time.time() - start:.0f} s", flush=True)
    return fitted


def measure(space: Workspace, model: Path) -> list[dict[str, Any]]:
    """F1 by language, their mean, and calibration error on dev_ntrex, by the code that serves."""
    rollup = tomllib.loads(languages_data.ROLL_UP.read_text(encoding="utf-8"))
    same, expected, lines = rollup["same"], [], []
    for key, tag in rollup["keys"].items():
        texts = space.find("lid", "dev_ntrex", f"{key}.txt").read_text(encoding="utf-8").splitlines()
        lines += [text.replace("\t", " ") for text in texts]
        expected += [tag] * len(texts)
    answers = languages_data.run(lines, ["--model", str(model.resolve())]).decode().splitlines()
    hits, named, bins = Counter(), Counter(), defaultdict(list)
    for wanted, answer in zip(expected, answers, strict=True):
        tag, _, score, _, _ = answer.split("\t")
        # A script in a tag is a detail here. A score is about the tag, twins apart.
        tag = tag.split("-")[0]
        bins[min(9, int(float(score) * 10))].append(float(score) - (tag == wanted))
        tag, wanted = same.get(tag, tag), same.get(wanted, wanted)
        named[tag] += 1
        hits[tag] += tag == wanted
    scores, total = [], Counter(same.get(tag, tag) for tag in expected)
    for tag in sorted(total):
        scores.append(score_entry(tag, "f1", 2 * hits[tag] / (total[tag] + named[tag])))
    error = sum(abs(sum(gaps)) for gaps in bins.values()) / len(lines)
    mean = float(np.mean([score["value"] for score in scores]))
    return [score_entry("mul", "macro_f1", mean), score_entry("mul", "ece", error), *scores]


def score_entry(language: str, metric: str, value: float) -> dict[str, Any]:
    """A score as manifest.toml has it."""
    return {"language": language, "dataset": "dev_ntrex, rolled up", "metric": metric, "value": round(value, 4)}


def manifest(space: Workspace, profile: dict[str, Any], path: Path) -> dict[str, Any]:
    """What manifest.toml says of the model at `path`."""
    tags = {one.tag for script in profile["scripts"] for one in languages_data.classes(profile, script)}
    tags |= set(profile["alone"].values())
    hashes = hashlib.sha256()
    for source in languages_data.sources(profile, space):
        hashes.update(source.read_bytes())
    return {
        "name": profile["name"],
        "version": profile["version"],
        "architecture": "softmax regression over hashed groups of letters, by script; int8",
        "licence": "Apache-2.0",
        "seed": profile["seed"],
        "made_by": "python -m enrich_training.languages",
        "made_with": f"Python {platform.python_version()}, numpy {np.__version__}",
        "bytes": path.stat().st_size,
        "languages": sorted(tags),
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()},
        "calibration": {"score": "sharpness by length, fitted on held-out lines and half of dev_ntrex"},
        "data": [
            {
                "set": "lid/train",
                "source": "raw text of many sources, for the statistics of its letters only",
                "licence": "various; not redistributed",
                "class": "open",
                "sha256": hashes.hexdigest(),
            },
            {
                "set": "text",
                "source": "raw news and other text, for the statistics of its letters only",
                "licence": "various; not redistributed",
                "class": "open",
                "folders": sorted({folder for folders in profile["text"].values() for folder in folders}),
            },
        ],
        "scores": measure(space, path),
    }


def main() -> None:
    """Trains, writes and scores the model."""
    parser = argparse.ArgumentParser(prog="enrich_training.languages", description="Makes the language detector.")
    parser.add_argument("--data", help="folder of the raw data; ENRICH_DATA_DIR, or ../shared beside the repository")
    parser.add_argument("--cache", help="folder for derived files; ENRICH_CACHE_DIR, or ~/.cache/enrich")
    parser.add_argument("--out", type=Path, required=True, help="folder for language.bin and manifest.toml")
    parser.add_argument("--scripts", nargs="*", help="only these, for a trial")
    parser.add_argument("--measure", action="store_true", help="only score the model in --out anew")
    arguments = parser.parse_args()
    space, profile = workspace(arguments.data, arguments.cache, None), languages_data.config()
    path = arguments.out / "language.bin"
    if not arguments.measure:
        # Built once, before two processes ask for it.
        languages_data.run([], [])
        scripts = arguments.scripts or list(profile["scripts"])
        with ProcessPoolExecutor(max_workers=2) as pool:
            fitted = list(pool.map(partial(train, arguments=(arguments.data, arguments.cache)), scripts))
        arguments.out.mkdir(parents=True, exist_ok=True)
        path.write_bytes(languages_model.dump(fitted, profile["alone"], FEATURES))
    facts = manifest(space, profile, path)
    (arguments.out / "manifest.toml").write_text(dumps(facts), encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes; {facts['scores'][0]}, {facts['scores'][1]}")


if __name__ == "__main__":
    main()
