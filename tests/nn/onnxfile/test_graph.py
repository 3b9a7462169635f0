import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.nn.onnx import open_session
from lmcli.nn.onnxfile import graph, proto
from lmcli.nn.onnxfile.writer import FLOAT, Graph, probe_model
from tests.conftest import peer


@given(st.integers(0, 2**63))
def test_varint_round_trip(value):
    data = proto.write_varint(value)
    assert proto.varint(data, 0, len(data)) == (value, len(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        graph.read_graph(data)
    except ModelError as error:
        assert "not an ONNX model" in error.message


def test_probe_model_as_read():
    read = graph.read_graph(probe_model())
    assert read.inputs == ("x",)
    assert read.outputs == ("y",)
    assert read.types == {"x": "float32 [2, 2]", "y": "float32 [2, 2]"}
    assert [node.op_type for node in read.nodes] == ["MatMul"]
    assert read.producer("y") == read.of_type("MatMul")[0]
    assert read.producer("x") is None


@pytest.mark.parametrize("end", [1, 10, 40, 75])
def test_cut_model(tmp_path, end):
    path = tmp_path / "cut.onnx"
    path.write_bytes(probe_model()[:end])
    with pytest.raises(ModelError, match=r"cut\.onnx is not an ONNX model"):
        graph.read_graph(path)


def test_empty_and_missing_files(tmp_path):
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(ModelError, match=r"empty\.onnx"):
        graph.read_graph(tmp_path / "empty.onnx")
    with pytest.raises(ModelError, match="No such file"):
        graph.read_graph(tmp_path / "none.onnx")


def value(name, *shape):
    """A float32 ValueInfoProto; axes are numbers or names."""
    dims = b"".join(
        proto.write_field(1, proto.write_field(1 if isinstance(axis, int) else 2, axis))
        for axis in shape
    )
    tensor = proto.write_field(1, 1) + proto.write_field(2, dims)
    return proto.write_field(1, name) + proto.write_field(2, proto.write_field(1, tensor))


def node(op_type, inputs, outputs):
    """A NodeProto."""
    names = [(1, name) for name in inputs] + [(2, name) for name in outputs]
    return b"".join(proto.write_field(*part) for part in (*names, (4, op_type)))


def model_of(nodes, inputs, outputs, weights=()):
    """A ModelProto of opset 17."""
    parts = [(1, made) for made in nodes] + [(2, "graph")] + [(5, made) for made in weights]
    parts += [(11, made) for made in inputs] + [(12, made) for made in outputs]
    made = b"".join(proto.write_field(*part) for part in parts)
    opset = proto.write_field(8, proto.write_field(2, 17))
    return proto.write_field(1, 8) + proto.write_field(7, made) + opset


def two_steps():
    """y = softmax(x @ w), w = [[0, 1, 2], [3, 4, 5]]; the product inside is named scores."""
    numbers = np.arange(6, dtype=np.float32).tobytes()
    weight = b"".join(
        proto.write_field(*p) for p in ((1, 2), (1, 3), (2, 1), (8, "w"), (9, numbers))
    )
    steps = [node("MatMul", ["x", "w"], ["scores"]), node("Softmax", ["scores"], ["y"])]
    return model_of(steps, [value("x", "n", 2)], [value("y", "n", 3)], [weight])


def test_weights_are_passed_over():
    read = graph.read_graph(two_steps())
    assert read.inputs == ("x",) and read.initializers == {"w"}
    assert read.types["x"] == "float32 [n, 2]"


def test_with_outputs_adds_them_after_its_own():
    more = graph.with_outputs(two_steps(), ["scores", "y", "scores"])
    assert graph.read_graph(more).outputs == ("y", "scores")
    assert graph.read_graph(more).nodes == graph.read_graph(two_steps()).nodes


def test_weights_are_given_out_too(tmp_path):
    writer = Graph("weighed", microsoft=False)
    x = writer.input("x", FLOAT, [2])
    writer.op("Add", x, writer.constant("w", np.array([1, 2], np.float32)), to="y")
    writer.output("y", FLOAT, [2])
    path = tmp_path / "model.onnx"
    writer.write(path)
    session = open_session(path, provider="cpu", threads=1, outputs=[f"{graph.WEIGHT}w"])
    assert session.run({"x": np.zeros(2, np.float32)}, ["weight:w"])["weight:w"].tolist() == [1, 2]
    with pytest.raises(ModelError, match="'w'"):
        graph.with_outputs(path.read_bytes(), ["w"])


@pytest.mark.peer
def test_the_onnx_package_reads_it_alike():
    peer("onnx")
    import onnx

    merged = onnx.load_from_string(graph.with_outputs(two_steps(), ["scores"]))
    assert [output.name for output in merged.graph.output] == ["y", "scores"]
    assert len(merged.graph.node) == 2
    onnx.checker.check_model(onnx.load_from_string(two_steps()), full_check=True)
    onnx.checker.check_model(onnx.load_from_string(probe_model()), full_check=True)


def test_with_outputs_refuses_unknown_names():
    with pytest.raises(ModelError, match="no node of the graph makes 'z'"):
        graph.with_outputs(probe_model(), ["z"])
    assert graph.with_outputs(probe_model(), ["y"]) == probe_model()
