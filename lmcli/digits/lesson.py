"""The course's examples, every sum written out: the pooling of [1 3; 2 4], and 5 x 5 pixels under a 3 x 3 kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.convolution import convolve, max_pool

POOLED = np.array([[1, 3], [2, 4]], np.float64)
IMAGE = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    np.float64,
)
KERNEL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float64)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """One number of a result: where it stands, counted from 1, and what it is made of."""

    operation: str
    row: int
    column: int
    sum: str
    value: float


def steps(image: Matrix = IMAGE, kernel: Matrix = KERNEL) -> Iterator[Step]:
    """Pooling of the course's four numbers, then the convolution of an image with a kernel, place by place."""
    numbers = ", ".join(f"{value:g}" for value in POOLED.ravel())
    yield Step("max pooling", 1, 1, f"max({numbers})", float(max_pool(POOLED, 2)[0, 0]))
    result = convolve(image, kernel)
    height, width = kernel.shape
    for row, column in np.ndindex(*result.shape):
        window = image[row : row + height, column : column + width]
        pairs = zip(window.ravel().tolist(), kernel.ravel().tolist(), strict=True)
        terms = " + ".join(f"{pixel:g}·{weight:g}" for pixel, weight in pairs)
        yield Step("convolution", row + 1, column + 1, terms, float(result[row, column]))
