"""Train on environments of gymnasium whose states and actions can be counted (FrozenLake, Taxi, ...).

Unlike the built-in mazes these are stepped through their own code, and ties go to a random one of
the best actions: with rewards of 0 on the way a fixed choice would never leave the start.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmcli.frame.errors import BadUsage, MissingExtra
from lmcli.maze.rules import ON_POLICY, Step, Table, empty_tables, mean_table, rule
from lmcli.maze.train import History, Settings
from lmcli.maze.values import Floats, Model, value_iteration

Advance = Callable[[float], object]
Env = Any  # gymnasium.Env[int, int]; its types are no better than this
TEST_EPISODES = 100
CLOSE = 0.02  # a policy whose value lacks less than this share of the best counts as good


@dataclass(frozen=True, slots=True)
class EnvProgress:
    """How training in an environment ended, tried in `TEST_EPISODES` greedy episodes.

    `success` is the share of them that ended with the highest reward there is, `reached` whether
    most did. `value` is what the greedy policy is worth from the start, discounted, `best_value`
    what the best is worth (None where the environment does not publish its model).
    """

    episodes: int
    steps: int
    reached: bool
    greedy_length: float | None
    shortest_length: float | None
    converged: bool
    seed: int
    success: float
    greedy_return: float
    value: float | None
    best_value: float | None
    cause: str | None = None
    advice: str | None = None


def make(name: str, options: dict[str, Any]) -> Env:
    """Make an environment. Raises MissingExtra, or BadUsage where it cannot be learnt in a table."""
    try:
        import gymnasium
    except ImportError:
        raise MissingExtra("gymnasium", "gym") from None
    if name == "lmcli/Maze-v0":
        import lmcli.maze.gym  # noqa: F401  # registers it
    try:
        with warnings.catch_warnings():  # what matters of them the error says, too
            warnings.simplefilter("ignore")
            env = gymnasium.make(name, **options)
    except (gymnasium.error.Error, TypeError, ImportError, ValueError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise BadUsage(
            f"gymnasium cannot make {name!r}: {lines[0].rstrip('.')}", _near(gymnasium, name)
        ) from None
    for space in (env.observation_space, env.action_space):
        if not isinstance(space, gymnasium.spaces.Discrete) or space.start != 0:
            hint = "take one whose states and actions are Discrete, as FrozenLake-v1 or Taxi-v4"
            raise BadUsage(f"{name}: {space} cannot be counted in a table", hint)
    return env


def _near(gymnasium_: Any, name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, gymnasium_.registry, n=3)
    return f"did you mean {', '.join(near)}?" if near else "FrozenLake-v1 is one that trains"


def train(env: Env, settings: Settings, advance: Advance = lambda _episodes: None) -> History:
    """Train in `env` from an empty table; the same settings and seed give the same history.

    `advance` is called with 1 after each episode.
    """
    if settings.converge is not None:
        raise BadUsage("--converge is for mazes", "leave it out with --env")
    actions = int(env.action_space.n)
    history = History(empty_tables(settings.algorithm, int(env.observation_space.n), actions))
    rng = random.Random(settings.seed)
    for number in range(1, settings.episodes + 1):
        alpha = settings.alpha.at(number, settings.episodes)
        epsilon = settings.epsilon.at(number, settings.episodes)
        seed = settings.seed if number == 1 else None
        steps, total = _episode(env, history.tables, settings, (alpha, epsilon), rng, seed)
        history.steps.append(steps)
        history.returns.append(total)
        advance(1)
    return history


def _episode(
    env: Env,
    tables: list[Table],
    settings: Settings,
    rates: tuple[float, float],
    rng: random.Random,
    seed: int | None,
) -> tuple[int, float]:
    learn, (alpha, epsilon) = rule(settings.algorithm), rates
    state = int(env.reset(seed=seed)[0])
    action = _choose(tables, state, epsilon, rng)
    total = 0.0
    for steps in range(1, settings.limit(len(tables[0])) + 1):  # noqa: B007
        observed, reward, ended, cut, _ = env.step(action)
        target = int(observed)
        following = _choose(tables, target, epsilon, rng)
        coin = int(rng.random() < 0.5)
        step = Step(state, action, float(reward), target, bool(ended), following, coin)
        learn(tables, step, alpha, settings.gamma, epsilon)
        total += float(reward)
        if ended or cut:
            break
        # off-policy learners choose with what they have just learnt
        again = settings.algorithm != "sarsa"
        state, action = target, _choose(tables, target, epsilon, rng) if again else following
    return steps, total


def _choose(tables: list[Table], state: int, epsilon: float, rng: random.Random) -> int:
    values = [sum(rows) for rows in zip(*(table[state] for table in tables), strict=True)]
    if rng.random() < epsilon:
        return rng.randrange(len(values))
    most = max(values)
    return rng.choice([action for action, value in enumerate(values) if value == most])


# -- judging -----------------------------------------------------------------------------------


def verdict(env: Env, settings: Settings, history: History) -> EnvProgress:
    """Try the greedy policy, and compare it with the best where the environment has a model."""
    table = mean_table(history.tables)
    policy = [row.index(max(row)) for row in table]
    model = model_of(env)
    top = float(model.rewards[model.chances > 0].max()) if model else None
    lengths, returns, lasts = _test(env, policy, settings)
    ends = [last is not None and (top is None or last >= top) for last in lasts]
    success = sum(ends) / len(ends)
    starts = _starts(env)
    value = best = None
    if model is not None and starts is not None:
        best = float(starts @ value_iteration(model, settings.gamma).max(axis=1))
        value = float(starts @ _value_of(model, policy, settings.gamma))
    cause, advice = _cause(table, settings, value, best)
    return EnvProgress(
        episodes=history.episodes,
        steps=sum(history.steps),
        reached=success > 0.5,
        greedy_length=sum(lengths) / len(lengths),
        shortest_length=None,
        converged=False,
        seed=settings.seed,
        success=success,
        greedy_return=sum(returns) / len(returns),
        value=value,
        best_value=best,
        cause=cause,
        advice=advice,
    )


def _test(
    env: Env, policy: list[int], settings: Settings
) -> tuple[list[int], list[float], list[float | None]]:
    """Lengths, returns and last rewards (None where an episode was cut) of greedy episodes."""
    lengths: list[int] = []
    returns: list[float] = []
    lasts: list[float | None] = []
    for number in range(TEST_EPISODES):
        # a table learnt elsewhere than it is tested: other seeds than training's
        state = int(env.reset(seed=settings.seed + 1_000_003 if number == 0 else None)[0])
        total, last = 0.0, None
        for steps in range(1, settings.limit(len(policy)) + 1):  # noqa: B007
            observed, reward, ended, cut, _ = env.step(policy[state])
            state, total = int(observed), total + float(reward)
            if ended or cut:
                last = float(reward) if ended else None
                break
        lengths.append(steps)
        returns.append(total)
        lasts.append(last)
    return lengths, returns, lasts


def _cause(
    table: Table, settings: Settings, value: float | None, best: float | None
) -> tuple[str | None, str | None]:
    if not any(any(row) for row in table):
        return (
            f"no reward was met in {settings.episodes} episodes: every value is still 0",
            "raise --episodes or --epsilon",
        )
    if value is None or best is None or value >= best - CLOSE * max(abs(best), 1e-3):
        return None, None
    cause = f"the greedy policy is worth {value:.3g} from the start, the best {best:.3g}"
    if settings.algorithm in ON_POLICY:
        cause += f"; {settings.algorithm} values the policy that explores"
        return cause, "explore less over time, as --epsilon linear:0.2:0"
    return cause, "train for more --episodes, or lower --alpha over time: exp:0.5:0.01"


def model_of(env: Env) -> Model | None:
    """The decision process of an environment that publishes its outcomes as `P`, else None."""
    published = getattr(env.unwrapped, "P", None)
    if not published:
        return None
    states, actions = int(env.observation_space.n), int(env.action_space.n)
    outcomes = [[published[s][a] for a in range(actions)] for s in range(states)]
    most = max(len(listed) for row in outcomes for listed in row)
    shape = (states, actions, most)
    targets, chances = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    rewards, goes_on = np.zeros(shape), np.zeros(shape)
    for s, row in enumerate(outcomes):
        for a, listed in enumerate(row):
            for k, (chance, target, reward, ended) in enumerate(listed):
                targets[s, a, k], chances[s, a, k] = target, chance
                rewards[s, a, k], goes_on[s, a, k] = reward, not ended
    return Model(None, targets, chances, rewards, goes_on)


def _starts(env: Env) -> Floats | None:
    """The chance of each state to be the first, where the environment says."""
    spread = getattr(env.unwrapped, "initial_state_distrib", None)
    return None if spread is None else np.asarray(spread, dtype=np.float64)


def _value_of(model: Model, policy: list[int], gamma: float) -> Floats:
    """What a policy is worth from each state: the linear equations of Bellman, solved."""
    rows = np.arange(len(policy))
    chosen = np.array(policy)
    chances, targets = model.chances[rows, chosen], model.targets[rows, chosen]
    weights = gamma * chances * model.goes_on[rows, chosen]
    matrix = np.eye(len(policy))
    np.add.at(matrix, (rows[:, None], targets), -weights)
    rewards = (chances * model.rewards[rows, chosen]).sum(axis=1)
    solved: Floats = np.linalg.lstsq(matrix, rewards, rcond=None)[0]
    return solved
