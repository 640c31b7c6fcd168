"""The transformer in plain PyTorch, with the parameter names of Hugging Face's BERT.

Tensor shapes use B (rows), L (pieces), H (hidden size) and V (vocabulary).
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LAYER_NORM_EPS = 1e-12


@dataclass(frozen=True)
class Shape:
    """Sizes of a model; `heads` must divide `hidden`."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    ffn: int
    positions: int
    dropout: float = 0.0

    @classmethod
    def of(cls, config: dict[str, Any], vocabulary: int, dropout: float = 0.0) -> "Shape":
        """The sizes that a profile asks for."""
        sizes = {name: config["model"][name] for name in ("hidden", "layers", "heads", "ffn", "positions")}
        return cls(vocabulary=vocabulary, dropout=dropout, **sizes)


class Embeddings(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.vocabulary, shape.hidden)
        self.position_embeddings = nn.Embedding(shape.positions, shape.hidden)
        self.token_type_embeddings = nn.Embedding(1, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)
        self.dropout = shape.dropout

    def place(self) -> None:
        """Sets the position table to waves."""
        positions, width = self.position_embeddings.weight.shape
        with torch.no_grad():
            self.position_embeddings.weight.copy_(sinusoids(positions, width, 0.03))

    def forward(self, ids: Tensor, offset: int) -> Tensor:
        places = self.position_embeddings.weight[offset : offset + ids.shape[1]]
        places = places + self.token_type_embeddings.weight[0]
        hidden = self.LayerNorm(self.word_embeddings(ids) + places)
        return F.dropout(hidden, self.dropout, self.training)


class SelfAttention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query = nn.Linear(shape.hidden, shape.hidden)
        self.key = nn.Linear(shape.hidden, shape.hidden)
        self.value = nn.Linear(shape.hidden, shape.hidden)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        rows, length, width = hidden.shape
        # One product instead of three: small matrices leave the cores idle between calls.
        weight = torch.cat((self.query.weight, self.key.weight, self.value.weight))
        bias = torch.cat((self.query.bias, self.key.bias, self.value.bias))
        joint = F.linear(hidden, weight, bias).view(rows, length, 3, self.heads, width // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4).unbind(0)
        if hidden.is_cuda:
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        else:
            # On short rows the fused CPU kernel is several times slower than two plain products.
            scores = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5
            if mask is not None:
                scores = scores.masked_fill(~mask, -1e4)
            mixed = scores.softmax(-1) @ value
        return mixed.transpose(1, 2).reshape(rows, length, width)


class Output(nn.Module):
    """Projection, residual, normalisation: the end of both halves of a layer."""

    def __init__(self, inner: int, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)
        self.dropout = shape.dropout

    def forward(self, inner: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(F.dropout(self.dense(inner), self.dropout, self.training) + residual)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(shape), "output": Output(shape.hidden, shape)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(shape.hidden, shape.ffn)})
        self.output = Output(shape.ffn, shape)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        hidden = self.attention["output"](self.attention["self"](hidden, mask), hidden)
        return self.output(F.gelu(self.intermediate["dense"](hidden)), hidden)


