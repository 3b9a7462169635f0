"""Graphs small enough to know what they give, in the forms that exports of other tools have.

decoder: the logits after a token are cos(0.37 n + id) for each token n of 608; its cache is carried along.
encoder: a token's vector is sin(id k), k = 1 ... 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.nn.onnxfile.writer import FLOAT, FLOAT16, INT64, DataFile, Graph

VOCABULARY = 608
_NUMPY = {FLOAT: np.float32, FLOAT16: np.float16}


@dataclass
class Tiny:
    """A graph, and the table that its tokens are looked up in."""

    graph: Graph
    table: np.ndarray

    def write(self, path: Path, data: Path | None = None) -> None:
        """Write it, the table into a file of its own if one is named."""
        if data is None:
            self.graph.constant("table", self.table)
        else:
            self.graph.data = DataFile(data)
            place = self.graph.data.add(self.table)
            self.graph.weight("table", place, self.table.dtype.name, self.table.shape)
            self.graph.data.close()
        self.graph.write(path)


def _used(graph: Graph, name: str, to: str) -> str:
    """Whether anything in an input is set, as a float: 1 where it is fed as it should be."""
    graph.op("Cast", name, to=f"{to}.float", given={"to": FLOAT})
    return graph.op("ReduceMax", f"{to}.float", to=to, keepdims=0)


def decoder(
    *,
    ids: int = INT64,
    mask: int = INT64,
    dtype: int = FLOAT,
    pruned: bool = False,
    kept: str | None = None,
    step: int | None = None,
    names: Mapping[str, str] | None = None,
    more: Mapping[str, tuple[str, list[Any]]] | None = None,
) -> Tiny:
    """A decoder with one layer of cache; see KINDS in test_neural_cases for what the options stand for."""
    named = {name: name for name in ("input_ids", "attention_mask", "logits")} | dict(names or {})
    graph = Graph("decoder", microsoft=False)
    tokens = graph.input(named["input_ids"], ids, ["b", step or "s"])
    graph.input(named["attention_mask"], mask, ["b", "t"])
    for name, (_kind, shape) in (more or {}).items():
        graph.input(name, INT64, shape)
    past = "past_key_values.0.key"
    graph.input(past, dtype, ["b", 2, "p", 4])
    graph.op("Cast", tokens, to="number", given={"to": dtype})
    graph.constant("axes13", np.array([1, 3]))
    graph.op("Unsqueeze", "number", "axes13", to="wide")
    graph.constant("ones", np.ones((1, 2, 1, 4), _NUMPY[dtype]))
    graph.op("Mul", "wide", "ones", to="new")
    graph.op("Concat", past, "new", to="present.0.key", axis=2)
    graph.output("present.0.key", dtype, ["b", 2, "t", 4])
    # the mask has to be as long as the cache
    graph.op("ReduceSum", "present.0.key", "axes13", to="summed", keepdims=0)
    graph.op("Cast", "summed", to="along", given={"to": FLOAT})
    graph.op("Cast", named["attention_mask"], to="mask", given={"to": FLOAT})
    graph.op("Mul", "along", "mask", to="seen")
    graph.constant("none", np.zeros((), np.float32))
    graph.op("ReduceMax", "seen", to="most", keepdims=0)
    graph.op("Mul", "most", "none", to="nothing")
    graph.op("Gather", "table", tokens, to="all", axis=0)
    graph.op("Add", "all", "nothing", to="added")
    last = _last(graph, "added", kept, pruned)
    graph.op("Cast", last, to=named["logits"], given={"to": dtype})
    graph.output(named["logits"], dtype, ["b", 1 if pruned else "k", VOCABULARY])
    rows = np.arange(VOCABULARY)
    table = np.cos(rows[None] * 0.37 + rows[:, None]).astype(np.float32)
    return Tiny(graph, table)


def _last(graph: Graph, value: str, kept: str | None, pruned: bool) -> str:
    """The last positions alone: one, or as many as an input says."""
    if not (kept or pruned):
        return value
    if kept:
        graph.input(kept, INT64, [])
        graph.op("Neg", kept, to="start.scalar")
        graph.constant("one", np.array([1]))
        graph.op("Reshape", "start.scalar", "one", to="start")
    else:
        graph.constant("start", np.array([-1]))
    graph.constant("end", np.array([1 << 60]))
    graph.constant("axis", np.array([1]))
    return graph.op("Slice", value, "start", "end", "axis", to="last")


def encoder(
    *,
    ids: int = INT64,
    mask: int | None = INT64,
    dtype: int = FLOAT,
    output: str = "last_hidden_state",
    width: int | None = None,
    rows: int | None = None,
) -> Tiny:
    """An encoder; with a `width` it reads as many tokens, with `rows` as many texts."""
    graph = Graph("encoder", microsoft=False)
    shape = [rows or "b", width or "s"]
    tokens = graph.input("input_ids", ids, shape)
    graph.op("Gather", "table", tokens, to="all", axis=0)
    found = "all"
    if mask is not None:
        graph.input("attention_mask", mask, shape)
        found = graph.op("Mul", "all", _used(graph, "attention_mask", "any"), to="masked")
    graph.op("Cast", found, to=output, given={"to": dtype})
    graph.output(output, dtype, [*shape, 8])
    numbers = np.arange(VOCABULARY)[:, None] * np.arange(1, 9)[None]
    return Tiny(graph, np.sin(numbers).astype(np.float32))
