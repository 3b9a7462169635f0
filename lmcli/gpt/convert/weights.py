"""The weights of a GGUF file as a graph's own: 8 bits in blocks of 32, exact where that is possible, or float32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lmcli.gpt.convert.blocks import BLOCK, KINDS, MIDDLE
from lmcli.gpt.convert.gguf import Gguf, Tensor
from lmcli.gpt.convert.shape import Shape
from lmcli.nn.onnxfile.writer import DataFile, Graph

MICROSOFT = "com.microsoft"
_ROWS = 1 << 24  # values that are recoded at once
# rows of the matrix of the logits that are prepared at once, when a graph is opened. It is a fifth of all weights and
# comes last: as one whole it would keep one thread busy while the others have nothing left
_PART = 8192
_SAMPLE = 64  # rows of a matrix on which the rounding is measured

Place = tuple[int, int]
# codes [rows, blocks, 32], scales [rows, blocks], zero points [rows, blocks] or None for 128
Eight = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8] | None]


def to_8_bits(
    codes: NDArray[np.uint8], scales: NDArray[np.float32], minima: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
    """Recode blocks of 4 or 5 bits, scale q + minimum, as 8-bit blocks, scale (q - zero point).

    Steps of scale/k (k up to 17; 8 of 5 bits) hold every code exactly; only the minimum has to fall on a
    multiple of the step. So k is the denominator that approximates minimum/scale best, block by block: the
    steps between a block's values stay exact, and all of them are off by less than scale/(2k). A block that
    lies too far from zero for that is rounded as `rounded` does.

    Args: codes [rows, blocks, 32], scales and minima [rows, blocks].
    Returns: codes [rows, blocks, 32], scales and zero points [rows, blocks].
    """
    top_code = 31 if codes.size and codes.max() > 15 else 15
    flat = scales == 0  # all of a block is its minimum: one step above zero or below
    codes = np.where(flat[..., None], np.uint8(0), codes)
    safe = np.where(flat, np.where(minima == 0, np.float32(1), np.abs(minima)), scales)
    ratio = minima / safe
    best = np.full(scales.shape, np.inf, np.float32)
    k = np.ones(scales.shape, np.int32)
    for candidate in range(1, 255 // top_code + 1):
        error = np.abs(ratio * candidate - np.rint(ratio * candidate)) / candidate
        offset = np.rint(ratio * candidate)
        fits = (offset >= -255) & (np.maximum(offset, 0) + top_code * candidate <= 255)
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

    Exact for signed codes (Q4_0, Q5_0, Q8_0) and nearly so for 4 and 5 bits with minima (`to_8_bits`); what
    has no codes of 32 (Q6_K, floats) is rounded to 255 steps a block. centred: no zero points, whatever
    the type.
    """
    rows = tensor.shape[0]
    step = max(1, _ROWS // tensor.shape[1])
    parts = [
        _eight_bits(tensor.part(start, min(start + step, rows)), centred)
        for start in range(0, rows, step)
    ]
    codes, scales, zeros = zip(*parts, strict=True)
    whole = None if zeros[0] is None else np.concatenate(zeros)
    return np.concatenate(codes), np.concatenate(scales), whole


def _eight_bits(tensor: Tensor, centred: bool) -> Eight:
    blocks = tensor.codes()
    if blocks is not None:
        if blocks.minima is None:
            return (blocks.codes + MIDDLE).astype(np.uint8), blocks.scales, None
        if not centred:
            return to_8_bits(blocks.codes.astype(np.uint8), blocks.scales, blocks.minima)
    values = tensor.values().reshape(tensor.shape[0], -1, BLOCK)
    return (*rounded(values), None)


def rounding(tensor: Tensor, *, centred: bool = False) -> tuple[float, float]:
    """What `eight_bits` loses: sums of squares of the differences and of the values, over some rows."""
    some = tensor.part(0, tensor.shape[0], max(1, tensor.shape[0] // _SAMPLE))
    codes, scales, zeros = _eight_bits(some, centred)
    middle = MIDDLE if zeros is None else zeros[..., None].astype(np.float32)
    values = some.values().reshape(codes.shape)
    lost = scales[..., None] * (codes.astype(np.float32) - middle) - values
    sums = [float(np.square(each).sum(dtype=np.float64)) for each in (lost, values)]
    return sums[0], sums[1]


class Weights:
    """The tensors of a GGUF file in a graph's data file, each written once however many graphs name it."""

    def __init__(self, gguf: Gguf, shape: Shape, data: DataFile, quantised: bool) -> None:
        self.gguf = gguf
        self.shape = shape
        self.data = data
        self.quantised = quantised
        self._places: dict[str, Place] = {}
        self._lost: dict[str, list[float]] = {}

    @property
    def losses(self) -> dict[str, float]:
        """By the name of the type: the root of the mean squared rounding, as a share of that of the values."""
        return {kind: (lost / (whole or 1)) ** 0.5 for kind, (lost, whole) in self._lost.items()}

    def _eight_bits(self, tensor: Tensor, *, centred: bool = False) -> Eight:
        sums = self._lost.setdefault(KINDS[tensor.kind].name, [0.0, 0.0])
        for at, more in enumerate(rounding(tensor, centred=centred)):
            sums[at] += more
        return eight_bits(tensor, centred=centred)

    def place(self, name: str, array: NDArray[np.generic]) -> Place:
        """Where `array` lies in the data file; it is written at its first use."""
        if name not in self._places:
            self._places[name] = self.data.add(array)
        return self._places[name]

    def gamma(self, graph: Graph, name: str) -> str:
        """The weights of an RMS norm."""
        return graph.constant(name, self.tensor(name).values())

    def tensor(self, name: str) -> Tensor:
        """A tensor with its rows in the order that the graph wants."""
        tensor = self.gguf.tensors[name]
        order = self.shape.order(name.split(".")[-2])
        return tensor if order is None else tensor.ordered(order)

    def linear(self, graph: Graph, x: str, name: str, parts: Sequence[str]) -> str:
        """x W^T + b, where W and b are the tensors PART.weight and PART.bias (or zeros) stacked by rows."""
        shapes = [self.gguf.tensors[f"{part}.weight"].shape for part in parts]
        rows, columns = sum(shape[0] for shape in shapes), shapes[0][1]
        bias = ""
        if any(f"{part}.bias" in self.gguf.tensors for part in parts):
            stacked = [self._bias(part, n) for part, (n, _) in zip(parts, shapes, strict=True)]
            bias = graph.constant(f"{name}.bias", np.concatenate(stacked))
        if self.quantised:
            inputs = [x, *self._blocks(graph, name, parts, rows, columns // BLOCK)]
            if bias:
                inputs += [""] * (5 - len(inputs)) + [bias]
            return self._matmul_nbits(graph, inputs, rows, columns)
        if name not in self._places:
            values = [self.tensor(f"{part}.weight").values() for part in parts]
            self.place(name, np.ascontiguousarray(np.concatenate(values).T))
        weight = graph.weight(name, self._places[name], "float32", (columns, rows))
        product = graph.node("MatMul", [x, weight])
        return graph.node("Add", [product, bias]) if bias else product

    def _bias(self, part: str, rows: int) -> NDArray[np.float32]:
        name = f"{part}.bias"
        return (
            self.tensor(name).values() if name in self.gguf.tensors else np.zeros(rows, np.float32)
        )

    def _blocks(
        self, graph: Graph, name: str, parts: Sequence[str], rows: int, blocks: int
    ) -> list[str]:
        """Codes, scales and, where a block has one, zero points: the names of the initializers."""
        names = self._place_blocks(name, parts)
        kinds = ("uint8", "float32", "uint8")
        shapes = ((rows, blocks, BLOCK), (rows, blocks), (rows, blocks))
        return [
            graph.weight(name, self._places[name], kind, size)
            for name, kind, size in zip(names, kinds, shapes, strict=True)
            if name in self._places
        ]

    def _place_blocks(self, name: str, parts: Sequence[str]) -> list[str]:
        """Write a matrix's codes, scales and zero points, if it has any; under which names."""
        names = [f"{name}.codes", f"{name}.scales", f"{name}.zeros"]
        if names[0] not in self._places:
            tensors = (self.tensor(f"{part}.weight") for part in parts)
            codes, scales, zeros = zip(*map(self._eight_bits, tensors), strict=True)
            self.place(names[0], np.concatenate(codes))
            self.place(names[1], np.concatenate(scales))
            if any(one is not None for one in zeros):
                filled = [
                    np.full(steps.shape, MIDDLE, np.uint8) if zero is None else zero
                    for zero, steps in zip(zeros, scales, strict=True)
                ]
                self.place(names[2], np.concatenate(filled))
        return names

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
        codes, scales = self._embedding_places()
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
        """The logits: x times a matrix of its own, or times the transposed embedding; see _PART."""
        size = self.shape
        if not self.quantised or "output.bias" in self.gguf.tensors:
            return self.linear(graph, x, "head", ["token_embd" if size.tied else "output"])
        if size.tied:
            places = dict(zip(("codes", "scales"), self._embedding_places(), strict=True))
        else:
            self._place_blocks("head", ["output"])
            kinds = ("codes", "scales", "zeros")
            places = {k: self._places[f"head.{k}"] for k in kinds if f"head.{k}" in self._places}
        parts: list[str] = []
        for start in range(0, size.vocabulary, _PART):
            count = min(_PART, size.vocabulary - start)
            shape = (count, size.width // BLOCK)
            kinds_of = {
                "codes": ("uint8", (*shape, BLOCK)),
                "scales": ("float32", shape),
                "zeros": ("uint8", shape),
            }
            inputs = [x]
            for kind, (offset, length) in places.items():
                row = length // size.vocabulary
                own = (offset + start * row, count * row)
                inputs.append(graph.weight(f"head.{len(parts)}.{kind}", own, *kinds_of[kind]))
            parts.append(self._matmul_nbits(graph, inputs, count, size.width))
        return parts[0] if len(parts) == 1 else graph.node("Concat", parts, axis=-1)

    def _embedding_places(self) -> tuple[Place, Place]:
        if "embedding" not in self._places:
            table = self.gguf.tensors["token_embd.weight"]
            codes, scales, _ = self._eight_bits(table, centred=True)
            self.place("embedding", codes)
            self.place("embedding.scales", scales)
        return self._places["embedding"], self._places["embedding.scales"]

    def rotary(self, graph: Graph, layer: int) -> list[str]:
        """A layer's tables of cosines and sines, [context, head/2]."""
        size = self.shape
        window = layer in size.windowed and size.rotary.window_base != size.rotary.base
        names = [f"{table}{'.window' if window else ''}" for table in ("cos", "sin")]
        if names[0] not in self._places:
            tables = size.rotary.tables(size.context, size.head, window=window)
            for name, table in zip(names, tables, strict=True):
                self.place(name, table)
        shape = (size.context, size.head // 2)
        return [graph.weight(name, self._places[name], "float32", shape) for name in names]
