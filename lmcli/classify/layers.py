"""What of a classifier's graph is worth a look: the values that its layers make, in the order they are made.

Hub exports name their nodes as they like, so layers are told by the operators: a table's rows for ids are
embeddings, what a layer norm makes ends half a transformer's layer, LSTM and its kin make hidden states.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lmcli.classify.gates import wanted
from lmcli.nn.onnxfile.graph import Graph, Node

RECURRENT = ("LSTM", "GRU", "RNN")
STATES, GATES = "hidden_states", "gates"  # outputs of a recurrent graph of lmcli's own
OPEN = "from 0, shut, to 1, open"
_STATE = "h_t, made of h_t-1 and the word's vector"
_TABLES = ("Gather", "GatherBlockQuantized")
_SAME = ("Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose")
_NORMS = ("LayerNormalization", "SkipLayerNormalization", "EmbedLayerNormalization")
_NORM_IN_PARTS = re.compile(
    r"layer_?norm[^/]*/Add_1$", re.IGNORECASE
)  # where an old export took it apart
_POOLS = {
    **dict.fromkeys(("MaxPool", "GlobalMaxPool", "ReduceMax"), "the largest over the words"),
    **dict.fromkeys(("AveragePool", "GlobalAveragePool", "ReduceMean"), "the mean over the words"),
}
_BENDS = {
    "Relu": "max(0, x)",
    "Tanh": "tanh(x)",
    "Gelu": "x P(X <= x), X normal",
    "Sigmoid": "1 / (1 + exp(-x))",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A value of the graph: its name there, what it is, how it comes about."""

    value: str
    step: str
    formula: str
    kind: str = ""  # of a recurrent node, whose gates are made of the values `gates`
    gates: tuple[str, ...] = ()


def layers(graph: Graph) -> list[Layer]:
    """The values to show of a classifier, from the embeddings to what its logits are made of."""
    table = _embedding(graph)
    if table is None:
        return []
    shown = [Layer(table, "embeddings", "the table's row for each id")]
    below = _depending(graph, table)
    shown += [*_norms(below), *_recurrent(graph, below)]
    known = {layer.value for layer in shown}
    last = max((i for i, node in enumerate(below) if known & set(node.outputs)), default=-1)
    shown += [layer for node in below[last + 1 :] if (layer := _small(node))]
    features = _features(graph)
    if features and features not in {layer.value for layer in shown}:
        shown.append(Layer(features, "features", "what the logits are made of"))
    return list(_numbered(shown))


def _numbered(shown: Iterable[Layer]) -> Iterator[Layer]:
    """Layers of one kind told apart: convolution, convolution 2, ..."""
    counts = Counter[str]()
    for layer in shown:
        counts[layer.step] += 1
        count = counts[layer.step]
        yield replace(layer, step=f"{layer.step} {count}") if count > 1 else layer


def is_recurrent(graph: Graph) -> bool:
    """Whether a graph reads one word after the other."""
    return STATES in graph.outputs or bool(graph.of_type(*RECURRENT))


def _embedding(graph: Graph) -> str | None:
    """The value that holds a vector for each id."""
    ids = {"input_ids"}
    for node in graph.nodes:
        if ids & set(node.inputs):
            if node.op_type in _TABLES:
                return node.outputs[0]
            if node.op_type in _SAME:
                ids.update(node.outputs)
    return None


def _depending(graph: Graph, value: str) -> list[Node]:
    """The nodes that a value goes into, directly or through others, in their order."""
    values, found = {value}, []
    for node in graph.nodes:
        if values & set(node.inputs):
            values.update(node.outputs)
            found.append(node)
    return found


def _norms(nodes: list[Node]) -> Iterator[Layer]:
    """The ends of a transformer's layers: of its layer norms the first, then every second one."""
    norms = [node for node in nodes if node.op_type in _NORMS or _NORM_IN_PARTS.search(node.name)]
    for number, node in enumerate(norms[::2] if len(norms) > 2 else norms):
        if number:
            formula = "attention and a feed-forward net, each added and normalised"
            yield Layer(node.outputs[0], f"layer {number}", formula)
        else:
            yield Layer(node.outputs[0], "layer 0", "with positions added, normalised")


def _recurrent(graph: Graph, nodes: list[Node]) -> Iterator[Layer]:
    """The states of a recurrent net: its outputs, else what its nodes make."""
    if STATES in graph.outputs:
        yield Layer(STATES, "hidden states", _STATE)
        if GATES in graph.outputs:
            yield Layer(GATES, "gates", OPEN)
        return
    for node in nodes:
        if node.op_type in RECURRENT and node.outputs[0]:
            step = f"hidden states ({node.op_type})"
            yield Layer(
                node.outputs[0], step, _STATE, node.op_type, wanted(node, graph.initializers)
            )


def _small(node: Node) -> Layer | None:
    """What a node of the layers above the words makes."""
    if node.op_type == "Conv":
        return Layer(node.outputs[0], "convolution", "each filter slid over the words")
    if node.op_type in _POOLS:
        return Layer(node.outputs[0], "pooled", _POOLS[node.op_type])
    if node.op_type in _BENDS:
        return Layer(node.outputs[0], node.op_type.lower(), _BENDS[node.op_type])
    return None


def _features(graph: Graph) -> str | None:
    """The value that the last matrix makes logits of."""
    name = "logits"
    while node := graph.producer(name):
        if node.op_type in ("MatMul", "Gemm", "MatMulInteger", "MatMulNBits"):
            return node.inputs[0]
        inputs = [value for value in node.inputs if value not in graph.initializers]
        if len(inputs) != 1:
            return None
        name = inputs[0]
    return None
