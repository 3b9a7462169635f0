"""Grid worlds that are solved and learnt: what the commands use, and Python programs too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lmcli.maze.grid import Cell
    from lmcli.maze.grid import Maze as Grid
    from lmcli.maze.judge import Progress
    from lmcli.maze.search import Solution


@dataclass(frozen=True)
class Training:
    """What a learner learnt.

    table: action values [cells, 4] (right, left, down, up), cells row by row; path: the cells of the greedy
    policy from the start; verdict: how it compares with the shortest path, and what keeps it from it.
    """

    table: NDArray[np.float64]
    path: list[Cell]
    steps: list[int]
    returns: list[float]
    verdict: Progress


class Maze:
    """A grid world with a start and a goal."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    @classmethod
    def load(cls, name: str) -> Maze:
        """A bundled maze by name (course, detour, ...), or a map by path. Raises BadInput with line and column."""
        from lmcli.maze.files.bundled import find

        return cls(find(name))

    @classmethod
    def parse(cls, text: str, name: str = "maze") -> Maze:
        """A map from text. Raises BadInput with line and column."""
        from lmcli.maze.files.text import parse

        return cls(parse(text, name))

    @classmethod
    def generate(
        cls,
        rows: int,
        columns: int,
        algorithm: str = "dfs",
        *,
        loops: float = 0.0,
        seed: int = 0,
    ) -> Maze:
        """Make one: dfs, prim, kruskal, wilson (both sides odd) or open; loops is the share of walls taken out."""
        from lmcli.maze.generate import generate

        name = f"{algorithm}-{seed}"
        return cls(generate(rows, columns, algorithm, loops=loops, seed=seed, name=name))

    def __str__(self) -> str:
        """The map as text."""
        return self.grid.text()

    def solve(self, method: str = "bfs", *, gamma: float | None = None) -> Solution:
        """The shortest path: bfs, astar, or value-iteration under `gamma`. Raises NoAnswer where there is none."""
        from lmcli.maze.listing import solve

        return solve(self.grid, method, gamma)

    def train(
        self, *, alpha: float | str = 0.1, epsilon: float | str = 0.2, **settings: Any
    ) -> Training:
        """Learn the way by trying; the defaults are the course's (Q-learning, 1,000 episodes, gamma .9).

        alpha, epsilon: a number or a schedule ("linear:0.5:0.01"). settings: algorithm (q, sarsa,
        expected-sarsa, double-q), episodes, gamma, seed, max_steps, converge. Raises NoAnswer where the goal
        cannot be reached.
        """
        from lmcli.maze import diagnosis, judge, schedule
        from lmcli.maze.train import Settings, greedy_path, train

        chosen = Settings(
            alpha=schedule.parse(str(alpha), "alpha"),
            epsilon=schedule.parse(str(epsilon), "epsilon"),
            **settings,
        )
        truth = judge.truth_of(self.grid, self.grid.world())
        history = train(truth.world, chosen)
        path = [truth.world.cell(state) for state in greedy_path(truth.world, history.table)]
        verdict = diagnosis.verdict(truth, chosen, history, True)
        table = np.array(history.table, np.float64)
        return Training(table, path, list(history.steps), list(history.returns), verdict)
