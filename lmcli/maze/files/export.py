"""Write the greedy policy of a run as an ONNX graph: observation -> action."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lmcli.frame.disk.whole import new_file
from lmcli.maze.grid import ACTIONS
from lmcli.maze.runs.run import Run
from lmcli.nn.onnxfile.writer import DOUBLE, INT64, Graph

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

    Ties go to the first action, as in training.
    """
    table = np.array(run.table, dtype=np.float64)
    states, actions = table.shape
    graph = Graph("greedy_policy", opset=OPSET, ir=IR_VERSION, microsoft=False)
    graph.metadata = _properties(run)
    graph.input("observation", INT64, ["batch"])
    graph.op("Gather", graph.constant("table", table), "observation", to="q_values", axis=0)
    graph.op("ArgMax", "q_values", to="action", axis=1, keepdims=0, select_last_index=0)
    graph.output("action", INT64, ["batch"])
    graph.output("q_values", DOUBLE, ["batch", actions])
    data = graph.serialized()
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
