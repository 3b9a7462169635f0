"""The loss of language models falls as a power of their size (Kaplan et al. 2020): the line fitted, and its doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Student's t, 97.5 %, for 1, 2, ... degrees of freedom
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """loss = factor * size ** -exponent; of 95 such intervals in 100 the exponent lies between low and high.

    residual: the standard deviation of ln loss around the line.
    """

    factor: float
    exponent: float
    low: float
    high: float
    residual: float

    def loss(self, size: float) -> float:
        """What the line says of a size."""
        return float(self.factor * size**-self.exponent)


def fit(sizes: Sequence[float], losses: Sequence[float]) -> PowerLaw:
    """Least squares of ln loss on ln size, with the interval of the slope by Student's t. Three points at least."""
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float))
    free = len(x) - 2
    slope, start = np.polyfit(x, y, 1)
    rest = y - (slope * x + start)
    deviation = math.sqrt(float((rest**2).sum()) / free)
    error = deviation / math.sqrt(float(((x - x.mean()) ** 2).sum()))
    wide = _STUDENT[min(free, len(_STUDENT)) - 1] * error
    return PowerLaw(
        math.exp(float(start)), -float(slope), -float(slope) - wide, -float(slope) + wide, deviation
    )
