"""Muon and AdamW over fp32 master copies of weights that compute in bf16."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Optimiser:
    """Steps fp32 masters and copies them into the model.

    A bf16 model needs no casts between layers, which on a CPU take as long as
    the products; the masters keep small steps from being rounded away. The
    matrices of the encoder's layers take orthogonal steps (Muon), everything
    else AdamW's; Muon is scaled so that one rate serves both.
    """

    def __init__(self, model: nn.Module, rate: Callable[[str], float], weight_decay: float) -> None:
        self.names = [name for name, _ in model.named_parameters()]
        self.live = [parameter for _, parameter in model.named_parameters()]
        self.masters = [parameter.detach().float().clone() for parameter in self.live]
        orthogonal: list[Tensor] = []
        groups: dict[tuple[float, float], list[Tensor]] = {}
        for name, master in zip(self.names, self.masters):
            if master.ndim == 2 and ".layer." in name:
                orthogonal.append(master)
                continue
            decay = weight_decay if master.ndim == 2 and "embeddings" not in name else 0.0
            groups.setdefault((rate(name), decay), []).append(master)
        self.adam = torch.optim.AdamW(
            [{"params": members, "lr": key[0], "weight_decay": key[1]} for key, members in groups.items()],
            betas=(0.9, 0.98), eps=1e-7, fused=True,
        )
        self.muon = torch.optim.Muon(
            orthogonal, lr=rate(".layer."), weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        self.groups = [*self.adam.param_groups, *self.muon.param_groups]
        self.base = [group["lr"] for group in self.groups]

    def step(self, scale: float, clip: float = 1.0) -> float:
        """One update at `scale` times the base rates; gives the norm of the gradient and clears it."""
        for parameter, master in zip(self.live, self.masters):
            master.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = nn.utils.clip_grad_norm_(self.masters, clip)
        for group, base in zip(self.groups, self.base):
            group["lr"] = base * scale
        self.adam.step()
        self.muon.step()
        self.publish()
        return float(norm)

    def publish(self) -> None:
        """Copies the masters into the model."""
        with torch.no_grad():
            for parameter, master in zip(self.live, self.masters):
                parameter.copy_(master)

    def named(self) -> dict[str, Tensor]:
        """The fp32 masters by parameter name."""
        return dict(zip(self.names, self.masters))

    def state(self) -> dict[str, Any]:
        """Everything that a resumed run needs."""
        return {"masters": self.named(), "adam": self.adam.state_dict(), "muon": self.muon.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes up a saved state; the model must be the same."""
        with torch.no_grad():
            for name, master in zip(self.names, self.masters):
                master.copy_(state["masters"][name])
        self.adam.load_state_dict(state["adam"])
        self.muon.load_state_dict(state["muon"])
        self.publish()
