"""Masked-language-model pretraining, in as many resumable runs as the compute allows."""

import argparse
import math
import shutil
import time
import tomllib
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

from .folder import seed_everything, sha256
from .model import MaskedLanguageModel, Shape, device, parameters
from .optimiser import Optimiser
from .paths import TRAINING, Workspace
from .stopping import Stop
from .streams import Masker, Streams
from .toml import dumps
from .vocabulary import Encoder

CHECKPOINTS = TRAINING / "checkpoints"


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--minutes", type=float, help="stop after this long; the next run resumes")
    parser.add_argument("--cool", type=float, default=0.0, metavar="MINUTES",
                        help="let the rates fall to a tenth over the last of the minutes, before fine-tuning")
    parser.add_argument("--resume-from", type=Path, help="folder with encoder.safetensors to start from")
    parser.add_argument("--publish", action="store_true", help="only copy the newest encoder into checkpoints/")


class Run:
    """The state of pretraining: model, optimiser, counts; saved to and taken up from the cache."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.settings = workspace.config["pretrain"]
        self.encoder = Encoder(workspace.tokenizer, workspace.config["tokenizer"]["pieces_per_word_max"])
        seed_everything(workspace.config["seed"])
        shape = Shape.of(workspace.config, self.encoder.tokenizer.get_vocab_size())
        self.model = MaskedLanguageModel(shape)
        self.steps, self.tokens, self.curve = 0, 0, []
        self.file = workspace.runs / "pretrain.pt"

    def start(self, encoder: Path | None) -> None:
        """Takes up the saved run, else the given encoder, else the skip-gram vectors."""
        vectors = self.workspace.cache / "vectors.npy"
        if not self.file.exists() and encoder:
            self._take(encoder)
        elif not self.file.exists() and vectors.exists():
            with torch.no_grad():
                self.model.bert.embeddings.word_embeddings.weight.copy_(torch.from_numpy(numpy.load(vectors)))
        self.model.to(device(), torch.bfloat16)
        self.optimiser = Optimiser(self.model, self._rate, self.settings["weight_decay"])
        if self.file.exists():
            saved = torch.load(self.file, map_location=device(), weights_only=False)
            self.steps, self.tokens, self.curve = saved["steps"], saved["tokens"], saved["curve"]
            self.optimiser.restore(saved["optimiser"])

    def _take(self, folder: Path) -> None:
        facts = tomllib.loads((folder / "encoder.toml").read_text())
        if facts["tokenizer_sha256"] != sha256(self.workspace.tokenizer / "tokenizer.json"):
            raise ValueError(f"{folder} belongs to another vocabulary")
        loaded = {name: value.float() for name, value in load_file(folder / "encoder.safetensors").items()}
        self.model.load_state_dict(loaded)
        self.tokens, self.curve = facts["tokens"], facts["curve"]

    def _rate(self, name: str) -> float:
        return self.settings["embedding_rate" if "word_embeddings" in name else "rate"]

    def save(self) -> None:
        """Writes the whole state and, beside it, the fp16 encoder that fine-tuning starts from."""
        state = {"steps": self.steps, "tokens": self.tokens, "curve": self.curve, "optimiser": self.optimiser.state()}
        partial = self.file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.file)
        halves = {name: value.half().cpu().contiguous() for name, value in self.optimiser.named().items()}
        save_file(halves, self.workspace.runs / "encoder.safetensors", metadata={"format": "pt"})
        facts = {
            "tokens": self.tokens,
            "steps": self.steps,
            "tokenizer_sha256": sha256(self.workspace.tokenizer / "tokenizer.json"),
            "curve": self.curve,
            "model": self.workspace.config["model"],
        }
        (self.workspace.runs / "encoder.toml").write_text(dumps(facts))

    def step(self, random: numpy.random.Generator, streams: Streams, masker: Masker, cooled: float) -> torch.Tensor:
        """One update at `cooled` times the rates; gives the loss in nats."""
        settings, positions = self.settings, self.model.bert.shape.positions
        rows = streams.rows(random, settings["batch"], settings["length"])
        ids, places, answers, choices = (
            None if part is None else torch.from_numpy(part).to(device()) for part in masker(random, rows)
        )
        # Short rows at moving positions teach the whole position table.
        offset = int(random.integers(0, positions - settings["length"])) if random.random() < 0.5 else 0
        loss = self.model(ids, places, answers, choices, offset)
        loss.backward()
        self.optimiser.step(min(cooled, (self.steps + 1) / settings["warmup_steps"]))
        self.steps += 1
        self.tokens += rows.size
        return loss.detach()


def cooled(left: float, cool: float) -> float:
    """The factor of the rates when `left` seconds remain: 1, then a line to a tenth over the last `cool` seconds."""
    return 1.0 if left >= cool else max(0.1, left / cool)


def train(run: Run, minutes: float | None, cool: float) -> None:
    """Steps until the profile's tokens or the minutes are used up, saving now and then."""
    settings, start = run.settings, time.time()
    streams = Streams(run.workspace)
    masker = Masker(run.encoder.starts_word(), settings["mask"], settings["candidates"])
    random = numpy.random.default_rng([run.workspace.config["seed"], run.steps])
    losses, saved, first, stop = [], time.time(), run.tokens, Stop()
    end = start + minutes * 60 if minutes else math.inf
    while run.tokens < settings["tokens"] and time.time() < end and not stop.asked:
        losses.append(run.step(random, streams, masker, cooled(end - time.time(), cool * 60)))
        if run.steps % 50 == 0:
            loss, losses = float(torch.stack(losses).mean()), []
            run.curve.append([run.tokens, round(loss, 4)])
            rate = (run.tokens - first) / (time.time() - start)
            print(f"step {run.steps} tokens {run.tokens / 1e6:.2f} M loss {loss:.3f} {rate:.0f}/s", flush=True)
        if time.time() - saved > settings["minutes_between_checkpoints"] * 60:
            run.save()
            saved = time.time()
    run.save()


def publish(workspace: Workspace) -> None:
    """Copies the newest encoder, its facts and its vocabulary into the repository."""
    CHECKPOINTS.mkdir(exist_ok=True)
    for name in ("encoder.safetensors", "encoder.toml"):
        shutil.copyfile(workspace.runs / name, CHECKPOINTS / name)


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Runs the stage."""
    if arguments.publish:
        publish(workspace)
        return
    run = Run(workspace)
    run.start(arguments.resume_from)
    print(f"{parameters(run.model)} parameters, resumed at {run.tokens} tokens", flush=True)
    train(run, arguments.minutes, arguments.cool)
