"""What an ONNX file's graph consists of, and more outputs for it, without the onnx package.

Field numbers are those of onnx.proto3 (ModelProto, GraphProto, NodeProto, ValueInfoProto).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile import proto

_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP, _NODE_DOMAIN = 1, 2, 3, 4, 7
_TENSOR_NAME = 8
WEIGHT = "weight:"  # before the name of a weight that is wanted as an output


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: its type (Softmax, MatMul, ...), the names of what it reads and makes."""

    name: str
    op_type: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A model's graph: nodes in the order they run, names of inputs, outputs and weights.

    `types` says what each input and output holds, as "int64 [batch, sequence]", where the file
    does.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    initializers: frozenset[str]
    metadata: dict[str, str]
    types: dict[str, str]

    def of_type(self, *op_types: str) -> tuple[Node, ...]:
        """The nodes of these types, in the order they run."""
        return tuple(node for node in self.nodes if node.op_type in op_types)

    def producer(self, name: str) -> Node | None:
        """The node that makes the value `name`; None for inputs and weights."""
        return next((node for node in self.nodes if name in node.outputs), None)


def read_graph(source: Path | bytes) -> Graph:
    """Read the graph of an .onnx file or of its bytes; weights are passed over, not loaded.

    Raises ModelError where it cannot be read or is no ONNX model.
    """
    if isinstance(source, bytes):
        return _parse(source, "the model")
    try:
        with source.open("rb") as file, _mapped(file.fileno()) as data:
            return _parse(data, str(source))
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ModelError(f"{source}: {getattr(error, 'strerror', None) or error}") from None


def with_outputs(model: bytes, names: Iterable[str]) -> bytes:
    """The same model with the values `names` as further outputs, after its own.

    Any value that a node makes can be named, and any weight, which comes as WEIGHT + its name; onnxruntime infers
    the type. A second, partial graph is appended, which parsers merge into the first. Raises ModelError for a name
    that the graph does not know.
    """
    graph = read_graph(model)
    made = {name for node in graph.nodes for name in node.outputs}
    wanted = [name for name in dict.fromkeys(names) if name not in graph.outputs]
    for name in wanted:
        weight = name.startswith(WEIGHT) and name.removeprefix(WEIGHT) in graph.initializers
        if name not in made and not weight:
            raise ModelError(f"no node of the graph makes {name!r}")
    copies = b"".join(
        proto.write_field(_GRAPH_NODE, _identity(name.removeprefix(WEIGHT), name))
        for name in wanted
        if name not in made
    )
    outputs = b"".join(
        proto.write_field(_GRAPH_OUTPUT, proto.write_field(1, name)) for name in wanted
    )
    return model + proto.write_field(_MODEL_GRAPH, copies + outputs) if wanted else model


def _identity(source: str, name: str) -> bytes:
    """A node that makes `name` of the value `source`."""
    fields = ((_NODE_INPUT, source), (_NODE_OUTPUT, name), (_NODE_OP, "Identity"))
    return b"".join(proto.write_field(*field) for field in fields)


def _mapped(fileno: int) -> mmap.mmap:
    return mmap.mmap(fileno, 0, access=mmap.ACCESS_READ)


def _parse(data: proto.Buffer, name: str) -> Graph:
    nodes: list[Node] = []
    inputs: list[str] = []
    outputs: list[str] = []
    initializers: set[str] = set()
    metadata: dict[str, str] = {}
    types: dict[str, str] = {}
    graphs = 0
    try:
        for number, start, end in proto.fields(data):
            if number == _MODEL_METADATA:
                key, value = _text(data, start, end, 1), _text(data, start, end, 2)
                metadata[key] = value
            if number != _MODEL_GRAPH:
                continue
            graphs += 1
            for part, begin, stop in proto.fields(data, start, end):
                if part == _GRAPH_NODE:
                    nodes.append(_node(data, begin, stop))
                elif part == _GRAPH_INITIALIZER:
                    initializers.add(_text(data, begin, stop, _TENSOR_NAME))
                elif part == _GRAPH_INPUT:
                    inputs.append(_value(data, begin, stop, types))
                elif part == _GRAPH_OUTPUT:
                    outputs.append(_value(data, begin, stop, types))
    except (proto.MalformedError, UnicodeDecodeError) as error:
        raise ModelError(f"{name} is not an ONNX model, or was cut: {error}") from None
    if not graphs:
        raise ModelError(f"{name} is not an ONNX model: it holds no graph")
    own_inputs = tuple(name for name in inputs if name not in initializers)
    weights = frozenset(initializers)
    return Graph(tuple(nodes), own_inputs, tuple(outputs), weights, metadata, types)


def _node(data: proto.Buffer, start: int, end: int) -> Node:
    inputs, outputs = [], []
    texts = {_NODE_NAME: "", _NODE_OP: "", _NODE_DOMAIN: ""}
    for number, begin, stop in proto.fields(data, start, end):
        if number == _NODE_INPUT:
            inputs.append(_decode(data, begin, stop))
        elif number == _NODE_OUTPUT:
            outputs.append(_decode(data, begin, stop))
        elif number in texts:
            texts[number] = _decode(data, begin, stop)
    return Node(
        texts[_NODE_NAME], texts[_NODE_OP], texts[_NODE_DOMAIN], tuple(inputs), tuple(outputs)
    )


def _value(data: proto.Buffer, start: int, end: int, types: dict[str, str]) -> str:
    """The name of a ValueInfoProto; its type goes into `types`."""
    name = _text(data, start, end, 1)
    for kind in _parts(data, start, end, 2):
        for tensor in _parts(data, *kind, 1):
            element = next((v for n, v, _ in proto.fields(data, *tensor) if n == 1), 0)
            shape = [
                _dimension(data, *dim)
                for s in _parts(data, *tensor, 2)
                for dim in _parts(data, *s, 1)
            ]
            types[name] = f"{proto.DTYPES.get(element, 'other')} [{', '.join(shape)}]"
    return name


def _dimension(data: proto.Buffer, start: int, end: int) -> str:
    """An axis as text: its length, or the name of a free one."""
    for number, begin, stop in proto.fields(data, start, end):
        return str(begin) if number == 1 else _decode(data, begin, stop)
    return "?"


def _parts(data: proto.Buffer, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where the messages in field `wanted` of data[start:end] lie."""
    for number, begin, stop in proto.fields(data, start, end):
        if number == wanted and stop >= 0:
            yield begin, stop


def _text(data: proto.Buffer, start: int, end: int, wanted: int) -> str:
    """The text field `wanted` of the message data[start:end]; "" where it has none."""
    for number, begin, stop in proto.fields(data, start, end):
        if number == wanted and stop >= 0:
            return _decode(data, begin, stop)
    return ""


def _decode(data: proto.Buffer, start: int, end: int) -> str:
    if end < 0:
        raise proto.MalformedError("a number where a name belongs")
    return bytes(data[start:end]).decode()
