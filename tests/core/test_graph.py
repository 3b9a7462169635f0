import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.core import graph, proto
from lmcli.core.errors import ModelError


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
    read = graph.read_graph(graph.probe_model())
    assert read.inputs == ("x",)
    assert read.outputs == ("y",)
    assert read.types == {"x": "float32 [2, 2]", "y": "float32 [2, 2]"}
    assert [node.op_type for node in read.nodes] == ["MatMul"]
    assert read.producer("y") == read.of_type("MatMul")[0]
    assert read.producer("x") is None


def test_probe_model_is_valid_onnx():
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(onnx.load_from_string(graph.probe_model()), full_check=True)


@pytest.mark.parametrize("end", [1, 10, 40, 75])
def test_cut_model(tmp_path, end):
    path = tmp_path / "cut.onnx"
    path.write_bytes(graph.probe_model()[:end])
    with pytest.raises(ModelError, match=r"cut\.onnx is not an ONNX model"):
        graph.read_graph(path)


def test_empty_and_missing_files(tmp_path):
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(ModelError, match=r"empty\.onnx"):
        graph.read_graph(tmp_path / "empty.onnx")
    with pytest.raises(ModelError, match="No such file"):
        graph.read_graph(tmp_path / "none.onnx")


def two_steps():
    """y = softmax(x @ w) with the product inside, made with the onnx package."""
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weight = onnx.numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "w")
    made = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["scores"], name="product"),
            helper.make_node("Softmax", ["scores"], ["y"], axis=-1),
        ],
        "two_steps",
        [helper.make_tensor_value_info("x", kind, ["n", 2])],
        [helper.make_tensor_value_info("y", kind, ["n", 3])],
        [weight],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def test_with_outputs_equals_onnx_and_runs():
    onnx = pytest.importorskip("onnx")
    from lmcli.core import onnx as runtime

    model = two_steps()
    more = graph.with_outputs(model, ["scores", "y"])
    assert graph.read_graph(more).outputs == ("y", "scores")
    assert graph.read_graph(more).types["x"] == "float32 [n, 2]"
    merged = onnx.load_from_string(more)
    assert [value.name for value in merged.graph.output] == ["y", "scores"]
    assert len(merged.graph.node) == 2
    assert runtime.available()


def test_with_outputs_refuses_unknown_names():
    with pytest.raises(ModelError, match="no node of the graph makes 'z'"):
        graph.with_outputs(graph.probe_model(), ["z"])
    assert graph.with_outputs(graph.probe_model(), ["y"]) == graph.probe_model()
