"""The truth to compare learners with: value iteration and policy evaluation in numpy.

R. Bellman, Dynamic Programming, 1957; Sutton and Barto, Reinforcement Learning, 2nd edition,
chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadUsage
from lmcli.maze.grid import SIDES, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_SWEEPS = 100_000
NEVER = -1e9  # the value of not arriving


@dataclass(frozen=True, slots=True)
class Model:
    """A finite Markov decision process of S states, A actions and at most K outcomes of each.

    `start` is None where an episode may start anywhere. `targets`, `chances`, `rewards` and
    `goes_on` (0 where the outcome ends the episode) are arrays [S, A, K].
    """

    start: int | None
    targets: Ints
    chances: Floats
    rewards: Floats
    goes_on: Floats

    def backup(self, gamma: float) -> Callable[[Floats], Floats]:
        """One step of Bellman's equation: from state values [S] to action values [S, A]."""
        at_once = (self.chances * self.rewards).sum(axis=2)
        weights = gamma * self.chances * self.goes_on
        if weights.shape[2] == 1:  # nothing is left to chance: no sum over outcomes
            targets, weights = self.targets[:, :, 0], weights[:, :, 0]
            return lambda values: at_once + weights * values[targets]
        return lambda values: at_once + (weights * values[self.targets]).sum(axis=2)

    def only(self, states: NDArray[np.bool_]) -> Model:
        """The process over some states, which chance never leaves."""
        place = np.cumsum(states) - 1
        return Model(
            None if self.start is None else int(place[self.start]),
            place[self.targets[states]],
            self.chances[states],
            self.rewards[states],
            self.goes_on[states],
        )


def model_of(world: World) -> Model:
    """The decision process of a grid world: three outcomes a move if it is slippery, else one."""
    moves = np.array(world.moves, dtype=np.int64)
    if world.slippery:
        slip = np.array(world.slip)[:, None]
        sides = np.array(SIDES)
        targets = np.stack([moves, moves[:, sides[:, 0]], moves[:, sides[:, 1]]], axis=2)
        ones = np.ones_like(moves, dtype=np.float64)
        chances = np.stack([(1 - slip) * ones, slip / 2 * ones, slip / 2 * ones], axis=2)
    else:
        targets = moves[:, :, None]
        chances = np.ones(targets.shape)
    chances[world.goal] = 0.0  # nothing comes after the goal
    rewards = np.array(world.rewards)[targets]
    goes_on = (targets != world.goal).astype(np.float64)
    return Model(world.start, targets, chances, rewards, goes_on)


def reachable(model: Model) -> NDArray[np.bool_]:
    """Which states can be met from the start, by any actions."""
    if model.start is None:
        return np.ones(len(model.targets), dtype=bool)
    met = np.zeros(len(model.targets), dtype=bool)
    front = np.array([model.start])
    while front.size:
        met[front] = True
        possible = model.chances[front] > 0
        front = np.unique(model.targets[front][possible])
        front = front[~met[front]]
    return met


def value_iteration(model: Model, gamma: float, tolerance: float = 1e-12) -> Floats:
    """The best action values [S, A] under discount `gamma`; states out of reach of the start hold 0.

    Stops when a sweep changes no value by more than `tolerance` of the largest.
    Raises BadUsage where the values have no limit (gamma 1 and a loop that never ends).
    """
    met = reachable(model)
    backup = model.only(met).backup(gamma)
    values = np.zeros(int(met.sum()))
    for _ in range(MOST_SWEEPS):
        table = backup(values)
        new = table.max(axis=1)
        change = float(np.abs(new - values).max())
        values = new
        if change <= tolerance * max(1.0, float(np.abs(values).max())):
            whole = np.zeros(model.rewards.shape[:2])
            whole[met] = table
            return whole
    raise BadUsage(
        f"with gamma {gamma:g} the values have no limit",
        "a loop earns or costs without end: take a gamma below 1",
    )


def fewest_moves(model: Model, start: int, goal: int) -> float:
    """The moves that the quickest policy expects; infinite where none is sure to arrive."""
    cost = replace(model, rewards=np.full_like(model.rewards, -1.0)).backup(1.0)
    # from below, and no lower: a cell that never leads to the goal stays at the floor
    values = np.full(len(model.targets), NEVER)
    for _ in range(MOST_SWEEPS):
        new = np.maximum(cost(values).max(axis=1), NEVER)
        new[goal] = 0.0
        change = float(np.abs(new - values).max())
        values = new
        arriving = values[values > NEVER / 2]
        if change <= 1e-12 * max(1.0, -float(arriving.min())):
            break
    moves = -float(values[start])
    return moves if moves < -NEVER * 1e-6 else float("inf")


def follow(model: Model, policy: Ints, start: int, goal: int) -> tuple[float, float]:
    """The chance that `policy` [S] ever reaches `goal`, and the moves it expects.

    The moves are infinite where it may never arrive.
    """
    rows = np.arange(len(policy))
    targets, chances = model.targets[rows, policy], model.chances[rows, policy]

    def reach(chance: Floats) -> Floats:
        new: Floats = (chances * chance[targets]).sum(axis=1)
        new[goal] = 1.0
        return new

    def count(moves: Floats) -> Floats:
        new: Floats = np.where(sure, 1.0 + (chances * moves[targets]).sum(axis=1), 0.0)
        new[goal] = 0.0
        return new

    arrival = _settle(reach, len(policy))
    sure = arrival > 1 - 1e-6
    if not sure[start]:
        return float(arrival[start]), float("inf")
    return 1.0, float(_settle(count, len(policy))[start])


def _settle(sweep: Callable[[Floats], Floats], states: int, most: int = 20_000) -> Floats:
    """Repeat `sweep` from zero until nothing moves."""
    values = np.zeros(states)
    for _ in range(most):
        new = sweep(values)
        if float(np.abs(new - values).max()) < 1e-10:
            return new
        values = new
    return values
