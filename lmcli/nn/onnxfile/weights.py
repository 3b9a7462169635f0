"""The numbers of a graph's weights, read from an .onnx file without the onnx package.

Field numbers are those of onnx.proto3 (TensorProto).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile import proto

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _TYPE, _FLOATS, _NAME, _RAW = 1, 2, 4, 8, 9


def read_weights(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The weights of these names that lie in the file itself. Raises ModelError where it is no ONNX model."""
    wanted = set(names)
    found = {}
    try:
        data = path.read_bytes()
        for number, start, end in proto.fields(data):
            if number != _GRAPH:
                continue
            for part, begin, stop in proto.fields(data, start, end):
                if part == _INITIALIZER:
                    name, values = _tensor(data, begin, stop)
                    if name in wanted and values is not None:
                        found[name] = values
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    except (proto.MalformedError, ValueError) as error:
        raise ModelError(f"{path} is not an ONNX model, or was cut: {error}") from None
    return found


def _tensor(data: bytes, start: int, end: int) -> tuple[str, NDArray[Any] | None]:
    """A tensor's name and values; None for values of a kind, or in a place, that is not read here."""
    name, dims, kind, raw = "", [], 0, None
    for number, begin, stop in proto.fields(data, start, end):
        if number == _NAME:
            name = data[begin:stop].decode()
        elif number == _TYPE:
            kind = begin
        elif number == _DIMS:
            dims += [begin] if stop == -1 else _packed(data, begin, stop)
        elif number in (_FLOATS, _RAW) and stop != -1:
            raw = data[begin:stop]
    dtype = proto.DTYPES.get(kind, "")
    if raw is None or dtype not in (
        "float16",
        "float32",
        "float64",
        "int8",
        "uint8",
        "int32",
        "int64",
    ):
        return name, None
    return name, np.frombuffer(raw, dtype).reshape(dims)


def _packed(data: bytes, at: int, end: int) -> list[int]:
    numbers = []
    while at < end:
        number, at = proto.varint(data, at, end)
        numbers.append(number)
    return numbers
