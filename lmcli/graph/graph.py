"""A graph in compressed rows (CSR): the neighbours of node i stand in one piece of one array.

Memory is linear in the edges: each takes two places, one from either end (in a directed graph one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lmcli.frame.errors import BadInput, UnknownWord

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """Nodes 0 .. V - 1 with their names. starts (V + 1), neighbours (places) sorted within a node, weights (places)."""

    name: str
    nodes: Sequence[str]
    starts: Ints
    neighbours: Ints
    weights: Floats
    directed: bool = False

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def edges(self) -> int:
        """The number of edges: an undirected one counts once."""
        return len(self.neighbours) if self.directed else len(self.neighbours) // 2

    @cached_property
    def degrees(self) -> Ints:
        """The neighbours of each node (in a directed graph the edges that leave it)."""
        return np.diff(self.starts)

    @cached_property
    def sources(self) -> Ints:
        """The node that each place of `neighbours` belongs to."""
        return np.repeat(np.arange(len(self)), self.degrees)

    @cached_property
    def keys(self) -> Ints:
        """source * V + neighbour of each place, ascending: what tells whether an edge exists."""
        return self.sources * len(self) + self.neighbours

    @cached_property
    def shares(self) -> Floats:
        """i + the share of node i's weight up to and with each place: inverse transform sampling in one search."""
        totals = np.bincount(self.sources, self.weights, len(self))
        sums = np.cumsum(self.weights / totals[self.sources])
        before = np.concatenate([[0.0], sums])[self.starts[:-1]]
        shares = self.sources + (sums - before[self.sources])
        last = self.starts[1:][self.degrees > 0] - 1
        shares[last] = self.sources[last] + 1.0
        return np.asarray(shares, np.float64)

    @cached_property
    def weighted(self) -> bool:
        """Whether the weights differ."""
        return bool(len(self.weights)) and bool((self.weights != self.weights[0]).any())

    def near(self, node: int) -> Ints:
        """The neighbours of a node."""
        return self.neighbours[self.starts[node] : self.starts[node + 1]]

    def near_weights(self, node: int) -> Floats:
        """The weights of the edges to `near(node)`."""
        return self.weights[self.starts[node] : self.starts[node + 1]]

    def has(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether there is an edge from each of `sources` to the one of `targets` beside it."""
        wanted = np.asarray(sources, np.int64) * len(self) + np.asarray(targets, np.int64)
        if not len(self.keys):
            return np.zeros(wanted.shape, bool)
        places = np.searchsorted(self.keys, wanted)
        return np.asarray(self.keys[np.minimum(places, len(self.keys) - 1)] == wanted)

    def pairs(self) -> tuple[Ints, Ints, Floats]:
        """Each edge once: sources, targets, weights; of an undirected one the smaller node first."""
        once = slice(None) if self.directed else self.sources < self.neighbours
        return self.sources[once], self.neighbours[once], self.weights[once]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.nodes)}

    def node(self, name: str) -> int:
        """The number of a node. Raises UnknownWord with the names that are spelt alike."""
        number = self._numbers.get(name)
        if number is None:
            from difflib import get_close_matches

            short = name[:80]
            folded = [one for one in self.nodes if one.casefold() == name.casefold()]
            near = folded or get_close_matches(short, self.nodes[:20_000], n=3)
            raise UnknownWord(
                name, self.name, near, f"its nodes are {', '.join(self.nodes[:5])}, ..."
            )
        return number


def built(
    name: str,
    nodes: Sequence[str],
    sources: npt.ArrayLike,
    targets: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    directed: bool = False,
) -> Graph:
    """A graph of edges, each given once; loops have been taken out, double edges put together."""
    a, b = np.asarray(sources, np.int64), np.asarray(targets, np.int64)
    w = np.asarray(weights, np.float64)
    if not directed:
        a, b, w = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([w, w])
    order = np.argsort(a * len(nodes) + b, kind="stable")
    starts = np.zeros(len(nodes) + 1, np.int64)
    np.cumsum(np.bincount(a, minlength=len(nodes)), out=starts[1:])
    return Graph(name, nodes, starts, b[order], w[order], directed)


def merged(
    name: str,
    nodes: Sequence[str],
    sources: npt.ArrayLike,
    targets: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    *,
    directed: bool = False,
) -> tuple[Graph, list[str]]:
    """A graph of edges as files have them, and what is to be said: loops are left out, double edges become one.

    The weights of double edges add up; without weights each edge counts 1. Raises BadInput where no edge is left.
    """
    a, b = np.asarray(sources, np.int64), np.asarray(targets, np.int64)
    w = np.ones(len(a)) if weights is None else np.asarray(weights, np.float64)
    said, kept = [], a != b
    if loops := int((~kept).sum()):
        said.append(f"{loops} loop{'s' * (loops > 1)} left out (an edge from a node to itself)")
        a, b, w = a[kept], b[kept], w[kept]
    if not len(a):
        raise BadInput(f"{name}: no edges", "give two columns, as in source,target")
    if not directed:
        a, b = np.minimum(a, b), np.maximum(a, b)
    keys, places = np.unique(a * len(nodes) + b, return_inverse=True)
    if double := len(a) - len(keys):
        how = "counted once" if weights is None else "their weights added"
        said.append(f"{double} double edge{'s' * (double > 1)}: {how}")
    sums = np.bincount(places, w, len(keys)) if weights is not None else np.ones(len(keys))
    if not np.isfinite(sums).all():
        raise BadInput(f"{name}: the weights add up beyond what numbers hold")
    whole = built(name, nodes, keys // len(nodes), keys % len(nodes), sums, directed=directed)
    return whole, said


def components(graph: Graph) -> Ints:
    """The number of each node's component, counted from 0, the largest first; directions do not matter.

    Every node takes the smallest label around it until nothing changes, with labels' labels taken in between.
    """
    labels = np.arange(len(graph))
    a, b = graph.sources, graph.neighbours
    while True:
        least = labels.copy()
        np.minimum.at(least, a, labels[b])
        np.minimum.at(least, b, labels[a])
        while not np.array_equal(least, jumped := least[least]):
            least = jumped
        if np.array_equal(least, labels):
            break
        labels = least
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return rank[numbers]
