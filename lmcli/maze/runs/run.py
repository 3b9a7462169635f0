"""What is kept of a training: its settings, its table, and some of its episodes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.maze.grid import Maze, World
from lmcli.maze.rules import Table, mean_table
from lmcli.maze.train import History, Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """One episode as it was: the tables before it and a byte for each of its steps."""

    episode: int
    steps: int
    total: float
    alpha: float
    epsilon: float
    tables: list[Table]
    trace: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """A training. `maze` is None for an environment of another package, which `env` then names."""

    settings: Settings
    tables: list[Table]
    steps: array[int]
    returns: array[float]
    kept: list[Kept] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    maze: Maze | None = None
    rewards: tuple[float | None, float | None, float | None] = (None, None, None)
    env: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The action values at the end, [states][actions]."""
        return mean_table(self.tables)

    @property
    def learnt(self) -> bool:
        """Whether any action of any state is preferred to another."""
        return any(min(row) < max(row) for row in self.table)

    @property
    def name(self) -> str:
        """What was trained on."""
        return self.maze.name if self.maze else str(self.env)

    def world(self) -> World:
        """The tables of the maze as training had them. Raises BadInput where there is no map."""
        if self.maze is None:
            hint = "'lmcli maze q' prints its table"
            raise BadInput(f"a run of {self.env} holds no map", hint)
        return self.maze.world(*self.rewards)

    def episode(self, which: str) -> Kept:
        """The kept episode of this number, or the `last`. Raises BadUsage for one not kept."""
        if which == "last" and self.kept:
            return self.kept[-1]
        for kept in self.kept:
            if str(kept.episode) == which:
                return kept
        numbers = ", ".join(str(kept.episode) for kept in self.kept)
        raise BadUsage(f"episode {which} was not kept", f"the run holds {numbers}, last and greedy")


class Recorder:
    """Keeps some episodes of a training: hand `trace_for` to `train`."""

    def __init__(self, settings: Settings, wanted: str = "auto") -> None:
        self.settings = settings
        self.wanted = None if wanted == "auto" else _numbers(wanted)
        self._open: list[tuple[int, list[Table], bytearray]] = []

    def trace_for(self, number: int, last: bool, history: History) -> bytearray | None:
        """A trace to fill if this episode is kept: 1, 2, 5, 10, 20, 50, ... and the last."""
        if not (last or (_is_round(number) if self.wanted is None else number in self.wanted)):
            return None
        trace = bytearray()
        self._open.append((number, [[row[:] for row in table] for table in history.tables], trace))
        return trace

    def kept(self, history: History) -> list[Kept]:
        """The episodes that were kept."""
        total = self.settings.episodes
        return [
            Kept(
                episode=number,
                steps=history.steps[number - 1],
                total=history.returns[number - 1],
                alpha=self.settings.alpha.at(number, total),
                epsilon=self.settings.epsilon.at(number, total),
                tables=tables,
                trace=bytes(trace),
            )
            for number, tables, trace in self._open
        ]


def _is_round(number: int) -> bool:
    """Whether a number is 1, 2 or 5 times a power of ten."""
    digits = str(number)
    return digits[0] in "125" and not digits[1:].strip("0")


def _numbers(wanted: str) -> frozenset[int]:
    words = [word.strip() for word in wanted.split(",")]
    for word in words:
        if word != "last" and not (word.isdecimal() and int(word) > 0):
            raise BadUsage(f"{word!r} is no episode", "list numbers from 1, or last: 1,10,last")
    return frozenset(int(word) for word in words if word != "last")
