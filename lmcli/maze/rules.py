"""The four learning rules, one readable update each.

They drive environments of other packages and the replay of a recorded run; `episodes` holds the same arithmetic
unrolled for speed, and a test keeps both equal to the last bit.

Sutton and Barto, Reinforcement Learning, 2nd edition, sections 6.4 to 6.7.
"""

from __future__ import annotations

from collections.abc import Callable

from lmcli.core.errors import BadUsage, did_you_mean

Table = list[list[float]]
# (tables, s, a, reward, t, next action, ended, alpha, gamma, epsilon, coin)
Rule = Callable[[list[Table], int, int, float, int, int, bool, float, float, float, int], None]


def q_learning(
    tables: list[Table], s: int, a: int, reward: float, t: int, _next: int, ended: bool,
    alpha: float, gamma: float, _epsilon: float, _coin: int,
) -> None:
    """Off-policy: the best next action counts (Watkins 1989)."""
    row = tables[0][s]
    ahead = 0.0 if ended else max(tables[0][t])
    row[a] = row[a] + alpha * (reward + gamma * ahead - row[a])


def sarsa(
    tables: list[Table], s: int, a: int, reward: float, t: int, next_action: int, ended: bool,
    alpha: float, gamma: float, _epsilon: float, _coin: int,
) -> None:
    """On-policy: the next action that will be taken counts (Rummery and Niranjan 1994)."""
    row = tables[0][s]
    ahead = 0.0 if ended else tables[0][t][next_action]
    row[a] = row[a] + alpha * (reward + gamma * ahead - row[a])


def expected_sarsa(
    tables: list[Table], s: int, a: int, reward: float, t: int, _next: int, ended: bool,
    alpha: float, gamma: float, epsilon: float, _coin: int,
) -> None:
    """On-policy: the next actions count by their chances (van Seijen et al. 2009)."""
    row = tables[0][s]
    after = tables[0][t]
    ahead = 0.0 if ended else (1 - epsilon) * max(after) + epsilon * (sum(after) / len(after))
    row[a] = row[a] + alpha * (reward + gamma * ahead - row[a])


def double_q(
    tables: list[Table], s: int, a: int, reward: float, t: int, _next: int, ended: bool,
    alpha: float, gamma: float, _epsilon: float, coin: int,
) -> None:
    """A coin picks the table to change; it names the next action, the other values it (van Hasselt 2010)."""
    changed, other = tables[coin], tables[1 - coin]
    row = changed[s]
    after = changed[t]
    ahead = 0.0 if ended else other[t][after.index(max(after))]
    row[a] = row[a] + alpha * (reward + gamma * ahead - row[a])


RULES: dict[str, Rule] = {
    "q": q_learning,
    "sarsa": sarsa,
    "expected-sarsa": expected_sarsa,
    "double-q": double_q,
}


def rule(name: str) -> Rule:
    """The rule of this name. Raises BadUsage for another."""
    if name not in RULES:
        raise BadUsage(f"no algorithm {name!r}", did_you_mean(RULES))
    return RULES[name]


def empty_tables(algorithm: str, states: int, actions: int) -> list[Table]:
    """Tables of zeros: two for double Q-learning, else one."""
    count = 2 if algorithm == "double-q" else 1
    return [[[0.0] * actions for _ in range(states)] for _ in range(count)]


def mean_table(tables: list[Table]) -> Table:
    """The action values [states][actions] that the tables stand for: their mean."""
    if len(tables) == 1:
        return tables[0]
    first, second = tables
    return [[(x + y) / 2 for x, y in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]
