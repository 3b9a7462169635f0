"""Nodes and weights of an ONNX graph, collected one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto

Floats = NDArray[np.float32]

OPSET = 17
IR_VERSION = 8


class Graph:
    """Nodes and weights in the order they are added; each method gives the name of the value it makes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}

    def weight(self, name: str, values: Any) -> str:
        """A constant: an array or a number of numpy's."""
        from onnx import numpy_helper

        self.weights[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def half(self, name: str, values: Floats) -> str:
        """A constant of float32 that is stored as float16 and unpacked when the session is made."""
        return self.node(
            "Cast", self.weight(f"{name}.half", values.astype(np.float16)), to=name, given={"to": 1}
        )

    def node(self, op: str, *inputs: str, to: str, given: Any = None, **attributes: Any) -> str:
        """An operation with one output. `given`: attributes whose names are this method's own."""
        from onnx import helper

        made = helper.make_node(op, list(inputs), [to], name=to, **attributes)
        made.attribute.extend(
            helper.make_attribute(key, value) for key, value in (given or {}).items()
        )
        self.nodes.append(made)
        return to

    def model(self, name: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> ModelProto:
        """The finished model; `inputs` and `outputs` are names and shapes of float32."""
        from onnx import TensorProto, checker, helper

        given, made = (
            [helper.make_tensor_value_info(k, TensorProto.FLOAT, shape) for k, shape in d.items()]
            for d in (inputs, outputs)
        )
        graph = helper.make_graph(self.nodes, name, given, made, list(self.weights.values()))
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="lmcli",
        )
        checker.check_model(model, full_check=True)
        return model
