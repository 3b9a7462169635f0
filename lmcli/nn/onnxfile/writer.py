"""Writing an ONNX file without the onnx package: the few protobuf messages that a graph needs.

Large tensors go to a data file beside the graph, so that several graphs can share one set of weights and
onnxruntime maps them instead of copying. Schema: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile.proto import DTYPES, FIXED32, write_field, write_varint

FLOAT, UINT8, INT8, INT32, INT64, FLOAT16, DOUBLE = 1, 2, 3, 6, 7, 10, 11
_TYPES = {name: number for number, name in DTYPES.items()}
MICROSOFT = "com.microsoft"  # onnxruntime's own operators
_ALIGN = 4096  # of tensors in the data file: pages can be mapped as they are


def _attribute(name: str, value: float | int | Sequence[int]) -> bytes:
    head = write_field(1, name)
    if isinstance(value, float):
        number = write_varint(2 << 3 | FIXED32) + struct.pack("<f", value)
        return head + number + write_field(20, 1)
    if isinstance(value, int):
        return head + write_field(3, _signed(value)) + write_field(20, 2)
    return head + b"".join(write_field(8, _signed(item)) for item in value) + write_field(20, 7)


def _signed(number: int) -> int:
    """A negative number as protobuf's varints hold it: two's complement of 64 bits."""
    return number & ((1 << 64) - 1)


def _value_info(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = (
        write_field(1, size) if isinstance(size, int) else write_field(2, size) for size in shape
    )
    dims = write_field(2, b"".join(write_field(1, size) for size in sizes))
    return write_field(1, name) + write_field(2, write_field(1, write_field(1, kind) + dims))


class DataFile:
    """The file beside the graphs that holds their large tensors."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._file: BinaryIO = path.open("wb")

    def add(self, array: NDArray[Any]) -> tuple[int, int]:
        """Append a tensor; return where it lies: offset and length in bytes."""
        self._file.write(b"\0" * (-self._file.tell() % _ALIGN))
        offset = self._file.tell()
        self._file.write(np.ascontiguousarray(array).data)
        return offset, array.nbytes

    def close(self) -> None:
        """Write out what is left."""
        self._file.close()


@dataclass
class Graph:
    """A graph under construction; what adds to it returns the name of the value that it makes.

    opset, ir: the versions of ONNX's operators and of the file format. microsoft: whether onnxruntime's own
    operators may stand in it. data: where `weight` finds large tensors.
    """

    name: str
    data: DataFile | None = None
    opset: int = 21
    ir: int = 10
    microsoft: bool = True
    metadata: dict[str, str] = field(default_factory=dict)
    _nodes: list[bytes] = field(default_factory=list)
    _tensors: dict[str, bytes] = field(default_factory=dict)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int | Sequence[str] = 1,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add a node; its outputs are named, or numbered after the operator (`name`, `name:1`, ...)."""
        name = f"{operator}_{len(self._nodes) + 1}"
        if isinstance(outputs, int):
            outputs = [name if i == 0 else f"{name}:{i}" for i in range(outputs)]
        return self._add(operator, inputs, outputs, name, domain, attributes)

    def op(
        self,
        operator: str,
        *inputs: str,
        to: str,
        domain: str | None = None,
        given: Mapping[str, Any] | None = None,
        **attributes: Any,
    ) -> str:
        """Add a node with one output, which names it. `given`: attributes whose names are this method's own."""
        ordered = {**dict(sorted(attributes.items())), **(given or {})}
        return self._add(operator, inputs, [to], to, domain, ordered)

    def split(self, x: str, to: Sequence[str]) -> list[str]:
        """x cut along its last axis into equal parts."""
        self._add("Split", [x], to, "", None, {"axis": -1, "num_outputs": len(to)})
        return list(to)

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        name: str,
        domain: str | None,
        attributes: Mapping[str, Any],
    ) -> str:
        message = b"".join(write_field(1, item) for item in inputs)
        message += b"".join(write_field(2, item) for item in outputs)
        message += write_field(3, name) if name else b""
        message += write_field(4, operator)
        message += b"".join(
            write_field(5, _attribute(key, value)) for key, value in attributes.items()
        )
        self._nodes.append(message + (b"" if domain is None else write_field(7, domain)))
        return outputs[0]

    def constant(self, name: str, array: Any) -> str:
        """Add a tensor, kept inside the graph's own file; a second one of the same name is the same."""
        if name not in self._tensors:
            values = np.asarray(array)
            content = write_field(9, values.tobytes())
            self._initializer(name, values.dtype, values.shape, content)
        return name

    def weight(self, name: str, where: tuple[int, int], dtype: str, shape: Sequence[int]) -> str:
        """Add a tensor of the data file by its place there."""
        assert self.data is not None
        pairs = {"location": self.data.name, "offset": str(where[0]), "length": str(where[1])}
        entries = (write_field(1, key) + write_field(2, value) for key, value in pairs.items())
        place = b"".join(write_field(13, entry) for entry in entries) + write_field(14, 1)
        return self._initializer(name, np.dtype(dtype), shape, place)

    def _initializer(
        self, name: str, dtype: np.dtype[Any], shape: Sequence[int], content: bytes
    ) -> str:
        sizes = b"".join(write_field(1, size) for size in shape)
        kind = write_field(2, _TYPES[dtype.name])
        self._tensors[name] = sizes + kind + write_field(8, name) + content
        return name

    def input(self, name: str, kind: int, shape: Sequence[int | str]) -> str:
        """Declare an input of the graph."""
        self._inputs.append(_value_info(name, kind, shape))
        return name

    def output(self, name: str, kind: int, shape: Sequence[int | str]) -> None:
        """Declare an output of the graph."""
        self._outputs.append(_value_info(name, kind, shape))

    def serialized(self, producer: str = "lmcli") -> bytes:
        """The model as protobuf writes it, fields in the order of their numbers."""
        parts = [(1, message) for message in self._nodes]
        tensors = [(5, message) for message in self._tensors.values()]
        values = [(11, one) for one in self._inputs] + [(12, one) for one in self._outputs]
        named = write_field(2, self.name)
        graph = b"".join(
            [
                *(write_field(*part) for part in parts),
                named,
                *(write_field(*part) for part in (*tensors, *values)),
            ]
        )
        opsets = {"": self.opset, **({MICROSOFT: 1} if self.microsoft else {})}
        return b"".join(
            [
                write_field(1, self.ir),
                write_field(2, producer),
                write_field(7, graph),
                *(write_field(8, write_field(1, d) + write_field(2, v)) for d, v in opsets.items()),
                *(
                    write_field(14, write_field(1, key) + write_field(2, value))
                    for key, value in self.metadata.items()
                ),
            ]
        )

    def write(self, path: Path, producer: str = "lmcli") -> None:
        """Write the model to a file."""
        path.write_bytes(self.serialized(producer))


def probe_model() -> bytes:
    """A model of one MatMul, y[2, 2] = x[2, 2] @ x[2, 2] in float32: enough to see whether a provider runs."""
    graph = Graph("probe", opset=17, ir=8, microsoft=False)
    x = graph.input("x", FLOAT, [2, 2])
    graph.op("MatMul", x, x, to="y")
    graph.output("y", FLOAT, [2, 2])
    return graph.serialized()
