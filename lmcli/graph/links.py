"""Link prediction: edges are hidden, vectors and baselines see the rest, and must tell them from pairs without an edge.

What goes wrong elsewhere is kept out: an undirected edge is one pair, on one side of the split; vectors learn from the
rest alone; the pairs without an edge that training sees are drawn without a look at what is hidden; what is left of a
connected graph stays connected. Features of a pair after Grover and Leskovec (2016), baselines after Liben-Nowell
and Kleinberg (2003).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.graph.graph import Floats, Graph, Ints, built
from lmcli.graph.scoring import auc, average_precision, logistic

BLOCK = 1 << 18  # pairs drawn, or looked at, together

OPERATORS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "hadamard": lambda a, b: a * b,
    "average": lambda a, b: (a + b) / 2,
    "l1": lambda a, b: np.abs(a - b),
    "l2": lambda a, b: (a - b) ** 2,
}
BASELINES = ("common-neighbours", "adamic-adar", "preferential-attachment")


@dataclass(frozen=True)
class Split:
    """The rest of a graph, and pairs (n, 2): hidden edges and as many pairs without one; training's own such pairs."""

    rest: Graph
    hidden: Ints
    apart: Ints
    rest_apart: Ints


@dataclass(frozen=True, slots=True)
class LinkScore:
    """How well a method tells hidden edges from pairs without one: means over the splits, and their spread."""

    method: str
    kind: str
    auc: float
    auc_spread: float
    average_precision: float
    hidden: int
    splits: int

    PLAIN = ("method", "auc", "auc_spread", "average_precision")


def split(graph: Graph, share: float, rng: np.random.Generator) -> Split:
    """Hide a share of the edges, none of a random spanning forest. Raises BadInput where there is nothing to hide."""
    a, b, w = graph.pairs()
    order = rng.permutation(len(a))
    bound = _forest(a[order], b[order], len(graph))
    free = order[~bound]
    count = min(max(1, round(share * len(a))), len(free))
    if not len(free):
        raise BadInput(
            f"{graph.name} is a tree: every edge holds it together", "no edge can be hidden"
        )
    hide = np.zeros(len(a), bool)
    hide[free[:count]] = True
    rest = built(graph.name, graph.nodes, a[~hide], b[~hide], w[~hide], directed=graph.directed)
    taken: set[int] = set()
    apart = _apart(graph, count, rng, taken)
    rest_apart = _apart(rest, int((~hide).sum()), rng, taken)
    return Split(rest, np.stack([a[hide], b[hide]], axis=1), apart, rest_apart)


def _forest(a: Ints, b: Ints, nodes: int) -> np.ndarray:
    """Which edges, taken in their order, join what was not joined yet (Kruskal 1956)."""
    root = list(range(nodes))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    joins = np.zeros(len(a), bool)
    for place, (one, other) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        x, y = find(one), find(other)
        if x != y:
            root[x] = y
            joins[place] = True
    return joins


def _apart(graph: Graph, count: int, rng: np.random.Generator, taken: set[int]) -> Ints:
    """Up to `count` distinct pairs that are no edges of `graph` and not in `taken`, which grows by them."""
    size = len(graph)
    found: list[int] = []
    for _ in range(200):
        pairs = rng.integers(0, size, (min(BLOCK, 4 * count + 64), 2))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        if not graph.directed:
            pairs.sort(axis=1)
        pairs = pairs[~graph.has(pairs[:, 0], pairs[:, 1])]
        for key in (pairs[:, 0] * size + pairs[:, 1]).tolist():
            if key not in taken:
                taken.add(key)
                found.append(key)
                if len(found) == count:
                    break
        if len(found) == count:
            break
    if not found:
        raise BadInput(f"{graph.name} has nearly all edges that can be", "nothing to tell apart")
    keys = np.array(found, np.int64)
    return np.stack([keys // size, keys % size], axis=1)


def evaluate(
    graph: Graph,
    embed: Callable[[Graph, int], Floats],
    share: float = 0.2,
    splits: int = 5,
    seed: int = 0,
    on_split: Callable[[], None] = lambda: None,
) -> list[LinkScore]:
    """Every method on the same splits. embed(rest, number): vectors (V, d) of what is left."""
    kept: dict[str, list[tuple[float, float]]] = {}
    hidden = 0
    for number in range(splits):
        one = split(graph, share, np.random.default_rng([seed, number, 5]))
        hidden = len(one.hidden)
        truth = np.arange(hidden + len(one.apart)) < hidden
        pairs = np.concatenate([one.hidden, one.apart])
        vectors = embed(one.rest, number).astype(np.float64)
        for method, scores in _scores(one, pairs, vectors):
            kept.setdefault(method, []).append(
                (auc(truth, scores), average_precision(truth, scores))
            )
        on_split()
    rows = []
    for method, values in kept.items():
        table = np.array(values)
        kind = "baseline" if method in BASELINES else "vectors"
        mean, spread = table.mean(axis=0), table.std(axis=0)
        rows.append(
            LinkScore(
                method, kind, float(mean[0]), float(spread[0]), float(mean[1]), hidden, splits
            )
        )
    return rows


def _scores(one: Split, pairs: Ints, vectors: Floats) -> Iterator[tuple[str, Floats]]:
    rest = one.rest
    a, b, _ = rest.pairs()
    known = np.concatenate([np.stack([a, b], axis=1), one.rest_apart])
    y = (np.arange(len(known)) < len(a)).astype(np.int64)
    for name, joined in OPERATORS.items():
        model = logistic(joined(vectors[known[:, 0]], vectors[known[:, 1]]), y)
        yield name, model.scores(joined(vectors[pairs[:, 0]], vectors[pairs[:, 1]]))[:, 0]
    lengths = np.linalg.norm(vectors, axis=1)
    lengths[lengths == 0] = 1
    units = vectors / lengths[:, None]
    yield "cosine", (units[pairs[:, 0]] * units[pairs[:, 1]]).sum(axis=1)
    yield from zip(BASELINES, baselines(rest, pairs), strict=True)


def baselines(graph: Graph, pairs: Ints) -> tuple[Floats, Floats, Floats]:
    """|N(a) & N(b)|; the sum of 1 / log |N(c)| over those c; |N(a)| |N(b)|, of each pair."""
    degrees = graph.degrees.astype(np.float64)
    worth = 1 / np.log(np.maximum(degrees, 2))
    common, weighed = np.zeros(len(pairs)), np.zeros(len(pairs))
    for place, (a, b) in enumerate(pairs.tolist()):
        shared = np.intersect1d(graph.near(a), graph.near(b), assume_unique=True)
        common[place], weighed[place] = len(shared), worth[shared].sum()
    return common, weighed, degrees[pairs[:, 0]] * degrees[pairs[:, 1]]
