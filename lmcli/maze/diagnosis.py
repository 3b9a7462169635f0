"""Say why a greedy policy falls short of the best, and what to change.

Nothing is guessed: the cause follows from figures at the first cell where the greedy policy leaves
value iteration's, and the advice has been tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lmcli.frame.errors import BadUsage
from lmcli.maze.grid import ACTIONS, World
from lmcli.maze.judge import Progress, Truth, progress
from lmcli.maze.rules import ON_POLICY, Table
from lmcli.maze.schedule import Schedule
from lmcli.maze.train import History, Settings, greedy_path, train
from lmcli.maze.values import Floats

FAINT = 0.01  # a goal of which less than this share arrives is too far for the discount
SHORT = 1_000_000  # steps of a training of which a trial may take twenty times as many
NEARLY = 1.05  # on slippery ground a policy this near to the quickest counts as good
GAMMAS = (0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)


def verdict(truth: Truth, settings: Settings, history: History, trials: bool = True) -> Progress:
    """Where training ended; if short of the best, why, and what to change.

    trials: try the advice, a few trainings of the same kind, and say what came of it.
    """
    row = progress(truth, settings, history)
    if _good(row):
        return row
    finding = _finding(truth, settings, history)
    advice = finding.advice
    if trials and finding.changes:
        advice = _tried(truth, settings, finding) or advice
    end = None if row.reached else walks_end(truth.world, history.table)
    cause = f"{finding.cause}; {end}" if end else finding.cause
    return replace(row, cause=cause, advice=advice)


def walks_end(world: World, table: Table) -> str | None:
    """Where the greedy walk ends short of the goal, and the tie that led it there; None where it arrives."""
    path = greedy_path(world, table)
    state = path[-1]
    if state == world.goal:
        return None
    circle = path[path.index(state) : -1]
    place = "row {}, column {}".format(*world.cell(state))
    row = table[state]
    action = ACTIONS[row.index(max(row))]
    if len(circle) == 1:
        words = f"the greedy walk stands still at {place}, where {action} leads no farther"
    else:
        words = f"the greedy walk goes round in a circle of {len(circle)} cells from {place}"
    for tied in circle:
        equal = [name for name, value in zip(ACTIONS, table[tied], strict=True)
                 if value == max(table[tied])]  # fmt: skip
        if len(equal) > 1:
            where = "there" if tied == state else "at row {}, column {}".format(*world.cell(tied))
            names = f"{', '.join(equal[:-1])} and {equal[-1]}"
            value = max(table[tied])
            return f"{words} ({names} tie at {value:.4g} {where}, and the first of equals is taken)"
    return words


def _good(row: Progress) -> bool:
    if row.greedy_length is None:
        return False
    exact = isinstance(row.shortest_length, int)
    return row.greedy_length <= (row.shortest_length or 0) * (1 if exact else NEARLY)


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, advice in words, and the changes of settings that may mend it, mildest first."""

    cause: str
    advice: str | None
    changes: tuple[dict[str, object], ...] = ()


def _finding(truth: Truth, settings: Settings, history: History) -> Finding:
    world = truth.world
    limit = settings.limit(len(world.moves))
    explore: dict[str, object] = {"epsilon": Schedule("linear", 1.0, 0.1)}
    most = max(world.rewards)
    optimism: tuple[dict[str, object], ...] = ({"initial": most},) if most > 0 else ()
    if history.idle:
        return Finding(
            f"nothing was learnt: {history.episodes} episodes of {limit} steps met no reward and no "
            "goal, every value is still 0, and training was ended early",
            "raise --epsilon or --max-steps, start with optimism (--initial), or let steps cost "
            "something (--reward-step -1)",
            (explore, *optimism, {"max_steps": 10 * limit}),
        )
    if all(steps == limit for steps in history.steps):
        return Finding(
            f"no episode met the goal within {limit} steps",
            "raise --max-steps or --epsilon, or start with optimism (--initial)",
            ({"max_steps": 10 * limit}, explore, *optimism),
        )
    if not any(any(row) for row in history.table):
        return Finding(
            "nothing was learnt: every value is still 0",
            "give --alpha above 0, and rewards that differ from 0",
        )
    try:
        best = truth.best(settings.gamma)
    except BadUsage as error:
        return Finding(f"the rewards: {error.message}", error.hint)
    wrong = _first_wrong(world, history.table, best)
    if wrong is None:
        return _truth_itself(truth, settings.gamma, best)
    return _at(truth, settings, history, best, wrong)


