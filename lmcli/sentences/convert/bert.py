"""BERT-type encoders as ONNX graphs, built from a checkpoint's tensors without torch (Devlin et al. 2018).

Attention stays in plain nodes, so that its weights can be read out of the graph. Matrices may be stored as
8 bits in blocks; activations are then rounded block by block inside the kernel, so that a text's vector does
not depend on the other texts of its batch, as it does where one scale spans the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile import writer
from lmcli.nn.onnxfile.writer import FLOAT, INT64, MICROSOFT
from lmcli.sentences.convert.nibbles import Nibbles, stacked
from lmcli.vectors.writing import quantise

Tensors = Mapping[str, Any]  # by name: arrays in float32, or matrices as `Nibbles`
Matrix = NDArray[np.float32]

OPSET = 20
IR_VERSION = 9
BLOCK = (
    64  # inputs that share a scale; 128 is no faster, 32 no closer to float32 by more than .0005
)
MASKED = -1e9
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"


@dataclass(frozen=True, slots=True)
class BertShape:
    """What a graph needs to know of a checkpoint beside its tensors."""

    layers: int
    heads: int
    width: int
    epsilon: float

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> BertShape:
        """Read a transformers config.json. Raises KeyError where it is not a BERT's."""
        return cls(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            width=config["hidden_size"],
            epsilon=config["layer_norm_eps"],
        )


