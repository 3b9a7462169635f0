"""Random walks from every node at once: what `walk` does, step by step for many walkers together.

node2vec's next node is drawn while walking, by rejection (Yang et al. 2019, KnightKing): a neighbour is proposed
by the weights of the edges and kept with its bias over the largest one. Nothing of second order is computed
beforehand, so that memory stays linear in the edges. Who is refused again and again is drawn exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmcli.graph.graph import Floats, Graph, Ints

TOGETHER = 32_768  # walkers that step at once
ROUNDS = 12  # of proposals before the exact draw
WIDE = 1 << 21  # neighbours looked at in one exact draw
ENDED = -1


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """walks from each node, of `length` nodes. p, q: node2vec's; both 1 is DeepWalk."""

    walks: int = 10
    length: int = 40
    p: float = 1.0
    q: float = 1.0
    seed: int = 0


def all_walks(graph: Graph, options: WalkOptions) -> Iterator[Ints]:
    """Arrays (walkers, length) of nodes, ENDED where no edge went on; the same ones for the same seed.

    Each round begins once at every node that an edge leaves, in an order of its own.
    """
    begin = np.flatnonzero(graph.degrees)
    for turn in range(options.walks):
        rng = np.random.default_rng([options.seed, turn])
        order = rng.permutation(begin)
        for start in range(0, len(order), TOGETHER):
            yield walks_from(graph, order[start : start + TOGETHER], options, rng)


def walks_from(graph: Graph, starts: Ints, options: WalkOptions, rng: np.random.Generator) -> Ints:
    """A walk from each of `starts`: (walkers, length)."""
    paths = np.full((options.length, len(starts)), ENDED, np.int64)
    paths[0] = starts
    first_order = options.p == options.q == 1
    alive = np.arange(len(starts))
    for step in range(1, options.length):
        at = paths[step - 1, alive]
        goes_on = graph.degrees[at] > 0
        if not goes_on.all():
            alive, at = alive[goes_on], at[goes_on]
            if not len(alive):
                break
        if first_order or step == 1:
            following = _propose(graph, at, rng)
        else:
            following = _second_order(graph, at, paths[step - 2, alive], options, rng)
        paths[step, alive] = following
    return np.ascontiguousarray(paths.T)


def _propose(graph: Graph, at: Ints, rng: np.random.Generator) -> Ints:
    """A neighbour of each node, by the weights of the edges."""
    drawn = rng.random(len(at))
    if not graph.weighted:
        return graph.neighbours[graph.starts[at] + (drawn * graph.degrees[at]).astype(np.int64)]
    places = np.searchsorted(graph.shares, at + drawn, side="right")
    return graph.neighbours[np.minimum(places, graph.starts[at + 1] - 1)]


def _second_order(
    graph: Graph, at: Ints, before: Ints, options: WalkOptions, rng: np.random.Generator
) -> Ints:
    """The next node of each walker, which came from `before`."""
    found = np.empty(len(at), np.int64)
    open_ = np.arange(len(at))
    back, away = 1 / options.p, 1 / options.q
    largest, least = max(back, 1.0, away), min(back, 1.0, away)
    for _ in range(ROUNDS):
        proposed = _propose(graph, at[open_], rng)
        height = rng.random(len(open_)) * largest
        taken = height < least  # whatever it is
        unsure = np.flatnonzero(~taken)
        rows = open_[unsure]
        taken[unsure] = height[unsure] < _bias(graph, proposed[unsure], before[rows], back, away)
        found[open_[taken]] = proposed[taken]
        open_ = open_[~taken]
        if not len(open_):
            return found
    ends = np.cumsum(graph.degrees[at[open_]])
    for part in np.split(open_, np.flatnonzero(np.diff(ends // WIDE)) + 1):
        found[part] = _exact(graph, at[part], before[part], back, away, rng)
    return found


def _bias(graph: Graph, nodes: Ints, before: Ints, back: float, away: float) -> Floats:
    """1/p, 1 or 1/q of each node, where the walk came from the one of `before`."""
    return np.where(nodes == before, back, np.where(graph.has(before, nodes), 1.0, away))


def _exact(
    graph: Graph, at: Ints, before: Ints, back: float, away: float, rng: np.random.Generator
) -> Ints:
    """As `_second_order`, with all neighbours of each walker weighed."""
    degrees = graph.degrees[at]
    walkers = np.repeat(np.arange(len(at)), degrees)
    begins = np.cumsum(degrees) - degrees
    places = np.arange(len(walkers)) - begins[walkers] + graph.starts[at][walkers]
    nodes = graph.neighbours[places]
    weights = graph.weights[places] * _bias(graph, nodes, before[walkers], back, away)
    weights /= np.maximum.reduceat(weights, begins)[walkers]
    sums = np.cumsum(weights)
    low = np.concatenate([[0.0], sums])[begins]
    high = sums[begins + degrees - 1]
    chosen = np.searchsorted(sums, low + rng.random(len(at)) * (high - low), side="right")
    return np.asarray(nodes[np.clip(chosen, begins, begins + degrees - 1)], np.int64)
