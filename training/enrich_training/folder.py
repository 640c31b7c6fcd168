"""The model folder that the services load: config.json, tokenizer.json, model.safetensors."""

import hashlib
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from .conll import LABELS
from .model import LAYER_NORM_EPS, Shape, TokenClassifier
from .vocabulary import FILES, PAD_ID


def config(shape: Shape) -> dict[str, object]:
    """config.json as Hugging Face and rust-bert read it."""
    return {
        "architectures": ["BertForTokenClassification"],
        "model_type": "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.ffn,
        "hidden_act": "gelu",
        "layer_norm_eps": LAYER_NORM_EPS,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": 1,
        "pad_token_id": PAD_ID,
        "position_embedding_type": "absolute",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "torch_dtype": "float16",
        "id2label": {str(index): label for index, label in enumerate(LABELS)},
        "label2id": {label: index for index, label in enumerate(LABELS)},
    }


def write(folder: Path, model: TokenClassifier, tokenizer: Path) -> None:
    """Writes the folder, weights as fp16; `tokenizer` is the folder whose tokenizer files are copied."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().half().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(model.bert.shape), indent=2) + "\n")
    for name in FILES:
        shutil.copyfile(tokenizer / name, folder / name)


def weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file as fp32."""
    return {name: value.float() for name, value in load_file(path).items()}


def read(folder: Path) -> TokenClassifier:
    """The model of a folder in fp32, ready to run.

    Raises RuntimeError when the names or shapes of the tensors differ from config.json.
    """
    sizes = json.loads((folder / "config.json").read_text())
    shape = Shape(
        vocabulary=sizes["vocab_size"],
        hidden=sizes["hidden_size"],
        layers=sizes["num_hidden_layers"],
        heads=sizes["num_attention_heads"],
        ffn=sizes["intermediate_size"],
        positions=sizes["max_position_embeddings"],
    )
    model = TokenClassifier(shape, len(sizes["id2label"]))
    model.load_state_dict(weights(folder / "model.safetensors"))
    return model.eval()


def sha256(path: Path) -> str:
    """The hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def seed_everything(seed: int) -> None:
    """Seeds PyTorch; Python's generators are made with their own seeds where they are used."""
    torch.manual_seed(seed)
