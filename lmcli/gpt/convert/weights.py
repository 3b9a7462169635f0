"""The weights of a GGUF file as a graph's own: 8 bits in blocks of 32, exact where that is possible, or float32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lmcli.gpt.convert.blocks import BLOCK, MIDDLE
from lmcli.gpt.convert.gguf import Gguf, Tensor
from lmcli.gpt.convert.shape import Shape
from lmcli.nn.onnxfile.writer import DataFile, Graph

MICROSOFT = "com.microsoft"
_SPAN = 17  # 15 steps of a 4-bit code fit 17 times into the 255 of an 8-bit one

Place = tuple[int, int]
# codes [rows, blocks, 32], scales [rows, blocks], zero points [rows, blocks] or None for 128
Eight = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8] | None]


def to_8_bits(
    codes: NDArray[np.uint8], scales: NDArray[np.float32], minima: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
    """Recode 4-bit blocks, scale q + minimum, as 8-bit blocks, scale (q - zero point).

    Steps of scale/k (k up to 17) hold every code exactly; only the minimum has to fall on a multiple of the
    step. So k is the denominator that approximates minimum/scale best, block by block: the steps between a
    block's values stay exact, and all of them are off by less than scale/(2k). A block that lies too far
    from zero for that is rounded as `rounded` does.

    Args: codes [rows, blocks, 32], scales and minima [rows, blocks].
    Returns: codes [rows, blocks, 32], scales and zero points [rows, blocks].
    """
    flat = scales == 0  # all of a block is its minimum: one step above zero or below
    codes = np.where(flat[..., None], np.uint8(0), codes)
    safe = np.where(flat, np.where(minima == 0, np.float32(1), np.abs(minima)), scales)
    ratio = minima / safe
    best = np.full(scales.shape, np.inf, np.float32)
    k = np.ones(scales.shape, np.int32)
    for candidate in range(1, _SPAN + 1):
        error = np.abs(ratio * candidate - np.rint(ratio * candidate)) / candidate
        offset = np.rint(ratio * candidate)
        fits = (offset >= -255) & (np.maximum(offset, 0) + 15 * candidate <= 255)
        better = fits & (error < best)
        best, k = np.where(better, error, best), np.where(better, candidate, k)
    far = np.isinf(best)  # so far from zero that no step fits: rounded like floats
    ratio = np.where(far, 0, ratio)
    offset = np.rint(ratio * k).astype(np.int32)
    top = np.maximum(offset, 0)  # a block of positive values starts above its zero point
    spread = codes.astype(np.int32) * k[..., None] + top[..., None]
    wide = spread.clip(0, 255).astype(np.uint8)
    steps = (safe / k).astype(np.float32)
    zeros = (top - offset).clip(0, 255).astype(np.uint8)
    if far.any():
        values = scales[far, None] * codes[far] + minima[far, None]
        wide[far], steps[far] = rounded(values.astype(np.float32))
        zeros[far] = MIDDLE
    return wide, steps, zeros


def rounded(values: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Blocks of values [..., 32] as codes around 128 and scales [...]: the largest is 127 steps from zero."""
    scales = np.abs(values).max(axis=-1) / np.float32(127)
    steps = np.rint(values / np.where(scales == 0, np.float32(1), scales)[..., None])
    return (steps + MIDDLE).astype(np.uint8), scales


def eight_bits(tensor: Tensor, *, centred: bool = False) -> Eight:
    """A matrix in 8 bits: value = scale (code - zero point).

    Exact for signed codes (Q5_0, Q8_0) and nearly so for 4 bits with minima (`to_8_bits`); what has no
    codes of 32 (Q6_K, floats) is rounded to 255 steps a block. centred: no zero points, whatever the type.
    """
    blocks = tensor.codes()
    if blocks is not None:
        if blocks.minima is None:
            return (blocks.codes + MIDDLE).astype(np.uint8), blocks.scales, None
        if not centred:
            return to_8_bits(blocks.codes.astype(np.uint8), blocks.scales, blocks.minima)
    values = tensor.values().reshape(tensor.shape[0], -1, BLOCK)
    return (*rounded(values), None)


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

    def linear(
        self, graph: Graph, x: str, name: str, tensors: list[Tensor], biases: Sequence[str] = ()
    ) -> str:
        """x W^T + b, where W is `tensors` stacked by rows, and b the tensors named `biases` (or none)."""
        columns = tensors[0].shape[1]
        rows = sum(tensor.shape[0] for tensor in tensors)
        bias = ""
        if biases:
            stacked = np.concatenate([self.gguf.tensors[one].values() for one in biases])
            bias = graph.constant(f"{name}.bias", stacked)
        if self.quantised:
            inputs = [x, *self._blocks(graph, name, tensors, rows, columns // BLOCK)]
            if bias:
                inputs += [""] * (5 - len(inputs)) + [bias]
            return self._matmul_nbits(graph, inputs, rows, columns)
        if name not in self._places:
            stacked = np.concatenate([tensor.values() for tensor in tensors])
            self.place(name, np.ascontiguousarray(stacked.T))
        weight = graph.weight(name, self._places[name], "float32", (columns, rows))
        product = graph.node("MatMul", [x, weight])
        return graph.node("Add", [product, bias]) if bias else product

    def _blocks(
        self, graph: Graph, name: str, tensors: list[Tensor], rows: int, blocks: int
    ) -> list[str]:
        """Codes, scales and, where a block has one, zero points: the names of the initializers."""
        parts = [f"{name}.codes", f"{name}.scales", f"{name}.zeros"]
        if parts[0] not in self._places:
            codes, scales, zeros = zip(*map(eight_bits, tensors), strict=True)
            self.place(parts[0], np.concatenate(codes))
            self.place(parts[1], np.concatenate(scales))
            if any(one is not None for one in zeros):
                filled = [
                    np.full(steps.shape, MIDDLE, np.uint8) if zero is None else zero
                    for zero, steps in zip(zeros, scales, strict=True)
                ]
                self.place(parts[2], np.concatenate(filled))
        kinds = ("uint8", "float32", "uint8")
        shapes = ((rows, blocks, BLOCK), (rows, blocks), (rows, blocks))
        return [
            graph.weight(part, self._places[part], kind, size)
            for part, kind, size in zip(parts, kinds, shapes, strict=True)
            if part in self._places
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
        """The logits: x times a matrix of its own, or times the transposed embedding."""
        size = self.shape
        if not size.tied:
            return self.linear(graph, x, "head", [self.gguf.tensors["output.weight"]])
        table = self.gguf.tensors["token_embd.weight"]
        if not self.quantised:
            return self.linear(graph, x, "head", [table])
        blocks = size.width // BLOCK
        _, scales = self._embedding_places(table)
        flat = graph.weight("head.scales", scales, "float32", (size.vocabulary, blocks))
        return self._matmul_nbits(graph, [x, "embedding", flat], size.vocabulary, size.width)

    def _embedding_places(self, table: Tensor) -> tuple[Place, Place]:
        if "embedding" not in self._places:
            codes, scales, _ = eight_bits(table, centred=True)
            self.place("embedding", codes)
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
