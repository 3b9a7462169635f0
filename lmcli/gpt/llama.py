"""The graph of a Llama-type decoder in ONNX, from its GGUF file: 8-bit weights in blocks of 32, or float32.

One layer: RMS norm, grouped-query attention with rotary positions, RMS norm, gated feed-forward (SiLU).
Touvron et al. 2023 (arXiv:2302.13971), Ainslie et al. 2023 (arXiv:2305.13245).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.core.errors import ModelError
from lmcli.gpt.gguf import BLOCK, Q4_1, Q8_0, Gguf, Tensor
from lmcli.gpt.onnxfile import FLOAT, INT32, INT64, DataFile, Graph

MICROSOFT = "com.microsoft"
_LARGEST = 1 << 20  # of a size in the metadata; beyond it the file is damaged
_SPAN = 17  # 15 steps of a 4-bit code fit 17 times into the 255 of an 8-bit one

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama-type decoder."""

    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    context: int
    vocabulary: int
    rotary_base: float
    epsilon: float

    @property
    def head(self) -> int:
        """The width of one attention head."""
        return self.width // self.heads

    @classmethod
    def of(cls, gguf: Gguf) -> Shape:
        """The sizes that a GGUF file's metadata gives.

        Raises ModelError where one is missing or can be none, or a tensor is of another size.
        """

        def size(key: str) -> int:
            value = gguf.metadata.get(f"llama.{key}")
            if not isinstance(value, int) or not 0 < value <= _LARGEST:
                raise ModelError(f"llama.{key} is {value!r}, which is no size")
            return value

        def number(key: str) -> float:
            value = gguf.metadata.get(f"llama.{key}")
            if not isinstance(value, float) or not 0 < value < math.inf:
                raise ModelError(f"llama.{key} is {value!r}, which is no positive number")
            return value

        shape = cls(
            layers=size("block_count"),
            width=size("embedding_length"),
            hidden=size("feed_forward_length"),
            heads=size("attention.head_count"),
            kv_heads=size("attention.head_count_kv"),
            context=size("context_length"),
            vocabulary=gguf.tensors["token_embd.weight"].shape[0],
            rotary_base=number("rope.freq_base"),
            epsilon=number("attention.layer_norm_rms_epsilon"),
        )
        shape._check(gguf)
        return shape

    def _check(self, gguf: Gguf) -> None:
        if self.width % (2 * self.heads) or self.heads % self.kv_heads:
            raise ModelError(
                f"{self.heads} heads, {self.kv_heads} of keys, do not share a width of {self.width}"
            )
        for name, wanted in self._tensors():
            found = gguf.tensors[name].shape if name in gguf.tensors else None
            if found != wanted:
                raise ModelError(f"the tensor {name} is {found}, and {wanted} is wanted")

    def _tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name and the shape of each tensor."""
        width, keys = self.width, self.head * self.kv_heads
        yield "token_embd.weight", (self.vocabulary, width)
        yield "output_norm.weight", (width,)
        for layer in range(self.layers):
            of_layer = {
                **{"attn_norm": (width,), "ffn_norm": (width,)},
                **{"attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width)},
                **{"attn_output": (width, width), "ffn_down": (width, self.hidden)},
                **dict.fromkeys(("ffn_gate", "ffn_up"), (self.hidden, width)),
            }
            yield from ((f"blk.{layer}.{name}.weight", size) for name, size in of_layer.items())


def to_8_bits(
    codes: NDArray[np.uint8], scales: NDArray[np.float32], minima: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
    """Recode 4-bit blocks, scale q + minimum, as 8-bit blocks, scale (q - zero point).

    Steps of scale/k (k up to 17) hold every code exactly; only the minimum has to fall on a multiple of the
    step. So k is the denominator that approximates minimum/scale best, block by block: the steps between a
    block's values stay exact, and all of them are off by less than scale/(2k).

    Args: codes [rows, blocks, 32], scales and minima [rows, blocks].
    Returns: codes [rows, blocks, 32], scales and zero points [rows, blocks].
    """
    safe = np.where(scales == 0, 1, scales)
    ratio = minima / safe
    best = np.full(scales.shape, np.inf, np.float32)
    k = np.ones(scales.shape, np.int32)
    for candidate in range(1, _SPAN + 1):
        error = np.abs(ratio * candidate - np.rint(ratio * candidate)) / candidate
        offset = np.rint(ratio * candidate)
        fits = (offset >= -255) & (np.maximum(offset, 0) + 15 * candidate <= 255)
        better = fits & (error < best)
        best, k = np.where(better, error, best), np.where(better, candidate, k)
    offset = np.rint(ratio * k).astype(np.int32)
    top = np.maximum(offset, 0)  # a block of positive values starts above its zero point
    wide = codes.astype(np.int32) * k[..., None] + top[..., None]
    return (
        wide.clip(0, 255).astype(np.uint8),
        (safe / k).astype(np.float32),
        (top - offset).clip(0, 255).astype(np.uint8),
    )


def halves(tensor: Tensor, heads: int) -> Tensor:
    """Reorder the rotary rows of q or k: a GGUF has them interleaved, the operator wants two halves."""
    rows = tensor.shape[0]
    width = rows // heads
    order = np.arange(rows).reshape(heads, width // 2, 2).swapaxes(1, 2).reshape(-1)
    data = tensor.data.reshape(rows, -1)[order]
    return Tensor(tensor.kind, tensor.shape, data.reshape(-1))


class Weights:
    """The tensors of a GGUF file in a graph's data file, each written once however many graphs name it."""

    def __init__(self, gguf: Gguf, shape: Shape, data: DataFile, quantised: bool) -> None:
        self.gguf = gguf
        self.shape = shape
        self.data = data
        self.quantised = quantised
        self._places: dict[str, Place] = {}

    def place(self, name: str, array: NDArray[np.generic]) -> Place:
        """Where `array` lies in the data file; it is written at its first use."""
        if name not in self._places:
            self._places[name] = self.data.add(array)
        return self._places[name]

    def gamma(self, graph: Graph, name: str) -> str:
        """The weights of an RMS norm."""
        return graph.constant(name, self.gguf.tensors[name].values())

    def linear(self, graph: Graph, x: str, name: str, tensors: list[Tensor]) -> str:
        """x W^T, where W is `tensors` stacked by rows."""
        columns = tensors[0].shape[1]
        rows = sum(tensor.shape[0] for tensor in tensors)
        if not self.quantised:
            if name not in self._places:
                stacked = np.concatenate([tensor.values() for tensor in tensors])
                self.place(name, np.ascontiguousarray(stacked.T))
            weight = graph.weight(name, self._places[name], "float32", (columns, rows))
            return graph.node("MatMul", [x, weight])
        inputs = [x, *self._blocks(graph, name, tensors, rows, columns // BLOCK)]
        return self._matmul_nbits(graph, inputs, rows, columns)

    def _blocks(
        self, graph: Graph, name: str, tensors: list[Tensor], rows: int, blocks: int
    ) -> list[str]:
        parts = [f"{name}.codes", f"{name}.scales", f"{name}.zeros"]
        if parts[0] not in self._places:
            recoded = [to_8_bits(*tensor.q4_1()) for tensor in tensors]
            for part, arrays in zip(parts, zip(*recoded, strict=True), strict=True):
                self.place(part, np.concatenate(arrays))
        kinds = ("uint8", "float32", "uint8")
        shapes = ((rows, blocks, BLOCK), (rows, blocks), (rows, blocks))
        return [
            graph.weight(part, self._places[part], kind, size)
            for part, kind, size in zip(parts, kinds, shapes, strict=True)
        ]

    def _matmul_nbits(self, graph: Graph, inputs: list[str], rows: int, columns: int) -> str:
        return graph.node(
            "MatMulNBits", inputs, domain=MICROSOFT,
            K=columns, N=rows, bits=8, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip

    def embedding(self, graph: Graph, ids: str) -> str:
        """The rows of the embedding for token ids [batch, length]."""
        size = self.shape
        table = self.gguf.tensors["token_embd.weight"]
        if not self.quantised:
            place = self.place("embedding", table.values())
            weight = graph.weight("embedding", place, "float32", table.shape)
            return graph.node("Gather", [weight, ids])
        blocks = size.width // BLOCK
        codes, scales = self._embedding_places(table)
        inputs = [
            graph.weight("embedding", codes, "uint8", (size.vocabulary, blocks, BLOCK)),
            ids,
            graph.weight("embedding.scales", scales, "float32", (size.vocabulary, blocks, 1)),
        ]
        rows = graph.node(
            "GatherBlockQuantized", inputs, domain=MICROSOFT,
            bits=8, block_size=BLOCK, gather_axis=0, quantize_axis=2,
        )  # fmt: skip
        flat = graph.constant("flat", np.array([0, 0, size.width], np.int64))
        return graph.node("Reshape", [rows, flat])

    def head(self, graph: Graph, x: str) -> str:
        """The logits: x times the transposed embedding, which is tied to it."""
        size = self.shape
        table = self.gguf.tensors["token_embd.weight"]
        if not self.quantised:
            return self.linear(graph, x, "head", [table])
        blocks = size.width // BLOCK
        _, scales = self._embedding_places(table)
        flat = graph.weight("head.scales", scales, "float32", (size.vocabulary, blocks))
        return self._matmul_nbits(graph, [x, "embedding", flat], size.vocabulary, size.width)

    def _embedding_places(self, table: Tensor) -> tuple[Place, Place]:
        if "embedding" not in self._places:
            codes, scales = table.q8_0()
            unsigned = codes.view(np.uint8) ^ 128  # two's complement to an offset of 128
            self.place("embedding", unsigned)
            self.place("embedding.scales", scales)
        return self._places["embedding"], self._places["embedding.scales"]

    def rotary(self, graph: Graph) -> list[str]:
        """The tables of cosines and sines, [context, head/2]."""
        size = self.shape
        power = np.arange(0, size.head, 2, dtype=np.float64) / size.head
        angles = np.arange(size.context)[:, None] * size.rotary_base ** -power[None]
        return [
            graph.weight(name, self.place(name, table), "float32", table.shape)
            for name, function in (("cos", np.cos), ("sin", np.sin))
            for table in [function(angles).astype(np.float32)]
        ]


def usable(gguf: Gguf) -> bool:
    """Whether a GGUF file is of the family and the types that `decoder` makes a graph of."""
    tensors = gguf.tensors
    return (
        gguf.metadata.get("general.architecture") == "llama"
        and "output.weight" not in tensors
        and "token_embd.weight" in tensors
        and tensors["token_embd.weight"].kind == Q8_0
        and all(t.kind == Q4_1 for name, t in tensors.items() if _is_matrix(name))
    )


def _is_matrix(name: str) -> bool:
    return name.startswith("blk.") and not name.endswith("_norm.weight")


def decoder(weights: Weights) -> Graph:
    """The graph that generates: it continues texts whose keys and values lie in a cache.

    Inputs: input_ids [batch, length]; seqlens_k [batch], the filled length of each row's cache after
    this run minus 1; total_sequence_length, the largest of them plus 1; logit_rows, which of the
    batch * length positions get logits; past_key_values.N.key and .value [batch, kv heads, room,
    head], whose memory present.N shares.
    """
    graph = Graph("decoder", weights.data)
    ids = graph.input("input_ids", INT64, ("batch", "length"))
    lengths = graph.input("seqlens_k", INT32, ("batch",))
    total = graph.input("total_sequence_length", INT32, ())
    rows = graph.input("logit_rows", INT64, ("rows",))
    graph.output("logits", FLOAT, ("rows", weights.shape.vocabulary))
    layers = _Layers(graph, weights, [[lengths, total, *weights.rotary(graph)]])
    flat = graph.constant("rows_of", np.array([-1, weights.shape.width], np.int64))
    hidden = graph.node("Reshape", [layers(ids), flat])
    last = layers.norm(graph.node("Gather", [hidden, rows], axis=0), "output_norm.weight")
    graph.node("Identity", [weights.head(graph, last)], ["logits"])
    return graph


def verifier(weights: Weights, tokens: int) -> Graph:
    """The graph that continues one text by `tokens` at once, bit for bit as `decoder` does by one.

    Inputs and outputs are those of `decoder` for a batch of 1 and that length. Attention is computed
    token by token, since the operator rounds several tokens otherwise than one; what comes between
    it in present.N.key.I is the same memory as present.N.key.
    """
    graph = Graph("verifier", weights.data)
    ids = graph.input("input_ids", INT64, (1, tokens))
    lengths = graph.input("seqlens_k", INT32, (1,))
    total = graph.input("total_sequence_length", INT32, ())
    graph.output("logits", FLOAT, (tokens, weights.shape.vocabulary))
    rotary = weights.rotary(graph)
    positions = []
    for behind in range(tokens - 1, -1, -1):
        vector = graph.constant(f"behind_{behind}", np.array([behind], np.int32))
        scalar = graph.constant(f"behind_total_{behind}", np.array(behind, np.int32))
        filled = [graph.node("Sub", [lengths, vector]), graph.node("Sub", [total, scalar])]
        positions.append([*filled, *rotary])
    layers = _Layers(graph, weights, positions)
    flat = graph.constant("rows_of", np.array([-1, weights.shape.width], np.int64))
    last = layers.norm(graph.node("Reshape", [layers(ids), flat]), "output_norm.weight")
    graph.node("Identity", [weights.head(graph, last)], ["logits"])
    return graph


def attention_decoder(weights: Weights) -> Graph:
    """The graph that shows attention: input_ids [1, length] to attentions.N [1, heads, length, length].

    attentions.N are layer N's weights after softmax; a token's row covers itself and those before.
    """
    graph = Graph("attention", weights.data)
    ids = graph.input("input_ids", INT64, (1, "length"))
    length = graph.node("Shape", [ids], start=1, end=2)
    total = graph.node("Cast", [length], to=INT32)
    one = graph.constant("one", np.array([1], np.int32))
    scalar = graph.node("Squeeze", [total])
    filled = [graph.node("Sub", [total, one]), scalar]
    layers = _Layers(graph, weights, [[*filled, *weights.rotary(graph)]], attentions=True)
    last = layers.norm(layers(ids), "output_norm.weight")
    graph.output("last_hidden_state", FLOAT, (1, "length", weights.shape.width))
    graph.node("Identity", [last], ["last_hidden_state"])
    return graph


@dataclass
class _Layers:
    """Adds the layers to a graph.

    `positions` are what the attention needs to know of its cache: once for all tokens of a run, or
    once for each of them.
    """

    graph: Graph
    weights: Weights
    positions: list[list[str]]
    attentions: bool = False

    def __call__(self, ids: str) -> str:
        """Add the embedding and all layers; return the residual stream at their end."""
        residual = self.weights.embedding(self.graph, ids)
        norm = self.norm(residual, "blk.0.attn_norm.weight")
        last = self.weights.shape.layers - 1
        for layer in range(last + 1):
            attended = self._attention(layer, norm)
            norm, residual = self._add_norm(residual, attended, f"blk.{layer}.ffn_norm.weight")
            fed = self._feed_forward(layer, norm)
            if layer < last:
                following = f"blk.{layer + 1}.attn_norm.weight"
                norm, residual = self._add_norm(residual, fed, following)
        return self.graph.node("Add", [residual, fed])

    def norm(self, x: str, gamma: str) -> str:
        """RMS norm (Zhang and Sennrich 2019)."""
        return self.graph.node(
            "SimplifiedLayerNormalization",
            [x, self.weights.gamma(self.graph, gamma)],
            axis=-1,
            epsilon=float(self.weights.shape.epsilon),
            stash_type=1,
        )

    def _add_norm(self, residual: str, x: str, gamma: str) -> tuple[str, str]:
        names = [f"{gamma}.normed", "", "", f"{gamma}.sum"]
        self.graph.node(
            "SkipSimplifiedLayerNormalization",
            [x, residual, self.weights.gamma(self.graph, gamma)],
            names,
            domain=MICROSOFT,
            epsilon=float(self.weights.shape.epsilon),
        )
        return names[0], names[3]

    def _tensors(self, layer: int, *names: str) -> Iterator[Tensor]:
        size = self.weights.shape
        for name in names:
            tensor = self.weights.gguf.tensors[f"blk.{layer}.{name}.weight"]
            heads = {"attn_q": size.heads, "attn_k": size.kv_heads}.get(name)
            yield halves(tensor, heads) if heads else tensor

    def _linear(self, layer: int, x: str, *names: str) -> str:
        tensors = list(self._tensors(layer, *names))
        return self.weights.linear(self.graph, x, f"blk.{layer}.{'+'.join(names)}", tensors)

    def _attention(self, layer: int, x: str) -> str:
        packed = self._linear(layer, x, "attn_q", "attn_k", "attn_v")
        past = self._past(layer)
        count = len(self.positions)
        if count == 1:
            attended = self._attend(layer, packed, past, self._present(layer))
        else:
            first = self.graph.node("Split", [packed], count, axis=1, num_outputs=count)
            parts = []
            for token in range(count):
                part = first if token == 0 else f"{first}:{token}"
                last = token == count - 1
                present = self._present(layer, "" if last else f".{token}")
                parts.append(self._attend(layer, part, past, present, token))
                past = present
            attended = self.graph.node("Concat", parts, axis=1)
        return self._linear(layer, attended, "attn_output")

    def _attend(
        self, layer: int, packed: str, past: list[str], present: list[str], token: int = 0
    ) -> str:
        """Attention of the tokens in `packed`, [batch, length, q and k and v]."""
        size = self.weights.shape
        attributes: dict[str, int] = {}
        outputs = [f"blk.{layer}.attended.{token}", *present]
        if self.attentions:
            outputs.append(f"attentions.{layer}")
            self.graph.output(outputs[-1], FLOAT, (1, size.heads, "length", "length"))
            attributes["qk_output"] = 2  # after softmax
        return self.graph.node(
            "GroupQueryAttention",
            [packed, "", "", *past, *self.positions[token]],
            outputs,
            domain=MICROSOFT,
            num_heads=size.heads,
            kv_num_heads=size.kv_heads,
            do_rotary=1,
            rotary_interleaved=0,
            **attributes,
        )

    def _past(self, layer: int) -> list[str]:
        """A layer's keys and values before the run: inputs, but where attention alone is wanted."""
        if self.attentions:
            return ["", ""]
        size = self.weights.shape
        shape = ("batch", size.kv_heads, "room", size.head)
        return [
            self.graph.input(f"past_key_values.{layer}.{part}", FLOAT, shape)
            for part in ("key", "value")
        ]

    def _present(self, layer: int, suffix: str = "") -> list[str]:
        """A layer's keys and values after a token or the run: outputs, but as with `_past`."""
        names = [f"present.{layer}.{part}{suffix}" for part in ("key", "value")]
        if not self.attentions:
            size = self.weights.shape
            for name in names:
                self.graph.output(name, FLOAT, ("batch", size.kv_heads, "room", size.head))
        return names

    def _feed_forward(self, layer: int, x: str) -> str:
        graph = self.graph
        both = self._linear(layer, x, "ffn_gate", "ffn_up")
        gate = graph.node("Split", [both], 2, axis=-1, num_outputs=2)
        silu = graph.node("QuickGelu", [gate], domain=MICROSOFT, alpha=1.0)
        gated = graph.node("Mul", [silu, f"{gate}:1"])
        return self._linear(layer, gated, "ffn_down")
