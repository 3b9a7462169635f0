"""Play kept episodes of a run again: every step with the table as it was then.

A run holds the table before a kept episode and the episode's moves; the learning rule then gives
the table after each of them, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lmcli.frame.errors import BadUsage
from lmcli.maze.grid import ACTIONS, Maze, World
from lmcli.maze.rules import Step, Table, mean_table, rule
from lmcli.maze.runs.run import Kept, Run
from lmcli.maze.train import greedy_path

GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an episode: from a cell by an action to a cell. `value` is the action's after it."""

    episode: str
    step: int
    row: int
    column: int
    action: str
    reward: float
    to_row: int
    to_column: int
    value: float


@dataclass(frozen=True, slots=True)
class Scene:
    """An episode to play: the states it visits, the actions, and how the table moves with it.

    `episode` is its number, or "greedy" for the policy after the last. states[i] is where the
    learner stands after i moves.
    """

    maze: Maze
    world: World
    episode: str
    states: list[int]
    actions: list[int]
    epsilon: float
    run: Run
    kept: Kept | None

    @property
    def steps(self) -> int:
        """Moves."""
        return len(self.actions)

    def returns(self) -> list[float]:
        """The sum of rewards after each number of moves, from 0."""
        sums = [0.0]
        for state in self.states[1:]:
            sums.append(sums[-1] + self.world.rewards[state])
        return sums

    def tables(self) -> Iterator[Table]:
        """The action values after 0, 1, 2, ... moves; each is valid until the next is asked for."""
        if self.kept is None:
            for _ in self.states:
                yield self.run.table
            return
        tables = [[row[:] for row in table] for table in self.kept.tables]
        yield mean_table(tables)
        settings = self.run.settings
        learn = rule(settings.algorithm)
        for step in steps_of(self.world, self.kept):
            learn(tables, step, self.kept.alpha, settings.gamma, self.kept.epsilon)
            yield mean_table(tables)

    def moves(self) -> Iterator[Move]:
        """Each move as a row."""
        tables = self.tables()
        next(tables)
        for number, (action, table) in enumerate(zip(self.actions, tables, strict=True), start=1):
            state, target = self.states[number - 1], self.states[number]
            yield Move(
                self.episode,
                number,
                *self.world.cell(state),
                ACTIONS[action],
                self.world.rewards[target],
                *self.world.cell(target),
                table[state][action],
            )


def steps_of(world: World, kept: Kept) -> Iterator[Step]:
    """The steps of a kept episode, as the learning rules take them."""
    state, trace = world.start, kept.trace
    for number, byte in enumerate(trace[: kept.steps]):
        target = world.moves[state][byte >> 1 & 3]
        ended = target == world.goal
        following = trace[number + 1] >> 3 if number + 1 < len(trace) else 0
        yield Step(state, byte >> 3, world.rewards[target], target, ended, following, coin=byte & 1)
        state = target


def scene(run: Run, which: str) -> Scene:
    """The episode `which` of a run: a number, `last`, or `greedy`. Raises BadUsage, BadInput."""
    world = run.world()
    assert run.maze is not None
    if which == GREEDY:
        states = greedy_path(world, run.table)
        actions = [row.index(max(row)) for row in (run.table[state] for state in states[:-1])]
        return Scene(run.maze, world, GREEDY, states, actions, 0.0, run, None)
    kept = run.episode(which)
    steps = list(steps_of(world, kept))
    return Scene(
        maze=run.maze,
        world=world,
        episode=str(kept.episode),
        states=[world.start, *(step.target for step in steps)],
        actions=[step.action for step in steps],
        epsilon=kept.epsilon,
        run=run,
        kept=kept,
    )


def scenes(run: Run, which: str) -> list[Scene]:
    """The episodes of a list like `1,10,last`."""
    words = [word.strip() for word in which.split(",") if word.strip()]
    if not words:
        raise BadUsage("no episode to play", "list some: --episode 1,10,last")
    return [scene(run, word) for word in words]


def sampled(steps: int, most: int) -> list[int]:
    """At most `most` numbers of moves from 0 to `steps`, evenly spread, both ends among them."""
    if steps + 1 <= most:
        return list(range(steps + 1))
    return sorted({round(i * steps / (most - 1)) for i in range(most)})
