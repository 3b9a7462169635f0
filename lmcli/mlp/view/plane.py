"""The plane of two features as numbers: probabilities on a grid, and the colours of the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmcli.draw.colormap import PALETTE, rgb
from lmcli.mlp.data import Data
from lmcli.mlp.network import Array, Network

STRONGEST = 0.55  # how much of a class's colour lies where its probability is 1


def grid(network: Network, data: Data, width: int, height: int) -> Array:
    """The probability of each class at the middle of each cell (height x width x classes), the top row first."""
    low, high = data.bounds()
    across = low[0] + (np.arange(width) + 0.5) / width * (high[0] - low[0])
    down = high[1] - (np.arange(height) + 0.5) / height * (high[1] - low[1])
    X = np.stack(np.meshgrid(across, down), axis=2).reshape(-1, 2)
    return network.probabilities(X).reshape(height, width, -1)


def colors(probabilities: Array) -> NDArray[np.uint8]:
    """Red, green and blue of each cell: the colour of the likeliest class, white where all are alike."""
    classes = probabilities.shape[2]
    palette = np.array([rgb(ink(number)) for number in range(classes)], float)
    top = probabilities.max(axis=2, keepdims=True)
    sure = STRONGEST * (top - 1 / classes) / (1 - 1 / classes)
    own = palette[probabilities.argmax(axis=2)]
    return np.asarray(255 + sure * (own - 255)).round().astype(np.uint8)


def ink(number: int) -> str:
    """The colour of a class."""
    return PALETTE[number % len(PALETTE)]