def _first_wrong(world: World, table: Table, best: Floats) -> int | None:
    """The first state of the greedy path whose action is not a best one."""
    resolution = 1e-12 * max(1.0, float(np.abs(best).max()))
    for state in greedy_path(world, table):
        row = table[state]
        if best[state].max() - best[state][row.index(max(row))] > resolution:
            return state
    return None


def _truth_itself(truth: Truth, gamma: float, best: Floats) -> Finding:
    """Every action of the greedy path is a best one, and yet it is not the shortest way."""
    world = truth.world
    distance = truth.distances[world.start] or 0
    wider = wide_enough(distance)
    if wider > gamma:
        other = truth.length(truth.best(wider).tolist())
        if other is not None and other <= truth.shortest * NEARLY:
            return Finding(
                f"the discount is too small: over {distance} moves gamma {gamma:g} leaves "
                f"{gamma**distance:.2g} of the goal's reward, and even the exact values tie or "
                "prefer another way",
                f"take --gamma {wider:g}",
                ({"gamma": wider},),
            )
    value = float(best[world.start].max())
    return Finding(
        f"the rewards: the greedy policy is the best there is for them (worth {value:.4g} from the "
        "start), and the best is not the shortest",
        None,
    )


def _at(truth: Truth, settings: Settings, history: History, best: Floats, state: int) -> Finding:
    """The cause from the figures at `state`, where the greedy policy goes wrong."""
    patience = tuple(_patience(truth, settings, sum(history.steps)))
    gamma = settings.gamma
    row = history.table[state]
    lost = float(best[state].max() - best[state][row.index(max(row))])
    off = float(np.abs(best[state] - np.array(row)).max())
    distance = truth.distances[state] or 0
    place = "row {}, column {}".format(*truth.world.cell(state))
    figures = f"the wrong move there costs {lost:.2g} while its values are still {off:.2g} off"
    if gamma**distance < FAINT:
        wider = wide_enough(distance)
        return Finding(
            f"the discount is too small for the distance: at {place}, {distance} moves from the "
            f"goal, gamma {gamma:g} leaves {gamma**distance:.2g} of its reward; {figures}",
            f"take --gamma {wider:g}",
            tuple({"gamma": wider, **more} for more in ({}, *patience)),
        )
    return Finding(
        f"too few episodes: at {place}, {distance} moves from the goal, {figures}",
        "train for more --episodes",
        patience,
    )


def _patience(truth: Truth, settings: Settings, steps: int) -> Iterator[dict[str, object]]:
    """Changes that let a table settle."""
    if settings.algorithm in ON_POLICY:
        yield {"epsilon": Schedule("linear", settings.epsilon.first or 0.2, 0.0)}
    faster: dict[str, object] = {}
    if not truth.world.slippery and settings.alpha.last < 0.5:
        faster = {"alpha": Schedule("constant", 0.5, 0.5)}
        yield faster
    yield {"episodes": 4 * settings.episodes}
    if steps < SHORT:
        yield {**faster, "episodes": 20 * settings.episodes}


def wide_enough(distance: int) -> float:
    """The smallest usual gamma whose horizon, 1 / (1 - gamma) moves, covers `distance`."""
    wanted = 1 - 1 / max(distance, 1)
    return next((gamma for gamma in GAMMAS if gamma >= wanted - 1e-9), 0.99999)


def _tried(truth: Truth, settings: Settings, finding: Finding) -> str | None:
    """What the changes came to, in the words of the command line; None where none helped."""
    failed: list[str] = []
    for change in finding.changes:
        changed = replace(settings, **change)  # type: ignore[arg-type]
        words = " ".join(f"--{key.replace('_', '-')} {value}" for key, value in change.items())
        row = progress(truth, changed, train(truth.world, changed))
        if _good(row):
            also = f" ({' or '.join(failed)} was not enough)" if failed else ""
            return f"take {words}: tried, {row.greedy_length:.4g} moves{also}"
        failed.append(words)
    return f"{finding.advice} (tried without success: {'; '.join(failed)})"
