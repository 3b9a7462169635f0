"""Train a learner on a grid world, episode by episode."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields

from lmcli.frame.errors import BadUsage
from lmcli.maze import schedule
from lmcli.maze.episodes import EPISODES, Arena
from lmcli.maze.grid import World
from lmcli.maze.rules import Table, empty_tables, mean_table, rule
from lmcli.maze.schedule import Schedule

CHECK_EVERY = 50  # episodes between two looks at convergence
COURSE_ALPHA = Schedule("constant", 0.1, 0.1)
COURSE_EPSILON = Schedule("constant", 0.2, 0.2)
IDLE_EVERY = 10  # episodes between two looks
IDLE = 500_000  # steps in which nothing was learnt, and no goal met, before training gives up
STEPS_A_CELL = 100  # an episode is cut after this many steps for each cell of the map


@dataclass(frozen=True, slots=True)
class Settings:
    """How to learn; the defaults are the course's.

    converge: stop once the greedy path stands still and no value on it has moved by more than this
    in `CHECK_EVERY` episodes; None trains all episodes. max_steps: None is `STEPS_A_CELL` steps a
    cell. initial: the value of every action before the first step.
    """

    algorithm: str = "q"
    episodes: int = 1000
    alpha: Schedule = COURSE_ALPHA
    gamma: float = 0.9
    epsilon: Schedule = COURSE_EPSILON
    seed: int = 0
    max_steps: int | None = None
    converge: float | None = None
    initial: float = 0.0

    def __post_init__(self) -> None:
        rule(self.algorithm)
        if self.episodes < 1:
            raise BadUsage(f"{self.episodes} episodes teach nothing", "train at least one")
        if not 0 <= self.gamma <= 1:
            raise BadUsage(f"gamma lies between 0 and 1, not {self.gamma:g}")
        if self.max_steps is not None and self.max_steps < 1:
            raise BadUsage(f"an episode has at least one step, not {self.max_steps}")

    def limit(self, cells: int) -> int:
        """The most steps of an episode on a map of `cells` cells."""
        return self.max_steps or STEPS_A_CELL * cells

    def fields(self) -> dict[str, str | int | float | None]:
        """The settings as plain values, for a run file."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"alpha": str(self.alpha), "epsilon": str(self.epsilon)}

    @classmethod
    def of_fields(cls, given: dict[str, str | int | float | None]) -> Settings:
        """The settings that `fields` gave."""
        values: dict[str, object] = dict(given)
        for name in ("alpha", "epsilon"):
            values[name] = schedule.parse(str(values[name]), name)
        return cls(**values)  # type: ignore[arg-type]


@dataclass(slots=True)
class History:
    """What has been learnt so far. `steps` and `returns` have one entry an episode.

    idle: training was given up, since every value was still as at first after `IDLE` steps.
    """

    tables: list[Table]
    steps: array[int] = field(default_factory=lambda: array("q"))
    returns: array[float] = field(default_factory=lambda: array("d"))
    converged: bool = False
    idle: bool = False

    @property
    def episodes(self) -> int:
        """Episodes trained."""
        return len(self.steps)

    @property
    def table(self) -> Table:
        """The action values [states][actions]."""
        return mean_table(self.tables)


# called before an episode with (episode, is it the last, history): gives a trace to fill, or None
TraceFor = Callable[[int, bool, History], bytearray | None]


def training(
    world: World, settings: Settings, trace_for: TraceFor | None = None
) -> Iterator[History]:
    """Train from an empty table; gives the history, always the same object, after each episode.

    The same settings and seed give the same history, traced or not.
    """
    states = len(world.moves)
    tables = empty_tables(settings.algorithm, states, 4, settings.initial, world.goal)
    arena = Arena(
        world, tables, settings.gamma, settings.limit(states), random.Random(settings.seed).random
    )
    episode = EPISODES[settings.algorithm]
    history = History(tables)
    stillness = Stillness(world, settings.converge)
    for number in range(1, settings.episodes + 1):
        alpha = settings.alpha.at(number, settings.episodes)
        epsilon = settings.epsilon.at(number, settings.episodes)
        last = number == settings.episodes or history.converged or history.idle
        trace = trace_for(number, last, history) if trace_for else None
        steps, total = episode(arena, alpha, epsilon, trace)
        history.steps.append(steps)
        history.returns.append(total)
        yield history
        if history.converged or history.idle:
            break  # one more episode after the decision: the last is recorded as such
        history.converged = number % CHECK_EVERY == 0 and stillness.reached(history)
        history.idle = number % IDLE_EVERY == 0 and _idle(history, settings, states)


def _idle(history: History, settings: Settings, states: int) -> bool:
    """Whether many steps have met no goal and moved no value: the next ones would be the same walk."""
    if sum(history.steps) < IDLE or min(history.steps) < settings.limit(states):
        return False
    return not any(any(row) for table in history.tables for row in table)


def train(world: World, settings: Settings, trace_for: TraceFor | None = None) -> History:
    """Train to the end."""
    *_, history = training(world, settings, trace_for)
    return history


def greedy_path(world: World, table: Table) -> list[int]:
    """States from the start by the best action (the first of equals), nothing slipping.

    The path ends at the goal, or at the first state that comes a second time.
    """
    path, seen = [world.start], {world.start}
    while path[-1] != world.goal:
        row = table[path[-1]]
        path.append(world.moves[path[-1]][row.index(max(row))])
        if path[-1] in seen:
            break
        seen.add(path[-1])
    return path


@dataclass(slots=True)
class Stillness:
    """Tells when the greedy path and its values have stopped moving."""

    world: World
    tolerance: float | None
    path: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def reached(self, history: History) -> bool:
        """Whether nothing has moved since the last call; the path must lead to the goal."""
        if self.tolerance is None:
            return False
        table = history.table
        path = greedy_path(self.world, table)
        values = [max(table[state]) for state in path]
        still = path == self.path and path[-1] == self.world.goal
        still = still and all(
            abs(new - old) <= self.tolerance for new, old in zip(values, self.values, strict=True)
        )
        self.path, self.values = path, values
        return still
