"""Communities: groups with more edges inside than chance would give, by Louvain's method (Blondel et al. 2008)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmcli.graph.graph import Graph, Ints


@dataclass(frozen=True, slots=True)
class Member:
    """A node and its community, numbered from 1, the largest first."""

    community: int
    node: str
    degree: int

    PLAIN = ("community", "node", "degree")


def modularity(graph: Graph, groups: Ints) -> float:
    """The share of weight within groups, less what chance would give (Newman 2006); -0.5 to 1."""
    a, b, w = graph.sources, graph.neighbours, graph.weights
    total = w.sum()
    inside = w[groups[a] == groups[b]].sum() / total
    out = np.bincount(groups[a], w, groups.max() + 1) / total
    into = np.bincount(groups[b], w, groups.max() + 1) / total
    return float(inside - (out * into).sum())


def louvain(graph: Graph, seed: int = 0, starts: int = 5) -> Ints:
    """The group of each node, 0 for the largest: the best of several starts. Directions do not matter."""
    best: tuple[float, Ints] | None = None
    for start in range(starts):
        groups = _once(graph, np.random.default_rng([seed, start]))
        value = modularity(graph, groups)
        if best is None or value > best[0] + 1e-12:
            best = value, groups
    assert best is not None
    _, numbers, counts = np.unique(best[1], return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return rank[numbers]


def _once(graph: Graph, rng: np.random.Generator) -> Ints:
    """Move nodes while it helps, make each group one node, and again until nothing moves."""
    links: list[dict[int, float]] = [{} for _ in range(len(graph))]
    rows = (graph.sources.tolist(), graph.neighbours.tolist(), graph.weights.tolist())
    for a, b, w in zip(*rows, strict=True):
        links[a][b] = links[a].get(b, 0.0) + w
        if graph.directed:
            links[b][a] = links[b].get(a, 0.0) + w
    groups = np.arange(len(graph))
    loops = [0.0] * len(graph)
    while True:
        moved = _move(links, loops, rng)
        names = {group: number for number, group in enumerate(dict.fromkeys(moved))}
        numbers = np.array([names[group] for group in moved], np.int64)
        groups = numbers[groups]
        if len(names) == len(links):
            return groups
        links, loops = _joined(links, loops, numbers.tolist(), len(names))


def _move(links: list[dict[int, float]], loops: list[float], rng: np.random.Generator) -> list[int]:
    """Put each node into the group around it that gains the most, until none moves."""
    group = list(range(len(links)))
    strength = [sum(near.values()) + loop for near, loop in zip(links, loops, strict=True)]
    total, sums = sum(strength), strength.copy()
    order = rng.permutation(len(links)).tolist()
    for _ in range(100):
        moves = 0
        for node in order:
            own = group[node]
            toward: dict[int, float] = {own: 0.0}
            for other, weight in links[node].items():
                toward[group[other]] = toward.get(group[other], 0.0) + weight
            sums[own] -= strength[node]
            scale = strength[node] / total
            best, gain = own, toward[own] - scale * sums[own]
            for one, weight in toward.items():
                value = weight - scale * sums[one]
                if value > gain + 1e-12:
                    best, gain = one, value
            sums[best] += strength[node]
            group[node] = best
            moves += best != own
        if not moves:
            break
    return group


def _joined(
    links: list[dict[int, float]], loops: list[float], groups: list[int], count: int
) -> tuple[list[dict[int, float]], list[float]]:
    """The graph of the groups: weights between them, and within them as loops (counted from both ends)."""
    fresh: list[dict[int, float]] = [{} for _ in range(count)]
    within = [0.0] * count
    for node, near in enumerate(links):
        own = groups[node]
        within[own] += loops[node]
        for other, weight in near.items():
            to = groups[other]
            if to == own:
                within[own] += weight
            else:
                fresh[own][to] = fresh[own].get(to, 0.0) + weight
    return fresh, within


def members(graph: Graph, groups: Ints) -> list[Member]:
    """The nodes by community, the best connected first."""
    order = sorted(range(len(graph)), key=lambda i: (groups[i], -graph.degrees[i], i))
    return [Member(int(groups[i]) + 1, graph.nodes[i], int(graph.degrees[i])) for i in order]
