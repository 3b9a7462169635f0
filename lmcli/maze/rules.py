"""The four learning rules, one readable update each.

They drive environments of other packages and the replay of a recorded run; `episodes` holds the
same arithmetic unrolled for speed, and a test keeps both equal to the last bit.

Sutton and Barto, Reinforcement Learning, 2nd edition, sections 6.4 to 6.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lmcli.frame.errors import BadUsage, did_you_mean

Table = list[list[float]]


class Step(NamedTuple):
    """One step: in `state` took `action`, got `reward`, came to `target`, where it may have ended.

    `following` is the action that comes next (SARSA), `coin` the throw of double Q-learning.
    """

    state: int
    action: int
    reward: float
    target: int
    ended: bool
    following: int = 0
    coin: int = 0


# changes the tables by one step, given (alpha, gamma, epsilon)
Rule = Callable[[list[Table], Step, float, float, float], None]


def q_learning(
    tables: list[Table], step: Step, alpha: float, gamma: float, _epsilon: float
) -> None:
    """Off-policy: the best next action counts (Watkins 1989)."""
    ahead = 0.0 if step.ended else max(tables[0][step.target])
    _approach(tables[0], step, step.reward + gamma * ahead, alpha)


def sarsa(tables: list[Table], step: Step, alpha: float, gamma: float, _epsilon: float) -> None:
    """On-policy: the next action that will be taken counts (Rummery and Niranjan 1994)."""
    ahead = 0.0 if step.ended else tables[0][step.target][step.following]
    _approach(tables[0], step, step.reward + gamma * ahead, alpha)


def expected_sarsa(
    tables: list[Table], step: Step, alpha: float, gamma: float, epsilon: float
) -> None:
    """On-policy: the next actions count by their chances (van Seijen et al. 2009)."""
    after = tables[0][step.target]
    total = 0.0
    for value in after:  # not sum(), which rounds otherwise from Python 3.12 on
        total += value
    mean = total / len(after)
    ahead = 0.0 if step.ended else (1 - epsilon) * max(after) + epsilon * mean
    _approach(tables[0], step, step.reward + gamma * ahead, alpha)


def double_q(tables: list[Table], step: Step, alpha: float, gamma: float, _epsilon: float) -> None:
    """A coin picks the table that changes and names the next action; the other values it.

    H. van Hasselt, "Double Q-learning", 2010.
    """
    changed, other = tables[step.coin], tables[1 - step.coin]
    after = changed[step.target]
    ahead = 0.0 if step.ended else other[step.target][after.index(max(after))]
    _approach(changed, step, step.reward + gamma * ahead, alpha)


def _approach(table: Table, step: Step, target: float, alpha: float) -> None:
    row = table[step.state]
    row[step.action] = row[step.action] + alpha * (target - row[step.action])


RULES: dict[str, Rule] = {
    "q": q_learning,
    "sarsa": sarsa,
    "expected-sarsa": expected_sarsa,
    "double-q": double_q,
}

# these learn the value of the policy that explores, not of the greedy one
ON_POLICY = ("sarsa", "expected-sarsa")


def rule(name: str) -> Rule:
    """The rule of this name. Raises BadUsage for another."""
    if name not in RULES:
        raise BadUsage(f"no algorithm {name!r}", did_you_mean(RULES))
    return RULES[name]


def empty_tables(
    algorithm: str, states: int, actions: int, initial: float = 0.0, goal: int | None = None
) -> list[Table]:
    """Tables of zeros, or of another initial value: two for double Q-learning, else one.

    initial: above all that can be earned it is an optimistic start, which draws the learner to
    what it has not tried (Sutton and Barto, chapter 2.6). The goal, where all ends, is worth 0.
    """
    count = 2 if algorithm == "double-q" else 1
    tables = [[[initial] * actions for _ in range(states)] for _ in range(count)]
    for table in tables:
        if goal is not None:
            table[goal] = [0.0] * actions
    return tables


def mean_table(tables: list[Table]) -> Table:
    """The action values [states][actions] that the tables stand for: their mean."""
    if len(tables) == 1:
        return tables[0]
    both = zip(*tables, strict=True)
    return [[(x + y) / 2 for x, y in zip(*rows, strict=True)] for rows in both]
