"""What was learnt as an ONNX graph, held against torch; with 8 bits a weight on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.frame.errors import MissingExtra
from lmcli.nn.onnxfile.torch_export import Part, write

GRAPH = "model.onnx"
NARROW = 16
BLOCK, ZERO = 32, 128  # numbers that share a scale in MatMulNBits's 8 bits, and the code of 0
LEAST = 1024  # numbers that a weight must have to be worth 8 bits


def export(
    module: Any,
    folder: Path,
    sample: Callable[[Mapping[str, int]], dict[str, Any]],
    axes: Mapping[str, Mapping[int, str]],
    cases: Sequence[Mapping[str, int]],
    outputs: Sequence[str] = ("logits",),
) -> float:
    """Write the graph of a module; returns the largest difference of an output from torch's, over all cases.

    `sample(sizes)` makes inputs, {name: tensor}, for sizes of the free axes; see `nn.onnxfile.torch_export`. Raises
    ModelError where the graph computes something else than the module.
    """
    module = module.to("cpu").eval()
    part = Part("model", module, sample, tuple(outputs), axes, tuple(cases))
    return max(one.difference for one in write(part, folder / GRAPH))


def eight_bits(graph: Path) -> None:
    """Store the graph's large weights with 8 bits a number, and scales; see `rounded`.

    They are unpacked when the graph is opened, so that it answers as fast as before, and an answer does not depend on
    what else is in its batch.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise MissingExtra("onnx", "train") from None

    model = onnx.load(str(graph))
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < LEAST:
            kept.append(tensor)
            continue
        codes, scales = rounded(values)
        name = tensor.name
        kept += [
            numpy_helper.from_array(codes, f"{name}.codes"),
            numpy_helper.from_array(scales, f"{name}.scales"),
        ]
        nodes += [
            helper.make_node("Cast", [f"{name}.codes"], [f"{name}.cast"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.cast", f"{name}.scales"], [name]),
        ]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    others = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *others])
    onnx.save(model, str(graph))


def in_blocks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix as MatMulNBits has it: codes, uint8 (rows, blocks, BLOCK) about ZERO, and scales (rows, blocks)."""
    codes, scales = rounded(values.reshape(-1, BLOCK))
    shape = (len(values), values.shape[1] // BLOCK, BLOCK)
    whole = (codes.astype(np.int16) + ZERO).astype(np.uint8)
    return whole.reshape(shape), scales.reshape(shape[:2])


def rounded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers from -127 to 127, and scales that give the values back, about.

    A row has a scale, or where rows are too short to be worth one (NARROW) all that belongs to an output: the filter of
    a convolution, the column of a matrix.
    """
    axis: Any = -1
    if values.shape[-1] < NARROW:
        axis = 0 if values.ndim == 2 else tuple(range(1, values.ndim))
    scales = np.abs(values).max(axis=axis, keepdims=True) / 127
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales
