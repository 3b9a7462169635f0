"""Exact search: the rows of a matrix that are nearest to queries, and paths as hits show them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput

BLOCK = 16_384  # rows scored at a time

Vectors = NDArray[np.float32]


def best_rows(vectors: Vectors, queries: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
    """The rows (q, k) of the largest dot products and those (q, k), largest first.

    A zero row has no cosine: it comes after all others, with -inf for its product. The matrix (n, d) is passed
    over once, block by block, so that it may be larger than memory. Raises BadInput where it holds numbers that
    no model made.
    """
    rows = np.zeros((len(queries), 0), np.int64)
    scores = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        with np.errstate(over="ignore", invalid="ignore"):
            found = queries @ block.T
        if not np.isfinite(found).all():
            raise BadInput(
                "the vectors of the index are damaged", "remove the index, and index anew"
            )
        silent = np.flatnonzero(~found.any(axis=0))  # the product with a zero row is 0
        found[:, silent[~block[silent].any(axis=1)]] = -np.inf
        keep = min(k, found.shape[1])
        top = np.argpartition(-found, keep - 1, axis=1)[:, :keep]
        scores = np.hstack([scores, np.take_along_axis(found, top, axis=1)])
        rows = np.hstack([rows, top + start])
        order = np.lexsort((rows, -scores), axis=1)[:, :k]
        scores = np.take_along_axis(scores, order, axis=1)
        rows = np.take_along_axis(rows, order, axis=1)
    return rows, scores


def shown(path: str) -> str:
    """A path as a person here would write it: relative to this folder where it lies below."""
    folder = os.fspath(Path.cwd())
    return os.path.relpath(path, folder) if path.startswith(folder + os.sep) else path
