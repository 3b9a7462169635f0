"""Writing an ONNX file without the onnx package: the few protobuf messages that a graph needs.

Large tensors go to a data file beside the graph, so that several graphs can share one set of weights and
onnxruntime maps them instead of copying. Schema: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmcli.core.proto import FIXED32, write_field, write_varint

FLOAT, UINT8, INT8, INT32, INT64 = 1, 2, 3, 6, 7
_TYPES = {"float32": FLOAT, "uint8": UINT8, "int8": INT8, "int32": INT32, "int64": INT64}
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
    """A graph under construction; `node` returns the name of the node's first output."""

    name: str
    data: DataFile | None = None
    _parts: list[bytes] = field(default_factory=list)
    _count: int = 0

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int | Sequence[str] = 1,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add a node; its outputs are named, or numbered after the operator (`name`, `name:1`, ...)."""
        self._count += 1
        name = f"{operator}_{self._count}"
        if isinstance(outputs, int):
            outputs = [name if i == 0 else f"{name}:{i}" for i in range(outputs)]
        message = b"".join(write_field(1, item) for item in inputs)
        message += b"".join(write_field(2, item) for item in outputs)
        message += write_field(3, name) + write_field(4, operator)
        message += b"".join(
            write_field(5, _attribute(key, value)) for key, value in attributes.items()
        )
        self._parts.append(write_field(1, message + write_field(7, domain)))
        return outputs[0]

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """Add a small tensor, kept inside the graph's own file."""
        return self._initializer(name, array.dtype, array.shape, write_field(9, array.tobytes()))

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
        message = sizes + write_field(2, _TYPES[dtype.name]) + write_field(8, name) + content
        self._parts.append(write_field(5, message))
        return name

    def input(self, name: str, kind: int, shape: Sequence[int | str]) -> str:
        """Declare an input of the graph."""
        self._parts.append(write_field(11, _value_info(name, kind, shape)))
        return name

    def output(self, name: str, kind: int, shape: Sequence[int | str]) -> None:
        """Declare an output of the graph."""
        self._parts.append(write_field(12, _value_info(name, kind, shape)))

    def write(self, path: Path, producer: str) -> None:
        """Write the model: opset 21 and onnxruntime's own operators."""
        opsets = write_field(8, write_field(1, "") + write_field(2, 21)) + write_field(
            8, write_field(1, "com.microsoft") + write_field(2, 1)
        )
        graph = write_field(7, b"".join(self._parts) + write_field(2, self.name))
        path.write_bytes(write_field(1, 10) + write_field(2, producer) + opsets + graph)
