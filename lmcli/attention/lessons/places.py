"""Places by distance: sines and cosines added to words, and rotary ones, which turn queries and keys.

P[p] P[q] is the sum of cos((p - q) w_i): the same wherever the two stand, since moving both by k is one rotation,
a linear map (`formulas.shift_map`). Added to words and projected, the sum also has products of word and place, which
depend on where they stand; rotary queries and keys (`formulas.rotate`) leave the distance alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmcli.attention.drawn import Drawn
from lmcli.attention.formulas import Array, positions, rotate
from lmcli.attention.lesson import even
from lmcli.frame.errors import BadUsage


@dataclass(frozen=True, slots=True)
class Distance:
    """Products of two places so far apart, as shares of those at distance 0.

    Each is the middle between the smallest and the largest product by where the two stand, spread their difference.
    sinusoidal: P[p] P[p + distance]. added: the score of a word with itself at both places, encodings added, one drawn
    matrix for queries and keys. rotary: the same word and matrix, query and key turned.
    """

    distance: int
    sinusoidal: float
    sinusoidal_spread: float
    added: float
    added_spread: float
    rotary: float
    rotary_spread: float


@dataclass(frozen=True, slots=True)
class Turned:
    """The vector (1, 0, 1, 0, ...) as rotary turns it at a position: cosines and sines of the same frequencies."""

    position: int
    turned: Array


def turned(n: int, d: int) -> list[Turned]:
    """The vector (1, 0, 1, 0, ...) at n positions. Raises BadUsage for an odd width."""
    pairs = np.tile([1.0, 0.0], even(d) // 2)
    return [Turned(p, row) for p, row in enumerate(rotate(np.tile(pairs, (n, 1))))]


def distances(n: int, d: int, seed: int = 0) -> list[Distance]:
    """A row for each distance within n positions. Raises BadUsage for an odd width, or too many positions."""
    if n * max(n, d) > 1 << 22:
        raise BadUsage(f"{n} positions are too many to compare", "take 2000 or fewer")
    P = positions(n, even(d))
    drawn = Drawn(seed, d, halves=False)
    word = drawn.numbers(d)
    project = drawn.linear(d, d)
    added, rotary = project(word + P), rotate(np.tile(project(word), (n, 1)))
    products = [X @ X.T for X in (P, added, rotary)]
    ones = [_middle(np.diagonal(product)) for product in products]
    found = []
    for k in range(n):
        lines = [np.diagonal(product, k) / one for product, one in zip(products, ones, strict=True)]
        numbers = [number for line in lines for number in (_middle(line), float(np.ptp(line)))]
        found.append(Distance(k, *numbers))
    return found


def _middle(line: Array) -> float:
    return float(line.min() + line.max()) / 2
