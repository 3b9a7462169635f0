"""A Q-table as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from lmcli.maze.grid import ACTIONS
from lmcli.maze.runs.run import Run


@dataclass(frozen=True, slots=True)
class CellValues:
    """What was learnt for one free cell: the value of each action, the best, and which it is.

    `policy` is None where nothing was learnt.
    """

    KEY: ClassVar[str] = "run"
    PLAIN: ClassVar[tuple[str, ...]] = (
        "row", "column", "right", "left", "down", "up", "value", "policy",
    )  # fmt: skip

    run: str
    row: int
    column: int
    right: float
    left: float
    down: float
    up: float
    value: float
    policy: str | None


@dataclass(frozen=True, slots=True)
class StateValues:
    """What was learnt for one state of an environment: each action's value and the best action."""

    KEY: ClassVar[str] = "run"
    PLAIN: ClassVar[tuple[str, ...]] = ("state", "values", "value", "policy")

    run: str
    state: int
    values: list[float]
    value: float
    policy: int | None


def rows(run: Run, source: str) -> Iterator[CellValues | StateValues]:
    """The table of a run, a row a free cell or state; `source` names the run."""
    for state, values in enumerate(run.table):
        value = max(values)
        best = values.index(value) if min(values) < value else None  # all alike: no preference
        if run.maze is None:
            yield StateValues(source, state, values, value, best)
            continue
        row, column = divmod(state, run.maze.width)
        if not run.maze.is_wall((row, column)):
            policy = ACTIONS[best] if best is not None else None
            right, left, down, up = values
            yield CellValues(source, row, column, right, left, down, up, value, policy)
