"""A random walk, as it is written in the papers: one walker, one step at a time. `walks` does the same, fast.

DeepWalk (Perozzi et al. 2014) goes to any neighbour, by the weights of the edges. node2vec (Grover and Leskovec
2016) also looks at where it came from: a weight is divided by p for the way back, left as it is for a neighbour
of the node before, and divided by q for what lies further away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmcli.frame.errors import NoAnswer
from lmcli.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Step:
    """One candidate of one step. why: back, near or away; weight = bias * edge; probability among the candidates."""

    walk: int
    step: int
    at: str
    before: str
    candidate: str
    why: str
    bias: float
    edge: float
    probability: float
    chosen: bool

    PLAIN = ("walk", "step", "at", "candidate", "why", "bias", "probability", "chosen")


def choices(
    graph: Graph, at: int, before: int | None, p: float, q: float
) -> list[tuple[int, str, float, float]]:
    """(neighbour, why, bias, probability) of each neighbour of `at`, where the walk came from `before`."""
    found = []
    for node, edge in zip(graph.near(at).tolist(), graph.near_weights(at).tolist(), strict=True):
        if before is None:
            why, bias = "first", 1.0
        elif node == before:
            why, bias = "back", 1 / p
        elif graph.has(before, node):
            why, bias = "near", 1.0
        else:
            why, bias = "away", 1 / q
        found.append((node, why, bias, bias * edge))
    total = sum(weight for *_, weight in found)
    return [(node, why, bias, weight / total) for node, why, bias, weight in found]


def walked(
    graph: Graph, start: int, length: int, p: float, q: float, rng: np.random.Generator
) -> Iterator[tuple[int, list[tuple[int, str, float, float]], int]]:
    """Each step of a walk from `start`: (at, its choices, the place of the chosen one); ends where no edge leaves."""
    at, before = start, None
    for _ in range(length - 1):
        candidates = choices(graph, at, before, p, q)
        if not candidates:
            return
        place = int(rng.choice(len(candidates), p=[share for *_, share in candidates]))
        yield at, candidates, place
        before, at = at, candidates[place][0]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk as a sentence: names of nodes with blanks between them."""

    walk: int
    node: str
    length: int
    sentence: str

    KEY = "node"
    PLAIN = ("sentence",)


def walks_of(
    graph: Graph, node: str, count: int, length: int, p: float, q: float, seed: int
) -> Iterator[tuple[Walk, list[Step]]]:
    """`count` walks from a node, each with the candidates of all its steps. Raises UnknownWord, NoAnswer."""
    start = graph.node(node)
    if not graph.degrees[start]:
        raise NoAnswer(f"no edge leaves {node!r}: there is no walk from it")
    rng = np.random.default_rng(seed)
    names = graph.nodes
    for number in range(1, count + 1):
        path, steps, before = [names[start]], [], ""
        for step, (at, candidates, place) in enumerate(walked(graph, start, length, p, q, rng), 1):
            edges = graph.near_weights(at).tolist()
            for i, (other, why, bias, share) in enumerate(candidates):
                row = (number, step, names[at], before, names[other], why, bias, edges[i], share)
                steps.append(Step(*row, i == place))
            before = names[at]
            path.append(names[candidates[place][0]])
        yield Walk(number, node, len(path), " ".join(path)), steps
