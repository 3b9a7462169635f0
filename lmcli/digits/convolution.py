"""Convolution, ReLU, pooling and the dense layer in numpy, written to be read; tests hold each to torch's.

    convolve(np.array([[...]]), kernel)          # the 5 x 5 by 3 x 3 of the course
    max_pool(np.array([[1, 3], [2, 4]]), 2)      # [[4]]

Networks call convolution what mathematics calls cross-correlation: the kernel is not turned round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def convolve(image: Floats, kernel: Floats, bias: float = 0.0, padding: int = 0) -> Floats:
    """An image (H, W) under a kernel (h, w) in every place: (H + 2p - h + 1, W + 2p - w + 1).

    In each place the pixels under the kernel are multiplied with its numbers and added up. Raises ValueError where the
    kernel is larger than the image.
    """
    if padding:
        image = np.pad(image, padding)
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    if rows < 1 or columns < 1:
        raise ValueError(f"a kernel of {kernel.shape} does not fit into an image of {image.shape}")
    result = np.empty((rows, columns), np.result_type(image, kernel, np.float32))
    for row in range(rows):
        for column in range(columns):
            window = image[row : row + height, column : column + width]
            result[row, column] = (window * kernel).sum() + bias
    return result


def conv_layer(maps: Floats, kernels: Floats, biases: Floats, padding: int = 0) -> Floats:
    """Maps (c, H, W) under kernels (n, c, h, w): one new map a kernel, the sum over all c channels.

    The same as `convolve`, channel by channel, with all places at once: windows (c, H', W', h, w) times each kernel.
    """
    if padding:
        maps = np.pad(maps, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(maps, kernels.shape[2:], axis=(1, 2))
    sums = np.tensordot(kernels, windows, axes=([1, 2, 3], [0, 3, 4]))
    return np.asarray(sums + biases[:, None, None])


def relu(values: Floats) -> Floats:
    """What is negative becomes 0."""
    return np.maximum(values, 0)


def max_pool(maps: Floats, size: int) -> Floats:
    """The largest value in each square of `size` (..., H, W): (..., H // size, W // size); a rest is left out."""
    *front, height, width = maps.shape
    rows, columns = height // size, width // size
    cut = maps[..., : rows * size, : columns * size]
    squares = cut.reshape(*front, rows, size, columns, size)
    return np.asarray(squares.max(axis=(-3, -1)))


def dense(values: Floats, weights: Floats, biases: Floats) -> Floats:
    """Every output is a sum over all inputs: values (n), weights (m, n), biases (m) to (m)."""
    return np.asarray(weights @ values + biases)
