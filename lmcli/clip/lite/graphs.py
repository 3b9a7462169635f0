"""The two graphs of clip-lite, written node by node: pictures to vectors, sentence vectors to vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite.network import CLASSES, FEATURES, SIZE, Network, padding
from lmcli.clip.lite.nodes import Graph
from lmcli.clip.lite.quantising import Plain, Quantised

Floats = NDArray[np.float32]

TEXT = 384  # length of a sentence vector


@dataclass(frozen=True, slots=True)
class ImageHead:
    """From the logits z of the classifier to a vector of 768.

    [sqrt(share) unit(softmax(z / temperature) names), sqrt(1 - share) unit(softmax(z) sharp + softmax(z / 3) soft)]
    """

    names: Floats  # (1000, 384): ConSE, Norouzi et al. 2014
    sharp: Floats  # (1000, 384)
    soft: Floats  # (1000, 384)
    share: float
    temperature: float = 1.5
    softer: float = 3.0


@dataclass(frozen=True, slots=True)
class TextHead:
    """From a sentence vector e of length 1 to a vector of 768.

    [sqrt(share) unit(e - names_centre), sqrt(1 - share) unit(unit(e A + gelu(8 e W1 + b1) W2) - centre)]
    """

    linear: Floats  # (384, 384)
    inner: Floats  # (384, hidden)
    inner_bias: Floats
    outer: Floats  # (hidden, 384)
    names_centre: Floats  # (384,)
    centre: Floats  # (384,)
    share: float


def vision_graph(network: Network, head: ImageHead | None, *, int8: bool) -> Graph:
    """pixel_values (batch, 3, 224, 224) to image_embeds (batch, 768) and pooler_output (batch, 1280).

    Without a head there are the features alone.
    """
    graph = Graph("clip-lite-vision")
    value = Quantised(graph) if int8 else Plain(graph)
    x, side = value.enter("pixel_values"), SIZE
    for number, block in enumerate(network.blocks):
        start = x
        for conv in block.convs:
            x = value.conv(conv, x, padding(side, conv.kernel, conv.stride))
            side = -(-side // conv.stride)
        if block.residual:
            x = value.add(f"block{number}", start, x)
    hidden = value.leave(x)
    pooled = graph.op("ReduceMean", hidden, to="pooler_output", axes=[2, 3], keepdims=0)
    outputs: dict[str, Any] = {"pooler_output": ["batch", FEATURES]}
    if head is not None:
        image_head(graph, pooled, network, head)
        outputs = {"image_embeds": ["batch", 2 * TEXT], **outputs}
    graph.ends({"pixel_values": ["batch", 3, SIZE, SIZE]}, outputs)
    return graph


def image_head(graph: Graph, pooled: str, network: Network, head: ImageHead) -> str:
    """The classifier, its softened probabilities times the vectors of the classes."""
    assert network.classifier.shape == (CLASSES, FEATURES)
    logits = graph.op(
        "Gemm",
        pooled,
        graph.half("classifier", network.classifier),
        graph.constant("classifier_bias", network.bias),
        to="logits",
        transB=1,
    )
    conse = _mixture(graph, logits, head.names, head.temperature, "names")
    learned = graph.op(
        "Add",
        _mixture(graph, logits, head.sharp, 1.0, "sharp"),
        _mixture(graph, logits, head.soft, head.softer, "soft"),
        to="learned",
    )
    return _joined(graph, conse, learned, head.share, "image_embeds")


def text_graph(head: TextHead) -> Graph:
    """sentence_embedding (batch, 384) of length 1 to text_embeds (batch, 768) of length 1."""
    graph = Graph("clip-lite-text")
    given = "sentence_embedding"
    conse = graph.op("Sub", given, graph.constant("names_centre", head.names_centre), to="names")
    wide = graph.op("Gemm", given, *_inner(graph, head), to="wide", alpha=8.0)
    sigmoid = graph.op(
        "Sigmoid",
        graph.op(
            "Mul", wide, graph.constant("gelu", np.array([1.702], np.float32)), to="wide.scaled"
        ),
        to="wide.gate",
    )
    active = graph.op("Mul", wide, sigmoid, to="active")  # the quick form of GELU
    learned = graph.op(
        "Add",
        graph.op("MatMul", given, graph.half("linear", head.linear), to="straight"),
        graph.op("MatMul", active, graph.half("outer", head.outer), to="bent"),
        to="learned",
    )
    unit = graph.op("LpNormalization", learned, to="learned.alone", axis=-1, p=2)
    centred = graph.op("Sub", unit, graph.constant("centre", head.centre), to="learned.centred")
    _joined(graph, conse, centred, head.share, "text_embeds")
    graph.ends({given: ["batch", TEXT]}, {"text_embeds": ["batch", 2 * TEXT]})
    return graph


def _inner(graph: Graph, head: TextHead) -> tuple[str, str]:
    return graph.half("inner", head.inner), graph.constant("inner_bias", head.inner_bias)


def _mixture(graph: Graph, logits: str, rows: Floats, temperature: float, name: str) -> str:
    """softmax(logits / temperature) times a row for each class."""
    scaled = graph.op(
        "Mul",
        logits,
        graph.constant(f"{name}.t", np.array([1 / temperature], np.float32)),
        to=f"{name}.scaled",
    )
    probs = graph.op("Softmax", scaled, to=f"{name}.probs", axis=-1)
    return graph.op("MatMul", probs, graph.half(f"{name}.rows", rows), to=f"{name}.mixed")


def _joined(graph: Graph, first: str, second: str, share: float, to: str) -> str:
    """Two blocks, each of length 1, as one vector of length 1; `share` of a cosine is the first's."""
    parts = [
        graph.op(
            "Mul",
            graph.op("LpNormalization", block, to=f"{block}.unit", axis=-1, p=2),
            graph.constant(f"{block}.share", np.array([np.sqrt(part)], np.float32)),
            to=f"{block}.weighed",
        )
        for block, part in ((first, share), (second, 1 - share))
    ]
    return graph.op("Concat", *parts, to=to, axis=-1)
