"""How two samples agree: Pearson's and Spearman's correlation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Sample = Sequence[float] | NDArray[np.floating]


def pearson(x: Sample, y: Sample) -> float:
    """Pearson's correlation of two samples, -1 to 1; nan where one does not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(_scaled(x), _scaled(y))[0, 1])


def _scaled(values: Sample) -> NDArray[np.float64]:
    """Values brought to -1 to 1 where their squares would leave double precision; the correlation stays."""
    array = np.asarray(values, np.float64)
    largest = float(np.abs(array).max(initial=0))
    return array if largest == 0 or 1e-100 < largest < 1e100 else array / largest


def spearman(x: Sample, y: Sample) -> float:
    """Spearman's rank correlation of two samples, -1 to 1."""
    return pearson(ranks(x), ranks(y))


def ranks(values: Sample) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: NDArray[np.float64] = ((last - counts + 1 + last) / 2)[inverse]
    return shared
