"""Examples to learn from: the logic gates, clouds of points in the plane, and what a csv file holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.mlp.network import Array

POINTS = 200  # of a cloud, all classes together
NOISE = 0.1  # how far they are scattered


@dataclass(frozen=True, slots=True)
class Data:
    """Examples X (n x features), the class of each (a number into `classes`), and the features' names.

    mean and spread: what was taken from each feature and what it was divided by, 0 and 1 where nothing was.
    """

    name: str
    X: Array
    y: NDArray[np.int64]
    classes: tuple[str, ...] = ("0", "1")
    features: tuple[str, ...] = ("x1", "x2")
    mean: Array | float = 0.0
    spread: Array | float = 1.0

    def __len__(self) -> int:
        return len(self.y)

    @property
    def plane(self) -> bool:
        """Whether the examples lie in a plane, so that they can be drawn."""
        return bool(self.X.shape[1] == 2)

    def bounds(self) -> tuple[Array, Array]:
        """The lower and upper edge of each feature, with a margin."""
        low, high = self.X.min(axis=0), self.X.max(axis=0)
        margin = np.where(high > low, 0.25 * (high - low), 1.0)
        return low - margin, high + margin


def _gate(name: str, outputs: tuple[int, int, int, int]) -> Callable[[int], Data]:
    def make(_seed: int) -> Data:
        X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
        return Data(name, X, np.array(outputs))

    return make


def _circles(seed: int) -> Data:
    """A disc's edge within a ring."""
    rng = np.random.default_rng(seed)
    y = np.arange(POINTS) % 2
    angle = rng.uniform(0, 2 * np.pi, POINTS)
    radius = np.where(y == 1, 0.4, 1.0)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Data("circles", X + NOISE * rng.standard_normal(X.shape), y)


def _moons(seed: int) -> Data:
    """Two half circles that reach into each other."""
    rng = np.random.default_rng(seed)
    y = np.arange(POINTS) % 2
    angle = rng.uniform(0, np.pi, POINTS)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    X = np.where(y[:, None] == 0, upper, lower)
    return Data("moons", X + NOISE * rng.standard_normal(X.shape), y)


def _spiral(seed: int) -> Data:
    """Two arms around each other, one and a quarter turns."""
    rng = np.random.default_rng(seed)
    y = np.arange(POINTS) % 2
    along = np.sqrt(rng.uniform(0.01, 1, POINTS))
    angle = along * 2.5 * np.pi + np.pi * y
    X = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Data("spiral", X + NOISE / 3 * rng.standard_normal(X.shape), y)


MAKERS: dict[str, Callable[[int], Data]] = {
    "and": _gate("and", (0, 0, 0, 1)),
    "or": _gate("or", (0, 1, 1, 1)),
    "xor": _gate("xor", (0, 1, 1, 0)),
    "circles": _circles,
    "moons": _moons,
    "spiral": _spiral,
}
GATES = ("and", "or", "xor")


def made(name: str, seed: int = 0) -> Data:
    """The examples of a bundled name; a cloud's points are scattered by the seed."""
    return MAKERS[name](seed)
