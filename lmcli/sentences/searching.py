"""Exact search by meaning: all paragraphs ranked by the cosine of their vectors with the query's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.core.encoder import Vectors
from lmcli.core.errors import LmcliError
from lmcli.core.vectors import shortest
from lmcli.sentences.index import Collection
from lmcli.sentences.methods import Embedder, known

BLOCK = 16_384  # rows scored at a time


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph that answers a query: where it starts, its text, the cosine."""

    path: str
    line: int
    text: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("path", "line", "score", "text")


def search(
    collection: Collection, embedder: Embedder, queries: Sequence[str], k: int, context: int = 0
) -> list[list[Hit] | LmcliError]:
    """The k best paragraphs for each query, best first, or the error of one without a known word.

    With `context` a hit's text has that many paragraphs of its file before and after it, too.
    """
    if not queries:
        return []
    vectors = embedder.encode(queries)
    rows, scores = best_rows(collection.vectors, vectors, k)
    answers: list[list[Hit] | LmcliError] = []
    for i, query in enumerate(queries):
        fault = known(embedder, query, vectors[i])
        pairs = zip(rows[i].tolist(), scores[i], strict=True)
        answers.append(fault or [_hit(collection, row, score, context) for row, score in pairs])
    return answers


def best_rows(
    vectors: Vectors, queries: Vectors, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The rows (q, k) of the largest dot products and those (q, k), largest first.

    The matrix (n, d) is passed over once, block by block, so that it may be larger than memory.
    """
    rows = np.zeros((len(queries), 0), np.int64)
    scores = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(vectors), BLOCK):
        found = queries @ vectors[start : start + BLOCK].T
        keep = min(k, found.shape[1])
        top = np.argpartition(-found, keep - 1, axis=1)[:, :keep]
        scores = np.hstack([scores, np.take_along_axis(found, top, axis=1)])
        rows = np.hstack([rows, top + start])
        order = np.lexsort((rows, -scores), axis=1)[:, :k]
        scores = np.take_along_axis(scores, order, axis=1)
        rows = np.take_along_axis(rows, order, axis=1)
    return rows, scores


def _hit(collection: Collection, row: int, score: np.float32, context: int) -> Hit:
    hit = collection.paragraph(row)
    around = range(max(0, row - context), min(len(collection), row + context + 1))
    near = [hit if other == row else collection.paragraph(other) for other in around]
    text = "\n\n".join(paragraph.text for paragraph in near if paragraph.path == hit.path)
    return Hit(shown(hit.path), hit.line, text, shortest(score))


def shown(path: str) -> str:
    """A path as a person here would write it: relative to this folder where it lies below."""
    folder = os.fspath(Path.cwd())
    return os.path.relpath(path, folder) if path.startswith(folder + os.sep) else path


def prompt(query: str, hits: Sequence[Hit]) -> str:
    """The passages and the question as a prompt for a language model (Lewis et al. 2020)."""
    passages = [f"[{i}] {hit.path}:{hit.line}\n{hit.text}" for i, hit in enumerate(hits, 1)]
    return "\n\n".join(
        [
            "Answer the question from these passages. Name the numbers of those you used.",
            *passages,
            f"Question: {query}\nAnswer:",
        ]
    )
