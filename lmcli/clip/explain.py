"""Where a model sees a label: cover a part of the picture, and see how much less of the label is left.

The occlusion map of Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.numbers import shortest
from lmcli.vectors.vectorfile import Vectors

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.model import Clip
    from lmcli.clip.preprocessing import Preprocessing

BATCH = 16  # covered pictures that run together
TINT = 0.55  # how much of the map's colour lies over the picture

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Drop:
    """By how much a score falls where the patch lies around one cell; `row` and `column` count from 0."""

    row: int
    column: int
    drop: float


@dataclass(frozen=True, slots=True)
class Occlusion:
    """The drops (grid, grid), and the score of the whole picture."""

    drops: Vectors
    whole: float

    @property
    def rows(self) -> list[Drop]:
        """A row for each cell, line by line."""
        return [
            Drop(row, column, shortest(np.float32(self.drops[row, column])))
            for row, column in np.ndindex(*self.drops.shape)
        ]

    @property
    def strongest(self) -> Drop:
        """The cell whose covering costs most."""
        row, column = np.unravel_index(int(self.drops.argmax()), self.drops.shape)
        return Drop(int(row), int(column), shortest(self.drops[row, column]))


def occlusion(
    clip: Clip,
    pixels: Pixels,
    labels: Vectors,
    grid: int,
    patch: int,
    advance: Callable[[float], None] = lambda _share: None,
) -> Occlusion:
    """Cover `pixels` (3, H, W) with a grey patch around each of grid x grid cells, `patch` cells wide.

    The score is the cosine with the first of `labels` (n, d); with others beside it, its probability among them.
    """

    def scores(batch: Pixels) -> Vectors:
        vectors = clip.encode_images(batch)
        if len(labels) == 1:
            cosines: Vectors = vectors @ labels[0]
            return cosines
        return clip.probabilities(clip.logits(vectors, labels))[:, 0].astype(np.float32)

    whole = scores(pixels[None])[0]
    covered = _covered(pixels, grid, patch, grey(clip.preprocessing))
    found = []
    while batch := list(islice(covered, BATCH)):
        found.append(scores(np.stack(batch)))
        advance(len(batch) / grid**2)
    drops = (whole - np.concatenate(found)).reshape(grid, grid).astype(np.float32)
    return Occlusion(drops, float(whole))


def _covered(pixels: Pixels, grid: int, patch: int, color: Pixels) -> Iterator[Pixels]:
    """The picture with a patch around each cell in turn; at the edges a part of the patch falls away."""
    _, height, width = pixels.shape
    down, across = (np.linspace(0, size, grid + 1).round().astype(int) for size in (height, width))
    before, after = (patch - 1) // 2, patch // 2 + 1
    for row, column in np.ndindex(grid, grid):
        changed = pixels.copy()
        top, left = down[max(row - before, 0)], across[max(column - before, 0)]
        bottom, right = down[min(row + after, grid)], across[min(column + after, grid)]
        changed[:, top:bottom, left:right] = color[:, None, None]
        yield changed


def grey(preprocessing: Preprocessing) -> Pixels:
    """Middle grey (3) as the model's input has it."""
    mean, std = (np.array(part, np.float32) for part in (preprocessing.mean, preprocessing.std))
    middle: Pixels = (np.float32(127.5 * preprocessing.scale) - mean) / std
    return middle


def tinted(picture: Image.Image, occluded: Occlusion) -> Image.Image:
    """The picture in grey under the map's colours, viridis: yellow where covering costs most."""
    from PIL import Image

    from lmcli.draw.colormap import VIRIDIS

    low, high = bounds(occluded)
    shares = np.clip((occluded.drops - low) / ((high - low) or 1), 0, 1)
    smooth = Image.fromarray(shares.astype(np.float32)).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    table = np.array([VIRIDIS(level / 255) for level in range(256)], np.float32)
    colors = table[(np.clip(np.asarray(smooth), 0, 1) * 255).round().astype(int)]
    shades = np.asarray(picture.convert("L"), np.float32)[..., None]
    return Image.fromarray(((1 - TINT) * shades + TINT * colors).round().astype(np.uint8))


def bounds(occluded: Occlusion) -> tuple[float, float]:
    """The drops at the ends of the colour map: none, and the largest."""
    return 0.0, max(float(occluded.drops.max()), 1e-6)
