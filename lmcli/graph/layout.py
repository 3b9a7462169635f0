"""Places for nodes in the plane: principal components of their vectors, or forces (Fruchterman and Reingold 1991)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmcli.frame.errors import BadUsage
from lmcli.graph.graph import Floats, Graph

MOST = 2000  # nodes whose forces are computed, each on each


@dataclass(frozen=True, slots=True)
class Placed:
    """A node in the plane, with the number of its community."""

    node: str
    x: float
    y: float
    community: int

    PLAIN = ("node", "x", "y", "community")


def forces(graph: Graph, seed: int = 0, rounds: int = 300) -> Floats:
    """Places (V, 2): neighbours pull each other, all nodes push each other away. Raises BadUsage for too many."""
    if len(graph) > MOST:
        raise BadUsage(
            f"{len(graph):,} nodes are too many for forces (up to {MOST:,})", "take --layout pca"
        )
    rng = np.random.default_rng(seed)
    places = rng.random((len(graph), 2)) - 0.5
    room = 1 / np.sqrt(len(graph))
    a, b, w = graph.pairs()
    pull = np.sqrt(w / w.max())
    for heat in np.linspace(0.1, 0.001, rounds):
        apart = places[:, None] - places[None]
        squares = np.maximum((apart**2).sum(axis=2), 1e-9)
        moves = (apart * (room**2 / squares)[:, :, None]).sum(axis=1)
        along = places[a] - places[b]
        drawn = along * (np.linalg.norm(along, axis=1) / room * pull)[:, None]
        for axis in range(2):
            moves[:, axis] -= np.bincount(a, drawn[:, axis], len(graph))
            moves[:, axis] += np.bincount(b, drawn[:, axis], len(graph))
        moves -= places * room  # what nothing holds stays near
        lengths = np.maximum(np.linalg.norm(moves, axis=1), 1e-9)
        places += moves * (np.minimum(lengths, heat) / lengths)[:, None]
    return np.asarray(places - places.mean(axis=0))


def principal(vectors: Floats) -> Floats:
    """The first two principal components of vectors (V, d)."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    top = axes[:, ::-1][:, :2]
    top = top * np.where(top[np.abs(top).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    return np.asarray(centred @ top)
