"""Rows about mazes: what they are, how they are solved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import NoAnswer
from lmcli.maze.diagnosis import wide_enough
from lmcli.maze.files import bundled
from lmcli.maze.grid import Cell, Maze
from lmcli.maze.judge import Truth, truth_of
from lmcli.maze.search import Solution, a_star, breadth_first
from lmcli.maze.train import greedy_path

METHODS = ("bfs", "astar", "value-iteration")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A maze that comes with lmcli."""

    name: str
    rows: int
    columns: int
    shortest_length: int
    summary: str

    TOLD: ClassVar[tuple[str, ...]] = ("summary",)


@dataclass(frozen=True, slots=True)
class Description:
    """What a maze is: `free` cells, the moves of the shortest path (None without one), its text."""

    KEY: ClassVar[str] = "maze"

    maze: str
    rows: int
    columns: int
    start: Cell
    goal: Cell
    free: int
    shortest_length: int | None
    map: str


def bundled_mazes() -> Iterator[Bundled]:
    """The bundled mazes."""
    for name, summary in bundled.names():
        maze = bundled.bundled(name)
        yield Bundled(name, maze.height, maze.width, breadth_first(maze).length, summary)


def describe(maze: Maze) -> Description:
    """A maze as a row."""
    length = Truth(maze.world()).distances[maze.start[0] * maze.width + maze.start[1]]
    free = sum(len(row) - row.count("#") for row in maze.rows)
    shape = (maze.height, maze.width)
    return Description(maze.name, *shape, maze.start, maze.goal, free, length, maze.text())


def solve(maze: Maze, method: str, gamma: float | None = None) -> Solution:
    """A path by one of METHODS. Raises NoAnswer where none leads to the goal.

    gamma: of value iteration; None is 0.99, or what covers the way to the goal.
    """
    if method == "bfs":
        return breadth_first(maze)
    if method == "astar":
        return a_star(maze)
    return _by_values(maze, gamma)


def _by_values(maze: Maze, gamma: float | None) -> Solution:
    """The path of the best policy under `gamma`, if nothing slips; all free cells are looked at."""
    world = maze.world()
    truth = truth_of(maze, world)
    if gamma is None:
        gamma = max(0.99, wide_enough(truth.distances[world.start] or 0))
    best = truth.best(gamma)
    path = greedy_path(world, best.tolist())
    if path[-1] != world.goal:
        row, column = world.cell(path[-1])
        raise NoAnswer(
            f"{maze.name}: with gamma {gamma:g} and these rewards the best policy never goes to the "
            f"goal; it stays about row {row}, column {column}",
            "raise --gamma or lower the rewards on the way",
        )
    cells = [world.cell(state) for state in path]
    return Solution(maze.name, len(path) - 1, cells, int(np.any(best != 0, axis=1).sum()))
