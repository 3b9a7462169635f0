"""Words in the plane: principal component analysis of their vectors (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lmcli.core.errors import BadUsage

if TYPE_CHECKING:
    from lmcli.core.vectors import WordVectors


@dataclass(frozen=True, slots=True)
class Point:
    """A word's place on the first two principal components, in the units of the vectors."""

    word: str
    x: float
    y: float

    PLAIN: ClassVar[tuple[str, ...]] = ("word", "x", "y")


@dataclass(frozen=True, slots=True)
class Projection:
    """Points, one a word. `explained`: the shares of the variance that lie on x and on y."""

    points: tuple[Point, ...]
    explained: tuple[float, float]

    def place(self, word: str) -> Point:
        """The point of a word that was projected."""
        return next(point for point in self.points if point.word == word)


def project(vectors: WordVectors, words: Sequence[str]) -> Projection:
    """Project the vectors of `words`, as they are, onto their first two principal components.

    A word given twice counts once. The sign of a component is free: the largest of its weights is made
    positive. Raises UnknownWord, BadUsage for fewer than two words.
    """
    distinct = list(dict.fromkeys(words))
    if len(distinct) < 2:
        raise BadUsage("a plot takes two words or more", "as in: king queen man woman")
    matrix = vectors.vectors([vectors.row(word) for word in distinct]).astype(np.float64)
    scores, shares = principal_components(matrix, 2)
    points = (Point(word, *row) for word, row in zip(distinct, scores.tolist(), strict=True))
    return Projection(tuple(points), (float(shares[0]), float(shares[1])))


def principal_components(matrix: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(scores, shares) of the rows of `matrix` (n, d): coordinates (n, count), shares of the variance.

    By the singular value decomposition of the centred rows. Components that do not exist are zero.
    """
    centred = matrix - matrix.mean(axis=0)
    left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    sizes[sizes < 1e-12 * sizes[0]] = 0  # rounding, where the points lie on a line
    strongest = np.abs(axes).argmax(axis=1)
    signs = np.where(axes[np.arange(len(axes)), strongest] < 0, -1.0, 1.0)
    scores = np.zeros((len(matrix), count))
    shares = np.zeros(count)
    kept = min(count, len(sizes))
    scores[:, :kept] = left[:, :kept] * (sizes * signs)[:kept]
    total = float((sizes**2).sum())
    if total > 0:
        shares[:kept] = sizes[:kept] ** 2 / total
    return scores, shares


def known_words(vectors: WordVectors, text: str) -> list[str]:
    """The words of `text`. Raises UnknownWord for the first that has no vector."""
    words = text.split()
    for word in words:
        vectors.row(word)
    return words


def read_pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Read pairs written a:b,c:d. Raises BadUsage for anything else."""
    pairs = []
    for part in ",".join(texts).split(","):
        a, colon, b = (piece.strip() for piece in part.partition(":"))
        if not (a and colon and b) or ":" in b:
            raise BadUsage(f"{part!r} is not a pair", "write pairs as king:queen,man:woman")
        pairs.append((a, b))
    return pairs