class Graph(writer.Graph):
    """The encoder under construction; `int8` says how its matrices are stored."""

    def __init__(self, int8: bool) -> None:
        super().__init__("encoder", opset=OPSET, ir=IR_VERSION)
        self.int8 = int8

    def ints(self, *values: int) -> str:
        """A constant list of int64."""
        return self.constant("ints." + ".".join(map(str, values)), np.array(values, np.int64))

    def plain(self, operator: str, *inputs: str, to: str, **attributes: Any) -> str:
        """An operation of ONNX's own."""
        return self.op(operator, *inputs, to=to, domain="", **attributes)

    def floats(self, x: str, to: str) -> str:
        """x as float32."""
        return self.plain("Cast", x, to=to, given={"to": FLOAT})

    def linear(self, x: str, w: Matrix | Nibbles, bias: Matrix, to: str) -> str:
        """x W^T + b; w has the shape (outputs, inputs), as checkpoints store it."""
        if isinstance(w, Nibbles):
            bits, block, scales = 4, Nibbles.BLOCK, w.scales
            codes = w.codes.reshape(w.shape[0], -1, block // 2)
        elif self.int8:
            bits, block = 8, BLOCK
            codes, scales = quantise_blocks(w)
        else:
            product = self.plain(
                "MatMul", x, self.constant(f"{to}.weight", w.T), to=f"{to}.product"
            )
            return self.plain("Add", product, self.constant(f"{to}.bias", bias), to=to)
        weights = self.constant(f"{to}.weight", codes), self.constant(f"{to}.scales", scales)
        return self.op(
            "MatMulNBits",
            x,
            *weights,
            "",
            "",
            self.constant(f"{to}.bias", bias),
            to=to,
            domain=MICROSOFT,
            N=w.shape[0],
            K=w.shape[1],
            bits=bits,
            block_size=block,
            accuracy_level=4,
        )

    def rows(self, table: Matrix, op: str, *which: str, to: str) -> str:
        """Rows of an embedding table: those that `op`, Gather or Slice, picks with the values `which`."""
        if not self.int8:
            return self.plain(op, self.constant(f"{to}.table", table), *which, to=to)
        codes, scales = quantise(table)
        picked = self.plain(op, self.constant(f"{to}.table", codes), *which, to=f"{to}.codes")
        scale = self.constant(f"{to}.scales", scales[:, None])
        factors = self.plain(op, scale, *which, to=f"{to}.factors")
        return self.plain("Mul", self.floats(picked, f"{to}.floats"), factors, to=to)

    def nibbles(self, table: Nibbles, ids: str, to: str) -> str:
        """The rows `ids` of a table in 4 bits."""
        return self.op(
            "GatherBlockQuantized",
            self.constant(f"{to}.table", table.codes),
            ids,
            self.constant(f"{to}.scales", table.scales),
            to=to,
            domain=MICROSOFT,
            bits=4,
            block_size=Nibbles.BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )


def quantise_blocks(w: Matrix) -> tuple[NDArray[np.uint8], Matrix]:
    """8 bits with zero point 128 for MatMulNBits: codes (outputs, blocks, BLOCK), one scale a block."""
    blocks = w.reshape(w.shape[0], -1, BLOCK)
    codes, scales = quantise(blocks.reshape(-1, BLOCK))
    shifted = (codes.astype(np.int16) + 128).astype(np.uint8)
    return shifted.reshape(blocks.shape), scales


def build_graph(tensors: Tensors, shape: BertShape, *, int8: bool) -> Graph:
    """The encoder: input_ids, attention_mask, token_type_ids (batch, sequence) to last_hidden_state.

    The weights of layer N's attention, (batch, heads, from, to), are the value `attentions.N`. Without
    a table of token types there is no input for them. Raises KeyError where the checkpoint lacks a tensor.
    """
    g = Graph(int8)
    x = _embeddings(g, tensors, shape)
    mask = _mask(g)
    for layer in range(shape.layers):
        last = OUTPUT if layer == shape.layers - 1 else f"hidden.{layer}"
        part = f"encoder.layer.{layer}."
        own = {k.removeprefix(part): v for k, v in tensors.items() if k.startswith(part)}
        x = _layer(g, own, shape, x, mask, layer, last)
    typed = "embeddings.token_type_embeddings.weight" in tensors
    return _model(g, INPUTS if typed else INPUTS[:2], shape)


def _embeddings(g: Graph, tensors: Tensors, shape: BertShape) -> str:
    places = tensors["embeddings.position_embeddings.weight"]
    length = g.plain("Shape", "input_ids", to="length", start=1, end=2)
    types = tensors.get("embeddings.token_type_embeddings.weight")
    kinds = ""
    if types is not None:
        kinds = g.plain("Gather", g.constant("types.table", types), "token_type_ids", to="types")
    words = tensors["embeddings.word_embeddings.weight"]
    if isinstance(words, Nibbles):
        x = g.nibbles(words, "input_ids", to="words")
    else:
        x = g.rows(words, "Gather", "input_ids", to="words")
    if kinds:
        x = g.plain("Add", x, kinds, to="words_types")
    position = g.rows(places, "Slice", g.ints(0), length, to="positions")
    x = g.plain("Add", x, position, to="embedded")
    return _norm(g, x, tensors, "embeddings.LayerNorm", shape.epsilon, "hidden.embeddings")


def _mask(g: Graph) -> str:
    """0 where a token may be looked at, a large negative number where it is padding."""
    seen = g.floats(g.plain("Unsqueeze", "attention_mask", g.ints(1, 2), to="seen"), "seen.floats")
    absent = g.plain("Sub", g.constant("one", np.ones(1, np.float32)), seen, to="absent")
    return g.plain("Mul", absent, g.constant("masked", np.full(1, MASKED, np.float32)), to="mask")


def _norm(g: Graph, x: str, tensors: Tensors, name: str, epsilon: float, to: str) -> str:
    weights = [g.constant(f"{to}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias")]
    return g.plain("LayerNormalization", x, *weights, to=to, axis=-1, epsilon=epsilon)


def _layer(g: Graph, own: Tensors, shape: BertShape, x: str, mask: str, layer: int, to: str) -> str:
    """Attention, then the feed-forward part, each added to its input and normalised."""

    def linear(x: str, name: str, to: str) -> str:
        return g.linear(x, own[f"{name}.weight"], own[f"{name}.bias"], f"{layer}.{to}")

    context = _attention(g, own, shape, x, mask, layer)
    y = g.plain("Add", linear(context, "attention.output.dense", "out"), x, to=f"{layer}.add")
    y = _norm(g, y, own, "attention.output.LayerNorm", shape.epsilon, f"{layer}.norm")
    z = g.plain("Gelu", linear(y, "intermediate.dense", "up"), to=f"{layer}.gelu")
    z = g.plain("Add", linear(z, "output.dense", "down"), y, to=f"{layer}.add2")
    return _norm(g, z, own, "output.LayerNorm", shape.epsilon, to)


def _attention(g: Graph, own: Tensors, shape: BertShape, x: str, mask: str, layer: int) -> str:
    """softmax(Q K^T / sqrt(d)) V for all heads, laid side by side again: (batch, sequence, width)."""
    size = shape.width // shape.heads
    parts = [f"attention.self.{name}" for name in ("query", "key", "value")]
    weight = stacked([own[f"{part}.weight"] for part in parts])
    bias = np.concatenate([own[f"{part}.bias"] for part in parts])
    qkv = g.linear(x, weight, bias, f"{layer}.qkv")
    q, k, v = g.split(qkv, [f"{layer}.{name}" for name in ("q", "k", "v")])
    grid = g.ints(0, 0, shape.heads, size)
    q, k, v = (g.plain("Reshape", name, grid, to=f"{name}.heads") for name in (q, k, v))
    q, v = (g.plain("Transpose", name, to=f"{name}.t", perm=[0, 2, 1, 3]) for name in (q, v))
    k = g.plain("Transpose", k, to=f"{k}.t", perm=[0, 2, 3, 1])
    scale = g.constant("scale", np.full(1, size**-0.5, np.float32))
    scores = g.plain("Mul", g.plain("MatMul", q, k, to=f"{layer}.dot"), scale, to=f"{layer}.scores")
    masked = g.plain("Add", scores, mask, to=f"{layer}.masked")
    weights = g.plain("Softmax", masked, to=f"attentions.{layer}", axis=-1)
    y = g.plain("MatMul", weights, v, to=f"{layer}.context")
    y = g.plain("Transpose", y, to=f"{layer}.context.t", perm=[0, 2, 1, 3])
    return g.plain("Reshape", y, g.ints(0, 0, shape.width), to=f"{layer}.context.flat")


def _model(g: Graph, names: Sequence[str], shape: BertShape) -> Graph:
    axes = ["batch", "sequence"]
    for name in names:
        g.input(name, INT64, axes)
    g.output(OUTPUT, FLOAT, [*axes, shape.width])
    return g
