"""Words in the plane of the first two principal components of their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lmcli.frame.errors import BadUsage
from lmcli.words.principal import principal_components

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import WordVectors


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

    A word given twice counts once. Raises UnknownWord, BadUsage for fewer than two words.
    """
    distinct = list(dict.fromkeys(words))
    if len(distinct) < 2:
        raise BadUsage("a plot takes two words or more", "as in: king queen man woman")
    matrix = vectors.vectors([vectors.row(word) for word in distinct]).astype(np.float64)
    found = principal_components(matrix, 2)
    points = (Point(word, *row) for word, row in zip(distinct, found.scores.tolist(), strict=True))
    return Projection(tuple(points), (float(found.shares[0]), float(found.shares[1])))


def known_words(vectors: WordVectors, text: str) -> list[str]:
    """The words of `text`. Raises UnknownWord for the first without a vector, NoAnswer for a zero one."""
    words = text.split()
    for word in words:
        vectors.directed(word)
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
