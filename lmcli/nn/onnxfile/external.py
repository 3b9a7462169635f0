"""The files beside an ONNX graph that hold its weights, by the graph's own references.

Field numbers are those of onnx.proto3 (TensorProto, AttributeProto, StringStringEntryProto).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile import proto

_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _FUNCTION_NODE = 1, 5, 7
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_EXTERNAL = 1, 2, 13
_BITS = {
    1: 32,
    2: 8,
    3: 8,
    4: 16,
    5: 16,
    6: 32,
    7: 64,
    9: 8,
    10: 16,
    11: 64,
    12: 32,
    13: 64,
    16: 16,
    21: 4,
    22: 4,
}

Span = tuple[int, int]


def weight_files(path: Path) -> dict[str, int]:
    """The files, relative to the graph's folder, that a graph keeps weights in, and the bytes that each must have.

    Raises ModelError where the graph cannot be read, or keeps weights outside its folder.
    """
    import mmap

    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _weight_files(data, path)
    except (proto.MalformedError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not an ONNX model, or was cut: {error}") from None
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ModelError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def check_weight_files(path: Path) -> None:
    """Raise ModelError where a file with weights of this graph is missing, or was cut."""
    for name, size in weight_files(path).items():
        file = path.parent / name
        if not file.is_file():
            raise ModelError(
                f"{path.name} keeps its weights in {name}, which is not beside it",
                "copy or pull that file too",
            )
        if file.stat().st_size < size:
            raise ModelError(
                f"{file}: {file.stat().st_size} bytes where {size} belong: it was cut",
                "copy or pull it anew",
            )


def _weight_files(data: proto.Buffer, path: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for number, start, end in proto.fields(data):
        if number == _MODEL_GRAPH:
            tensors = _of_graph(data, (start, end))
        elif number == _MODEL_FUNCTIONS:
            tensors = _of_nodes(data, (start, end), _FUNCTION_NODE)
        else:
            continue
        for tensor in tensors:
            if external := _external(data, tensor):
                name, size = external
                if (
                    PurePosixPath(name).is_absolute()
                    or PureWindowsPath(name).is_absolute()
                    or ".." in Path(name).parts
                ):
                    raise ModelError(f"{path.name} keeps weights outside its folder: {name!r}")
                name = PurePosixPath(name).as_posix()
                sizes[name] = max(sizes.get(name, 0), size)
    return sizes


def _of_graph(data: proto.Buffer, span: Span) -> Iterator[Span]:
    """The tensors of a graph, and of those inside its nodes."""
    for number, start, end in proto.fields(data, *span):
        if number == _GRAPH_INITIALIZER:
            yield start, end
    yield from _of_nodes(data, span, _GRAPH_NODE)


def _of_nodes(data: proto.Buffer, span: Span, field: int) -> Iterator[Span]:
    for number, start, end in proto.fields(data, *span):
        if number != field:
            continue
        for inner, at, stop in proto.fields(data, start, end):
            if inner == _NODE_ATTRIBUTE:
                yield from _of_attribute(data, (at, stop))


def _of_attribute(data: proto.Buffer, span: Span) -> Iterator[Span]:
    for number, start, end in proto.fields(data, *span):
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            yield start, end
        elif number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
            yield from _of_graph(data, (start, end))


def _external(data: proto.Buffer, span: Span) -> tuple[str, int] | None:
    """The file that holds a tensor, and how long it must be at least; None for one inside the graph."""
    said: dict[str, str] = {}
    dims: list[int] = []
    kind = 0
    for number, start, end in proto.fields(data, *span):
        if number == _TENSOR_EXTERNAL:
            parts = {
                n: bytes(data[at:stop]).decode() for n, at, stop in proto.fields(data, start, end)
            }
            said[parts.get(1, "")] = parts.get(2, "")
        elif number == _TENSOR_TYPE and end < 0:
            kind = start
        elif number == _TENSOR_DIMS:
            dims += [start] if end < 0 else _packed(data, start, end)
    if "location" not in said:
        return None
    size = math.prod(dims) * _BITS.get(kind, 0) // 8
    offset, length = (
        int(text) if (text := said.get(key, "")).isdigit() else 0 for key in ("offset", "length")
    )
    return said["location"], offset + (length or size)


def _packed(data: proto.Buffer, at: int, end: int) -> list[int]:
    values = []
    while at < end:
        value, at = proto.varint(data, at, end)
        values.append(value)
    return values
