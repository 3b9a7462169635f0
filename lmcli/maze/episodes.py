"""One episode of each learner on a grid world: the hot loops, in plain lists.

A list of four floats beats a numpy row here: the highest of four costs 0.1 microseconds, one numpy
call ten times that. Ties go to the first of the actions, as numpy's argmax
has it.

Each function takes an `Arena` and returns (steps, sum of rewards). A trace holds a byte a step:
action * 8 + direction in which the move went * 2 + the coin of double Q-learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lmcli.maze.grid import SIDES, World
from lmcli.maze.rules import Table

Random = Callable[[], float]


@dataclass(slots=True)
class Arena:
    """What a learner's loop needs: `limit` is the most steps of an episode, `uniform` the dice."""

    world: World
    tables: list[Table]
    gamma: float
    limit: int
    uniform: Random
    # q-learning keeps max and argmax of every row, changed only where an update touches them
    best_value: list[float] = field(default_factory=list)
    best_action: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.best_value = [max(row) for row in self.tables[0]]
        self.best_action = [row.index(max(row)) for row in self.tables[0]]


def direction(slip: float, action: int, uniform: Random) -> int:
    """Where a move on slippery ground goes."""
    if slip and uniform() < slip:
        return SIDES[action][uniform() < 0.5]
    return action


def q_learning(
    arena: Arena, alpha: float, epsilon: float, trace: bytearray | None = None
) -> tuple[int, float]:
    """An episode of Q-learning."""
    world, uniform, gamma = arena.world, arena.uniform, arena.gamma
    moves, rewards, slip, goal = world.moves, world.rewards, world.slip, world.goal
    q, value, best = arena.tables[0], arena.best_value, arena.best_action
    special = trace is not None or world.slippery
    s, total, steps = world.start, 0.0, 0
    for steps in range(1, arena.limit + 1):  # noqa: B007
        a = int(uniform() * 4) if uniform() < epsilon else best[s]
        if special:
            d = direction(slip[s], a, uniform)
            t = moves[s][d]
            if trace is not None:
                trace.append(a << 3 | d << 1)
        else:
            t = moves[s][a]
        reward = rewards[t]
        total += reward
        row = q[s]
        old = row[a]
        row[a] = new = old + alpha * (reward + gamma * value[t] - old)
        if a == best[s]:
            if new >= old:
                value[s] = new
            else:  # max and index of four, written out: a third faster than the calls
                most, left, down, up = row
                first = 0
                if left > most:
                    most, first = left, 1
                if down > most:
                    most, first = down, 2
                if up > most:
                    most, first = up, 3
                value[s] = most
                best[s] = first
        elif new >= value[s] and (new > value[s] or a < best[s]):
            value[s] = new
            best[s] = a
        if t == goal:
            break
        s = t
    return steps, total


def sarsa(
    arena: Arena, alpha: float, epsilon: float, trace: bytearray | None = None
) -> tuple[int, float]:
    """An episode of SARSA; a trace that the limit cuts ends with the action then due."""
    world, uniform, gamma = arena.world, arena.uniform, arena.gamma
    moves, rewards, slip, goal = world.moves, world.rewards, world.slip, world.goal
    q = arena.tables[0]
    special = trace is not None or world.slippery
    s, total, steps = world.start, 0.0, 0
    row = q[s]
    a = int(uniform() * 4) if uniform() < epsilon else row.index(max(row))
    for steps in range(1, arena.limit + 1):
        if special:
            d = direction(slip[s], a, uniform)
            t = moves[s][d]
            if trace is not None:
                trace.append(a << 3 | d << 1)
        else:
            t = moves[s][a]
        reward = rewards[t]
        total += reward
        if t == goal:
            row[a] = row[a] + alpha * (reward + gamma * 0.0 - row[a])
            return steps, total
        after = q[t]
        b = int(uniform() * 4) if uniform() < epsilon else after.index(max(after))
        row[a] = row[a] + alpha * (reward + gamma * after[b] - row[a])
        s, a, row = t, b, after
    if trace is not None:
        trace.append(a << 3)
    return steps, total


def expected_sarsa(
    arena: Arena, alpha: float, epsilon: float, trace: bytearray | None = None
) -> tuple[int, float]:
    """An episode of expected SARSA."""
    world, uniform, gamma = arena.world, arena.uniform, arena.gamma
    moves, rewards, slip, goal = world.moves, world.rewards, world.slip, world.goal
    q = arena.tables[0]
    special = trace is not None or world.slippery
    s, total, steps = world.start, 0.0, 0
    row = q[s]
    most = max(row)
    for steps in range(1, arena.limit + 1):  # noqa: B007
        a = int(uniform() * 4) if uniform() < epsilon else row.index(most)
        if special:
            d = direction(slip[s], a, uniform)
            t = moves[s][d]
            if trace is not None:
                trace.append(a << 3 | d << 1)
        else:
            t = moves[s][a]
        reward = rewards[t]
        total += reward
        after = q[t]
        right, left, down, up = after
        most = right if right > left else left
        most = max(most, down)
        most = max(most, up)
        ahead = (1 - epsilon) * most + epsilon * ((right + left + down + up) / 4)
        row[a] = row[a] + alpha * (reward + gamma * ahead - row[a])
        if t == goal:
            break
        if t == s:  # against a wall: the row has just changed
            most = max(row)
        s, row = t, after
    return steps, total


def double_q(  # noqa: PLR0912  # the maxima are written out
    arena: Arena, alpha: float, epsilon: float, trace: bytearray | None = None
) -> tuple[int, float]:
    """An episode of double Q-learning; actions follow the sum of both tables."""
    world, uniform, gamma = arena.world, arena.uniform, arena.gamma
    moves, rewards, slip, goal = world.moves, world.rewards, world.slip, world.goal
    first, second = arena.tables
    special = trace is not None or world.slippery
    s, total, steps = world.start, 0.0, 0
    for steps in range(1, arena.limit + 1):  # noqa: B007
        if uniform() < epsilon:
            a = int(uniform() * 4)
        else:
            right, left, down, up = first[s]
            right2, left2, down2, up2 = second[s]
            a, most = 0, right + right2
            if left + left2 > most:
                a, most = 1, left + left2
            if down + down2 > most:
                a, most = 2, down + down2
            if up + up2 > most:
                a = 3
        coin = uniform() < 0.5
        if special:
            d = direction(slip[s], a, uniform)
            t = moves[s][d]
            if trace is not None:
                trace.append(a << 3 | d << 1 | coin)
        else:
            t = moves[s][a]
        reward = rewards[t]
        total += reward
        changed, other = (second, first) if coin else (first, second)
        row = changed[s]
        most, left, down, up = changed[t]
        b = 0
        if left > most:
            b, most = 1, left
        if down > most:
            b, most = 2, down
        if up > most:
            b = 3
        row[a] = row[a] + alpha * (reward + gamma * other[t][b] - row[a])
        if t == goal:
            break
        s = t
    return steps, total


EPISODES: dict[str, Callable[[Arena, float, float, bytearray | None], tuple[int, float]]] = {
    "q": q_learning,
    "sarsa": sarsa,
    "expected-sarsa": expected_sarsa,
    "double-q": double_q,
}
