"""What each layer of a convolutional network makes of a picture, and one filter beside what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.network import Layer, Network
from lmcli.frame.errors import BadUsage
from lmcli.frame.numbers import shortest

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """One feature map: its layer and channel (from 0), its size, and where it answers most (row and column from 0)."""

    layer: str
    channel: int
    height: int
    width: int
    mean: float
    max: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Filter:
    """A convolution's filter: its kernel (channels, height, width), what it was given, and what it found there."""

    layer: str
    number: int
    kernel: Floats
    given: Floats
    found: Floats

    @property
    def heaviest(self) -> int:
        """The channel whose numbers weigh most."""
        return int(np.abs(self.kernel).sum(axis=(1, 2)).argmax())


def feature_maps(layers: Sequence[Layer]) -> list[FeatureMap]:
    """A row for each channel of each layer."""
    rows = []
    for layer in layers:
        for channel, found in enumerate(layer.maps):
            row, column = np.unravel_index(int(found.argmax()), found.shape)
            mean, most = shortest(found.mean()), shortest(found.max())
            rows.append(
                FeatureMap(
                    layer.name,
                    channel,
                    found.shape[0],
                    found.shape[1],
                    mean,
                    most,
                    int(row),
                    int(column),
                )
            )
    return rows


def strongest(layer: Layer) -> list[int]:
    """The channels of a layer, those that differ most within the picture first."""
    spread = layer.maps.std(axis=(1, 2))
    return [int(place) for place in np.argsort(-spread, kind="stable")]


def filter_of(
    network: Network, layers: Sequence[Layer], pixels: Floats, name: str, number: int
) -> Filter:
    """Filter `number` of the convolution called `name`. Raises BadUsage where there is none."""
    convolutions = [layer for layer in layers if layer.kind == "conv"]
    names = [layer.name for layer in convolutions]
    if name not in names:
        raise BadUsage(f"no convolution is called {name!r}", f"there are {', '.join(names)}")
    place = names.index(name)
    kernels = network.kernels[place]
    if not 0 <= number < len(kernels):
        raise BadUsage(f"{name} has no filter {number}", f"its filters are 0 to {len(kernels) - 1}")
    at = [layer.name for layer in layers].index(name)
    given = layers[at - 1].maps if at else pixels[None]
    return Filter(name, number, kernels[number], given, layers[at].maps[number])
