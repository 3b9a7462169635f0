"""Principal component analysis (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Components:
    """scores (n, k): the rows' coordinates; axes (k, d): unit vectors; shares (k,) of the variance."""

    scores: np.ndarray
    axes: np.ndarray
    shares: np.ndarray


def principal_components(matrix: np.ndarray, count: int) -> Components:
    """The first `count` components of the rows of `matrix` (n, d).

    By the singular value decomposition of the centred rows. The sign of a component is free: the
    largest of its weights is made positive. Components that do not exist are zero.
    """
    left, sizes, axes = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
    sizes[sizes < 1e-12 * sizes[0]] = 0  # rounding, where the points lie on a line
    strongest = np.abs(axes).argmax(axis=1)
    signs = np.where(axes[np.arange(len(axes)), strongest] < 0, -1.0, 1.0)
    kept = min(count, len(sizes))
    found = Components(
        np.zeros((len(matrix), count)), np.zeros((count, matrix.shape[1])), np.zeros(count)
    )
    found.scores[:, :kept] = left[:, :kept] * (sizes * signs)[:kept] + 0.0  # not -0.0
    found.axes[:kept] = axes[:kept] * signs[:kept, None]
    total = float((sizes**2).sum())
    if total > 0:
        found.shares[:kept] = sizes[:kept] ** 2 / total
    return found
