"""Fine-tuning of the pretrained encoder on every open labelled set."""

import argparse
import math
import time
import tomllib
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from .conll import LABELS
from .datasets import IGNORED, Drawer, LabelledSet, batches, load
from .folder import seed_everything, weights, write
from .model import Shape, TokenClassifier, device
from .optimiser import Optimiser
from .paths import Workspace
from .stopping import Stop
from .vocabulary import PAD_ID, Encoder


# Settings of the profile that change sentences on the way to the model.
AUGMENTATION = "augmentation"
CHANGES = ("replace_names", "attach_proclitics", "noise", "join", "hide_words")


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--pieces", type=int, required=True, help="length of the run in pieces, resumed ones included")
    parser.add_argument("--again", type=float, metavar="SCALE",
                        help="train a finished run for --pieces more, from SCALE times the rates down to zero")
    parser.add_argument("--encoder", type=Path, help="folder with encoder.safetensors; the newest pretraining run")
    parser.add_argument("--tuned", type=Path, nargs=2, metavar=("MODEL", "SINCE"),
                        help="carry over what the fine-tuning of MODEL changed in the encoder of SINCE, its own start")
    parser.add_argument("--from-scratch", action="store_true", help="no pretrained encoder, for comparison")
    parser.add_argument("--without", nargs="*", default=[], metavar="SET",
                        help=f"sets to leave out, for comparison; {AUGMENTATION} leaves sentences as they are")


class Run:
    """The state of fine-tuning; saved to and taken up from the cache."""

    def __init__(self, workspace: Workspace, arguments: argparse.Namespace) -> None:
        self.workspace, self.arguments = workspace, arguments
        self.settings = dict(workspace.config["finetune"])
        if AUGMENTATION in arguments.without:
            self.settings.update(dict.fromkeys(CHANGES, 0.0))
        self.encoder = Encoder(workspace.tokenizer, workspace.config["tokenizer"]["pieces_per_word_max"])
        seed_everything(workspace.config["seed"])
        shape = Shape.of(workspace.config, self.encoder.tokenizer.get_vocab_size())
        self.model = TokenClassifier(shape, len(LABELS))
        self.steps, self.pieces, self.first, self.pretrained = 0, 0, 0, 0
        self.file = workspace.runs / "finetune.pt"
        source = arguments.encoder or workspace.runs
        if not arguments.from_scratch:
            self._take(source)
        self.model.to(device(), torch.bfloat16)
        self.optimiser = Optimiser(self.model, self._rate, self.settings["weight_decay"])
        self.peak = arguments.again or 1.0
        if self.file.exists():
            self._resume()

    def _take(self, folder: Path) -> None:
        loaded = weights(folder / "encoder.safetensors")
        body = {name.removeprefix("bert."): value for name, value in loaded.items() if name.startswith("bert.")}
        self.model.bert.load_state_dict(body)
        if self.arguments.tuned:
            self._carry_over(*self.arguments.tuned)
        self.pretrained = tomllib.loads((folder / "encoder.toml").read_text())["tokens"]

    def _carry_over(self, tuned: Path, since: Path) -> None:
        """Adds the difference that an earlier fine-tuning made to its encoder, and takes its classifier and count."""
        before, after = weights(since / "encoder.safetensors"), weights(tuned / "model.safetensors")
        manifest = tomllib.loads((tuned / "manifest.toml").read_text(encoding="utf-8"))
        self.pieces = self.first = manifest["finetuning_pieces"]
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in before:
                    parameter += after[name].float() - before[name].float()
                else:
                    parameter.copy_(after[name])

    def _resume(self) -> None:
        saved = torch.load(self.file, map_location=device(), weights_only=False)
        self.steps, self.pieces = saved["steps"], saved["pieces"]
        self.first = self.pieces if self.arguments.again else saved["first"]
        self.pretrained = saved["pretrained"]
        self.optimiser.restore(saved["optimiser"])

    def _rate(self, name: str) -> float:
        return self.settings["embedding_rate" if "word_embeddings" in name else "rate"]

    def save(self) -> None:
        """Writes the state and, in `candidate/`, a model folder of the weights as they are now."""
        state = {
            "steps": self.steps, "pieces": self.pieces, "first": self.first,
            "pretrained": self.pretrained, "optimiser": self.optimiser.state(),
        }
        partial = self.file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.file)
        candidate = TokenClassifier(self.model.bert.shape, len(LABELS))
        candidate.load_state_dict({name: value.cpu() for name, value in self.optimiser.named().items()})
        write(self.workspace.runs / "candidate", candidate, self.workspace.tokenizer)
        (self.workspace.runs / "candidate" / "calibration.toml").unlink(missing_ok=True)
        facts = f"steps = {self.steps}\npieces = {self.pieces}\npretraining_tokens = {self.pretrained}\n"
        (self.workspace.runs / "candidate" / "run.toml").write_text(facts)

    def scale(self) -> float:
        """The learning rate's factor: a short warm-up, then a line to zero at the end of the run."""
        rest = 1 - (self.pieces - self.first) / self.arguments.pieces
        return max(0.0, min((self.steps + 1) / self.settings["warmup_steps"], self.peak * rest))

    def step(self, ids: Tensor, targets: Tensor) -> Tensor:
        """One update; gives the loss in nats per word."""
        positions, dice = self.model.bert.shape.positions, torch.rand(2)
        offset = int(dice[1] * (positions - ids.shape[1])) if dice[0] < 0.3 else 0
        logits = self._logits(ids, offset)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=IGNORED)
        loss.backward()
        self.optimiser.step(self.scale())
        self.steps += 1
        self.pieces += int((ids != PAD_ID).sum())
        return loss.detach()

    def _logits(self, ids: Tensor, offset: int) -> Tensor:
        hidden = self.model.bert(ids, ids != PAD_ID, offset)
        # Dropout stands before the classifier only: in every layer it costs a fifth of the speed on a CPU.
        return self.model.classifier(F.dropout(hidden, self.settings["dropout"]))


def train(run: Run, loaded: list[LabelledSet]) -> None:
    """Steps until the pieces are used up, saving now and then."""
    settings = run.settings
    sets = [labelled for labelled in loaded if labelled.name not in run.arguments.without]
    drawer = Drawer(sets, settings, [run.workspace.config["seed"], run.steps])
    losses, saved, stop = [], time.time(), Stop()
    start, first = saved, run.pieces
    for ids, targets in batches(drawer, run.encoder, settings):
        losses.append(run.step(torch.from_numpy(ids).to(device()), torch.from_numpy(targets).to(device())))
        if run.steps % 50 == 0:
            loss, losses = float(torch.stack(losses).mean()), []
            if not math.isfinite(loss):
                raise ArithmeticError(f"the loss is {loss} at step {run.steps}")
            rate = (run.pieces - first) / (time.time() - start)
            print(f"step {run.steps} pieces {run.pieces / 1e6:.2f} M loss {loss:.4f} {rate:.0f}/s", flush=True)
        if time.time() - saved > settings["minutes_between_checkpoints"] * 60:
            run.save()
            saved = time.time()
        if stop.asked or run.pieces - run.first >= run.arguments.pieces:
            break
    run.save()


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Runs the stage."""
    train(Run(workspace, arguments), load(workspace))
