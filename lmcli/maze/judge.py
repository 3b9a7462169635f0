"""Compare what was learnt with the truth: value iteration and the shortest path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import ClassVar

import numpy as np

from lmcli.maze.grid import Maze, World, unreachable
from lmcli.maze.rules import Table
from lmcli.maze.train import History, Settings, greedy_path
from lmcli.maze.values import (
    Floats,
    Model,
    fewest_moves,
    follow,
    model_of,
    reachable,
    value_iteration,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after `episodes`, of `steps` moves together.

    Lengths count moves of the greedy and of the quickest policy (the expected number where moves
    slip), None where arriving is not sure. `cause` and `advice` say what keeps the greedy policy
    from the best.
    """

    episodes: int
    steps: int
    reached: bool
    greedy_length: float | None
    shortest_length: float | None
    converged: bool
    seed: int
    cause: str | None = None
    advice: str | None = None

    TOLD: ClassVar[tuple[str, ...]] = ("cause", "advice")


@dataclass(frozen=True)
class Truth:
    """A world and what is true of it, worked out when it is asked for."""

    world: World

    @cached_property
    def model(self) -> Model:
        """The world as arrays."""
        return model_of(self.world)

    @cached_property
    def distances(self) -> list[int | None]:
        """Moves from each state to the goal if nothing slips; None where it cannot be reached."""
        sources: list[set[int]] = [set() for _ in self.world.moves]
        for state, targets in enumerate(self.world.moves):
            for target in targets:
                sources[target].add(state)
        distances: list[int | None] = [None] * len(sources)
        distances[self.world.goal] = 0
        front, far = [self.world.goal], 0
        while front:
            far += 1
            before = sorted({s for t in front for s in sources[t] if distances[s] is None})
            for state in before:
                distances[state] = far
            front = before
        return distances

    @cached_property
    def shortest(self) -> float:
        """The moves that the quickest policy needs, or expects where moves slip."""
        if self.world.slippery:
            return fewest_moves(self.model, self.world.start, self.world.goal)
        return self.distances[self.world.start] or 0

    def length(self, table: Table) -> float | None:
        """The moves of the greedy policy of `table`; None where it may never arrive."""
        if self.world.slippery:
            policy = np.array([row.index(max(row)) for row in table])
            _, moves = follow(self.model, policy, self.world.start, self.world.goal)
            return moves if np.isfinite(moves) else None
        path = greedy_path(self.world, table)
        return len(path) - 1 if path[-1] == self.world.goal else None

    def best(self, gamma: float) -> Floats:
        """The best action values [S, A] under `gamma`."""
        return value_iteration(self.model, gamma)


def truth_of(maze: Maze, world: World) -> Truth:
    """The truth of a maze. Raises NoAnswer, with line and column, where no path leads to the goal."""
    truth = Truth(world)
    if truth.distances[world.start] is None:
        raise unreachable(maze, int(reachable(truth.model).sum()))
    return truth


def progress(truth: Truth, settings: Settings, history: History) -> Progress:
    """Where training stands, without a diagnosis."""
    length = truth.length(history.table)
    return Progress(
        episodes=history.episodes,
        steps=sum(history.steps),
        reached=length is not None,
        greedy_length=length,
        shortest_length=truth.shortest if isfinite(truth.shortest) else None,
        converged=history.converged,
        seed=settings.seed,
    )
