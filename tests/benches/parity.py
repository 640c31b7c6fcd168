"""Do the engine's logits equal those of Python's transformers? On a folder of full size with random weights.

    python parity.py [base|compact]

Prints the greatest difference of any logit over windows of mixed length, and how often the best label differs: for the
engine in fp32 and in bf16, and for transformers itself with the layer-norm epsilon of 1e-5 that XLM-RoBERTa's own
configuration has and rust-bert does not honour.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
from transformers import AutoConfig, AutoModelForTokenClassification

ROOT = Path(__file__).resolve().parent.parent.parent
CARGO = ["cargo", "run", "--locked", "--quiet", "--release", "--package", "enrich-bert", "--features", "testing", "--example"]
LENGTHS = (1, 5, 17, 40, 64, 100, 126)
OPEN, CLOSE = 0, 2


def windows() -> list[list[int]]:
    """Piece ids without the special ones, the same at every run."""
    random = numpy.random.default_rng(7)
    return [random.integers(100, 20_000, length).tolist() for length in LENGTHS]


def engine(folder: Path, precision: str) -> list[numpy.ndarray]:
    """The engine's logits of every piece."""
    lines = "".join(json.dumps(window) + "\n" for window in windows())
    command = [*CARGO, "logits", "--", str(folder), precision]
    printed = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout
    return [numpy.array(json.loads(line)) for line in printed.splitlines()]


@torch.inference_mode()
def transformers(folder: Path, epsilon: float) -> list[numpy.ndarray]:
    """The same from transformers in fp32, each window alone."""
    config = AutoConfig.from_pretrained(folder, layer_norm_eps=epsilon)
    model = AutoModelForTokenClassification.from_pretrained(folder, config=config, dtype=torch.float32).eval()
    rows = (torch.tensor([[OPEN, *window, CLOSE]]) for window in windows())
    return [model(input_ids=row).logits[0, 1:-1].numpy() for row in rows]


def compare(name: str, found: list[numpy.ndarray], expected: list[numpy.ndarray]) -> None:
    """Prints a line of the table."""
    pairs = list(zip(found, expected, strict=True))
    difference = max(float(numpy.abs(a - b).max()) for a, b in pairs)
    flips = sum(int((a.argmax(-1) != b.argmax(-1)).sum()) for a, b in pairs)
    print(f"| {name} | {difference:.1e} | {flips} of {sum(LENGTHS)} |", flush=True)


def main() -> None:
    layout = sys.argv[1] if len(sys.argv) > 1 else "base"
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        subprocess.run([*CARGO, "random_folder", "--", layout, str(folder)], check=True, cwd=ROOT)
        expected = transformers(folder, 1e-12)
        print(f"| {layout}, beside transformers with epsilon 1e-12 | greatest difference of a logit | other best label |")
        print("|---|---|---|")
        compare("engine, fp32", engine(folder, "fp32"), expected)
        compare("engine, bf16", engine(folder, "bf16"), expected)
        compare("transformers, epsilon 1e-5", transformers(folder, 1e-5), expected)


if __name__ == "__main__":
    main()
