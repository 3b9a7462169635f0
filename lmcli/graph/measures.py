"""A graph in numbers: degrees, components, clustering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmcli.graph.graph import Floats, Graph, Ints, built, components

WIDE = 1 << 21  # pairs of neighbours looked at together


@dataclass(frozen=True, slots=True)
class Measures:
    """clustering: the mean share of a node's pairs of neighbours that are joined (Watts and Strogatz 1998);
    transitivity: that share over all pairs of the graph. Both take the graph as undirected.
    """

    name: str
    directed: bool
    weighted: bool
    nodes: int
    edges: int
    density: float
    least_degree: int
    mean_degree: float
    greatest_degree: int
    hubs: list[str]
    components: int
    largest_component: int
    triangles: int
    clustering: float
    transitivity: float


def measured(graph: Graph) -> Measures:
    """All measures of a graph."""
    parts = np.bincount(components(graph))
    plain = undirected(graph)
    degrees, triangles = plain.degrees.astype(np.float64), corners(plain)
    possible = degrees * (degrees - 1) / 2
    local = triangles / np.where(possible > 0, possible, 1)
    places = len(graph) * (len(graph) - 1)
    own = graph.degrees + (np.bincount(graph.neighbours, minlength=len(graph)) * graph.directed)
    hubs = np.argsort(-own, kind="stable")[:5]
    return Measures(
        name=graph.name,
        directed=graph.directed,
        weighted=graph.weighted,
        nodes=len(graph),
        edges=graph.edges,
        density=len(graph.neighbours) / places,
        least_degree=int(own.min()),
        mean_degree=float(own.mean()),
        greatest_degree=int(own.max()),
        hubs=[graph.nodes[i] for i in hubs],
        components=len(parts),
        largest_component=int(parts.max()),
        triangles=round(float(triangles.sum()) / 3),
        clustering=float(local.mean()),
        transitivity=float(triangles.sum() / possible.sum()) if possible.sum() else 0.0,
    )


def undirected(graph: Graph) -> Graph:
    """The graph without its directions."""
    if not graph.directed:
        return graph
    a, b = graph.sources, graph.neighbours
    keys = np.unique(np.minimum(a, b) * len(graph) + np.maximum(a, b))
    ones = np.ones(len(keys))
    return built(graph.name, graph.nodes, keys // len(graph), keys % len(graph), ones)


def corners(graph: Graph) -> Floats:
    """How many triangles each node is a corner of: every edge points to its end of higher degree, and the pairs that
    leave a node are looked up (Schank and Wagner 2005).
    """
    size, rank = len(graph), np.empty(len(graph), np.int64)
    rank[np.argsort(graph.degrees, kind="stable")] = np.arange(size)
    a, b, _ = graph.pairs()
    low, high = np.minimum(rank[a], rank[b]), np.maximum(rank[a], rank[b])
    keys = np.sort(low * size + high)
    low, high = keys // size, keys % size
    starts = np.searchsorted(low, np.arange(size + 1))
    left = (
        starts[low + 1] - np.arange(len(low)) - 1
    )  # partners of each edge: those after it at the same node
    counts = np.zeros(size)
    ends = np.cumsum(left)
    cuts = np.flatnonzero(np.diff(ends // WIDE)) + 1
    for part in np.split(np.arange(len(low)), cuts):
        _count(counts, part, left, low, high, keys, size)
    return counts[rank]


def _count(
    counts: Floats, part: Ints, left: Ints, low: Ints, high: Ints, keys: Ints, size: int
) -> None:
    first = np.repeat(part, left[part])
    if not len(first):
        return
    begins = np.cumsum(left[part]) - left[part]
    second = first + 1 + np.arange(len(first)) - np.repeat(begins, left[part])
    wanted = high[first] * size + high[second]
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    closed = keys[places] == wanted
    for corner in (low[first], high[first], high[second]):
        counts += np.bincount(corner[closed], minlength=size)