class Bert(nn.Module):
    """The encoder: ids [B, L] -> hidden states [B, L, H]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(shape) for _ in range(shape.layers))})
        self.apply(_initialise)
        self.embeddings.place()
        for layer, offsets in zip(self.encoder["layer"], BESIDE):
            look_beside(layer.attention["self"], offsets[: shape.heads])
            # What the heads find must be loud enough to matter beside the word itself.
            nn.init.normal_(layer.attention["self"].value.weight, std=0.05)
            nn.init.normal_(layer.attention["output"].dense.weight, std=0.05)

    def forward(self, ids: Tensor, real: Tensor | None = None, offset: int = 0) -> Tensor:
        """`real` [B, L] is true where a piece stands and false on padding; None when nothing is padded.

        `offset` is the position of the first piece: training moves it so that
        short sequences teach every position; serving leaves it at 0.
        """
        hidden = self.embeddings(ids, offset)
        mask = None if real is None else real[:, None, None, :]
        for layer in self.encoder["layer"]:
            hidden = layer(hidden, mask)
        return hidden


class MaskedLanguageModel(nn.Module):
    """Encoder and the head that guesses hidden pieces through the tied embedding table."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.bert = Bert(shape)
        self.transform = nn.Linear(shape.hidden, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary))
        self.transform.apply(_initialise)

    def forward(self, ids: Tensor, places: Tensor, answers: Tensor, choices: Tensor | None, offset: int = 0) -> Tensor:
        """Mean cross entropy in nats.

        ids [B, L]; `places` [N] are flat indices into B*L. With `choices` [C],
        distinct pieces to choose among, `answers` [N] are indices into it;
        without, they are pieces.
        """
        hidden = self.bert(ids, None, offset).flatten(0, 1)[places]
        guess = self.norm(F.gelu(self.transform(hidden)))
        table, bias = self.bert.embeddings.word_embeddings.weight, self.bias
        if choices is not None:
            table, bias = table[choices], bias[choices]
        return F.cross_entropy(F.linear(guess, table, bias).float(), answers)


class TokenClassifier(nn.Module):
    """Encoder and a linear layer: ids [B, L] -> logits [B, L, labels]."""

    def __init__(self, shape: Shape, labels: int) -> None:
        super().__init__()
        self.bert = Bert(shape)
        self.classifier = nn.Linear(shape.hidden, labels)
        self.classifier.apply(_initialise)

    def forward(self, ids: Tensor, real: Tensor | None = None, offset: int = 0) -> Tensor:
        hidden = self.bert(ids, real, offset)
        return self.classifier(F.dropout(hidden, self.bert.shape.dropout, self.training))


def sinusoids(positions: int, width: int, scale: float) -> Tensor:
    """Waves [positions, width] of root mean square `scale`: neighbours start out alike, so offsets are learnt early."""
    angles = torch.arange(positions)[:, None] * _frequencies(width)
    return torch.stack((angles.sin(), angles.cos()), dim=2).flatten(1) * scale * math.sqrt(2)


def look_beside(attention: SelfAttention, offsets: tuple[int | None, ...], scale: float = 1.7) -> None:
    """Turns the heads of a fresh layer towards neighbours; None leaves a head as it is.

    With positions as waves, a rotation maps a place to the one `offset` further
    on, so a query can ask for it before anything is learnt. Finding neighbours
    is otherwise what a short run spends most of its steps on.
    """
    width = attention.query.weight.shape[1]
    size = width // attention.heads
    waves = _frequencies(width)[: size // 2]
    with torch.no_grad():
        for head, offset in enumerate(offsets):
            if offset is None:
                continue
            key, query = torch.zeros(size, width), torch.zeros(size, width)
            for wave, frequency in enumerate(waves.tolist()):
                sine, cosine = 2 * wave, 2 * wave + 1
                key[sine, sine] = key[cosine, cosine] = scale
                query[sine, sine] = query[cosine, cosine] = scale * math.cos(frequency * offset)
                query[sine, cosine] = scale * math.sin(frequency * offset)
                query[cosine, sine] = -scale * math.sin(frequency * offset)
            attention.query.weight[head * size : (head + 1) * size] = query
            attention.key.weight[head * size : (head + 1) * size] = key


# Offsets that the heads of the first layers start with; later layers and models start free.
BESIDE = ((-1, 1, -2, 2), (-1, 1, None, None), (-1, 1, None, None))


def _frequencies(width: int) -> Tensor:
    return torch.exp(torch.arange(0, width, 2) * (-math.log(1000.0) / width))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


def device() -> torch.device:
    """The accelerator when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def parameters(module: nn.Module) -> int:
    """How many numbers a model holds."""
    return sum(parameter.numel() for parameter in module.parameters())
