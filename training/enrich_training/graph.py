"""model.safetensors -> the graph that ONNX Runtime serves, its products with weights in int8.

Weights get one scale for each output, the embedding table one for each piece, activations one for each product as they come.
The operators are those that ONNX Runtime would fuse to; it does without a mask, since it is given one window at a time.
"""

import json
from pathlib import Path

import numpy
from numpy import ndarray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FILE = "model.int8.onnx"
OPSET = 20
# Greatest weight. Processors without VNNI add pairs of products with activations, 0 to 255, in 16 bits: 2 * 255 * 64 fits.
WEIGHT_TOP = 64
# Operators beyond the standard.
CONTRIB = "com.microsoft"


def quantised(matrix: ndarray, axis: int, top: int) -> tuple[ndarray, ndarray]:
    """(int8 values, scales): symmetric, -`top` to `top`, with one scale wherever `axis` is left out."""
    scale = numpy.maximum(numpy.abs(matrix).max(axis=axis, keepdims=True), 1e-9).astype(numpy.float32) / top
    return numpy.rint(matrix / scale).astype(numpy.int8), scale.squeeze(axis)


class Graph:
    """Nodes and constants of a graph in the making; every node has one output, named like the node."""

    def __init__(self, weights: dict[str, ndarray]) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, value: ndarray) -> str:
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def product(self, hidden: str, dense: str, name: str) -> str:
        """`hidden` through a linear layer."""
        inputs = [hidden, *self.matrix([dense], name), self.constant(f"{name}.bias", self.weights[f"{dense}.bias"])]
        return self.node("DynamicQuantizeMatMul", inputs, name, CONTRIB)

    def matrix(self, layers: list[str], name: str) -> tuple[str, str, str]:
        """The weights of linear layers side by side, their scales and zero points."""
        weights = numpy.concatenate([self.weights[f"{layer}.weight"] for layer in layers])
        values, scales = quantised(weights, axis=1, top=WEIGHT_TOP)
        return (
            self.constant(f"{name}.weight", values.T),
            self.constant(f"{name}.scale", scales),
            self.constant(f"{name}.zero", numpy.zeros(len(scales), numpy.int8)),
        )

    def norm(self, first: str, second: str, layer: str, epsilon: float, name: str) -> str:
        """The layer norm of a sum. The fused operator for the two takes three times as long."""
        inputs = [self.node("Add", [first, second], f"{name}.sum")]
        inputs += [self.constant(f"{name}.{part}", self.weights[f"{layer}.{part}"]) for part in ("weight", "bias")]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=epsilon)

    def embeddings(self, stem: str, epsilon: float) -> str:
        """input_ids -> hidden states."""
        values, scales = quantised(self.weights[f"{stem}.word_embeddings.weight"], axis=1, top=127)
        piece = self.node("Gather", [self.constant("pieces", values), "input_ids"], "piece")
        scale = self.node("Gather", [self.constant("scales", scales[:, None]), "input_ids"], "scale")
        piece = self.node("Mul", [self.node("Cast", [piece], "wide", to=TensorProto.FLOAT), scale], "embedding")
        places = self.weights[f"{stem}.position_embeddings.weight"] + self.weights[f"{stem}.token_type_embeddings.weight"][0]
        begin, end = self.constant("begin", numpy.zeros(1, numpy.int64)), "length"
        self.node("Shape", ["input_ids"], end, start=1, end=2)
        place = self.node("Slice", [self.constant("places", places), begin, end], "place")
        return self.norm(piece, place, f"{stem}.LayerNorm", epsilon, "embeddings")

    def layer(self, hidden: str, stem: str, heads: int, epsilon: float, name: str) -> str:
        """One layer of the encoder."""
        parts = [f"{stem}.attention.self.{part}" for part in ("query", "key", "value")]
        weight, weight_scale, weight_zero = self.matrix(parts, f"{name}.attention")
        bias = numpy.concatenate([self.weights[f"{part}.bias"] for part in parts])
        narrow = [f"{name}.{part}" for part in ("narrow", "narrow.scale", "narrow.zero")]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [hidden], narrow, name=narrow[0]))
        inputs = [
            narrow[0], weight, self.constant(f"{name}.attention.bias", bias), narrow[1], weight_scale, "", narrow[2], weight_zero
        ]
        mixed = self.node("QAttention", inputs, f"{name}.attention", CONTRIB, num_heads=heads)
        mixed = self.product(mixed, f"{stem}.attention.output.dense", f"{name}.mixed")
        hidden = self.norm(mixed, hidden, f"{stem}.attention.output.LayerNorm", epsilon, f"{name}.middle")
        inner = self.product(hidden, f"{stem}.intermediate.dense", f"{name}.inner")
        inner = self.product(self.node("Gelu", [inner], f"{name}.gelu"), f"{stem}.output.dense", f"{name}.outer")
        return self.norm(inner, hidden, f"{stem}.output.LayerNorm", epsilon, name)


def model(folder: Path) -> ModelProto:
    """The graph of a BERT folder: `input_ids` [rows, pieces], all rows of one length -> `logits` [rows, pieces, labels]."""
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    graph = Graph({name: value.astype(numpy.float32) for name, value in weights.items()})
    epsilon, labels = config["layer_norm_eps"], len(config["id2label"])
    hidden = graph.embeddings("bert.embeddings", epsilon)
    for index in range(config["num_hidden_layers"]):
        stem = f"bert.encoder.layer.{index}"
        hidden = graph.layer(hidden, stem, config["num_attention_heads"], epsilon, f"layer{index}")
    # Seven columns are not worth rounding.
    wide = graph.constant("classifier.weight", graph.weights["classifier.weight"].T)
    scores = graph.node("MatMul", [hidden, wide], "scores")
    graph.node("Add", [scores, graph.constant("classifier.bias", graph.weights["classifier.bias"])], "logits")
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["rows", "pieces"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", "pieces", labels])
    made = helper.make_graph(graph.nodes, "entities", [ids], [logits], graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10)


def write(folder: Path) -> None:
    """Makes `model.int8.onnx` from the other files of a model folder; the same folder gives the same bytes."""
    (folder / FILE).write_bytes(model(folder).SerializeToString(deterministic=True))
