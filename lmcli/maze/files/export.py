"""Write the greedy policy of a run as an ONNX graph: observation -> action."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import MissingExtra
from lmcli.frame.whole import new_file
from lmcli.maze.grid import ACTIONS
from lmcli.maze.runs.run import Run

OPSET, IR_VERSION = 17, 8  # what onnxruntime of the last years reads


@dataclass(frozen=True, slots=True)
class Exported:
    """A policy that was written. `observation` is the input, `action` and `q_values` the outputs."""

    KEY: ClassVar[str] = "run"

    run: str
    file: str
    states: int
    actions: int
    size: int
    sha256: str


def export(run: Run, source: str, target: Path) -> Exported:
    """Write `target`: int64 observation [batch] -> int64 action [batch], float64 q_values [batch, A].

    Ties go to the first action, as in training. Raises MissingExtra without the package onnx.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise MissingExtra("onnx", "train") from None
    table = np.array(run.table, dtype=np.float64)
    states, actions = table.shape
    nodes = [
        helper.make_node("Gather", ["table", "observation"], ["q_values"], axis=0),
        helper.make_node(
            "ArgMax", ["q_values"], ["action"], axis=1, keepdims=0, select_last_index=0
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "greedy_policy",
        [helper.make_tensor_value_info("observation", TensorProto.INT64, ["batch"])],
        [
            helper.make_tensor_value_info("action", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("q_values", TensorProto.DOUBLE, ["batch", actions]),
        ],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="lmcli",
    )
    helper.set_model_props(model, _properties(run))
    checker.check_model(model)
    data = model.SerializeToString()
    with new_file(target) as stream:
        stream.write(data)
    digest = hashlib.sha256(data).hexdigest()
    return Exported(source, str(target), states, actions, len(data), digest)


def _properties(run: Run) -> dict[str, str]:
    """What a reader of the graph wants to know of it."""
    properties = {"lmcli.trained_on": run.name, "lmcli.algorithm": run.settings.algorithm}
    if run.maze:
        properties["lmcli.map"] = run.maze.text()
        properties["lmcli.actions"] = " ".join(ACTIONS)
        properties["lmcli.observation"] = f"row * {run.maze.width} + column"
    return properties
