"""Finding pictures: exact search for those whose vectors point most as a query's does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.clip.files.index import PictureIndex
from lmcli.frame.numbers import shortest
from lmcli.vectors.ranking import best_rows, shown
from lmcli.vectors.vectorfile import Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that was found. `score` is the cosine of its vector with the query's."""

    image: str
    rank: int
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("image", "score")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, and the cosine of their vectors."""

    a: str
    b: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("a", "b", "score")


def search(index: PictureIndex, queries: Vectors, k: int) -> list[list[Hit]]:
    """The k best pictures for each query's vector (q, d), best first."""
    rows, scores = best_rows(index.vectors, queries, k)
    return [_hits(index, rows[i].tolist(), scores[i]) for i in range(len(queries))]


def search_like(index: PictureIndex, image: str, vector: Vectors, k: int) -> list[Hit]:
    """The k pictures most like one with this vector (d); itself, where it is in the index, is left out."""
    own = os.path.abspath(image)  # noqa: PTH100
    rows, scores = best_rows(index.vectors, vector[None], k + 1)
    others = [i for i, row in enumerate(rows[0].tolist()) if index.paths[row] != own][:k]
    return _hits(index, rows[0][others].tolist(), scores[0][others])


def vector_in(index: PictureIndex, image: str) -> Vectors | None:
    """The vector of a picture (d) that is in the index, else None."""
    path = os.path.abspath(image)  # noqa: PTH100
    return index.vectors[index.paths.index(path)] if path in index.paths else None


def _hits(index: PictureIndex, rows: Sequence[int], scores: Vectors) -> list[Hit]:
    return [
        Hit(shown(index.paths[row]), rank, shortest(score))
        for rank, (row, score) in enumerate(zip(rows, scores, strict=True), 1)
    ]


def pair(a: str, a_vector: Vectors, b: str, b_vector: Vectors) -> Pair:
    """Two pictures by name and vector (d), compared."""
    return Pair(a, b, shortest(np.clip(a_vector @ b_vector, np.float32(-1), np.float32(1))))
