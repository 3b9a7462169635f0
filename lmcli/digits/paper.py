"""From a picture to its ink: how much of each pixel is written on, whatever the paper, the pen and the light.

1. the paper: light or dark, by which of the narrow things in the picture keep off its edge;
2. its light: what is left when all that is narrower than a third of the picture is painted over (a morphological
   closing, or opening on dark paper), so that a shadow counts as paper;
3. the ink: how far a pixel is from the paper around it, in any of its three colours;
4. its limits: Otsu's threshold (1979) parts ink from paper, and a ramp around it keeps the soft edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import NoAnswer

if TYPE_CHECKING:
    from PIL import Image

LONGEST = 640  # pixels of a picture's longer side that are looked at
SMALL = 64  # pixels of a shorter side up to which nothing is smoothed
WINDOW = 0.34  # of the shorter side: what is narrower than this can be ink
FAINTEST = 0.1  # difference from the paper below which nothing is ink
UNSURE = 0.03  # difference of what two kinds of things do at the edge, below which it says nothing
ROUGH, COVERED = (
    0.1,
    0.2,
)  # how far paper varies (full ink is 1), and what share ink covers, in no picture of writing
EVEN = 0.12  # how much paper may vary before its light is evened out

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of a picture (height, width), 0 none to 1 full; what was done to find it, in words.

    sure: whether it is clear which of dark and light is the paper. plain: whether what is left is plain paper.
    """

    values: Floats
    steps: tuple[str, ...]
    sure: bool = True
    plain: bool = True


def ink_of(picture: Image.Image, *, otherwise: bool = False) -> Ink:
    """The ink of an RGB picture of any size; otherwise: of the other kind than it seems to be, dark or light.

    Raises NoAnswer where nothing is written on it.
    """
    from PIL import Image

    steps = [f"{picture.width} x {picture.height} pixels"]
    scale = LONGEST / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.BOX)
        steps.append(f"made smaller, to {size[0]} x {size[1]}")
    pixels = np.asarray(picture, np.float32) / np.float32(255)
    light = pixels.mean(axis=2)
    seems_dark, sure = _dark_paper(light)
    dark_paper = seems_dark != otherwise
    steps.append("light ink on dark paper" if dark_paper else "dark ink on light paper")
    if dark_paper:
        pixels = 1 - pixels
    paper = _paper(pixels)
    span = float(np.ptp(paper[..., 1]))
    if span > EVEN:
        steps.append(f"its light evened out: the paper varies by {span:.0%}")
    # light falls on ink as on paper, so that their ratio says more than their difference
    difference = (1 - pixels / np.maximum(paper, 0.04)).max(axis=2)
    if dark_paper and span <= EVEN:
        difference = (paper - pixels).max(axis=2)
    ink, plain = _ramp(np.clip(difference, 0, 1), steps)
    return Ink(ink, tuple(steps), sure, plain)


def _dark_paper(light: Floats) -> tuple[bool, bool]:
    """Whether the ink is lighter than the paper, and whether that is sure.

    Light ink is where light things that are narrow keep off the picture's edge.

    What a closing paints over are the narrow dark things, what an opening does the narrow light ones. Of these two the
    ink is the one that hardly reaches the edge, also where a shadow makes most of the paper dark; where both do, as of
    a digit that fills its picture, the edge is of paper mostly.
    """
    dark, bright = (_at_edge(values) for values in (_closed(light) - light, light - _opened(light)))
    at_edge = float((_edge(light) < otsu(light)).mean())
    found = bright < dark if abs(dark - bright) > UNSURE else at_edge > 0.5
    return found, found == (at_edge > 0.5) and not 0.02 < at_edge < 0.98


def _at_edge(values: Floats) -> float:
    """The mean of values at the edge, as a share of the highest of the picture."""
    return float(_edge(values).mean()) / max(float(np.quantile(values, 0.99)), FAINTEST / 2)


def _edge(values: Floats) -> Floats:
    wide = max(1, round(0.03 * min(values.shape)))
    sides = (values[:wide], values[-wide:], values[:, :wide], values[:, -wide:])
    return np.concatenate([side.ravel() for side in sides])


def _paper(pixels: Floats) -> Floats:
    """What light paper looks like where nothing is written, for each pixel and colour."""
    return np.stack([_closed(pixels[..., color]) for color in range(3)], axis=2)


def _closed(values: Floats) -> Floats:
    """A closing: dark things narrower than the window are painted over with what is around them."""
    return _window(_window(values, largest=True), largest=False)


def _opened(values: Floats) -> Floats:
    return _window(_window(values, largest=False), largest=True)


def _window(values: Floats, *, largest: bool) -> Floats:
    """The largest, or smallest, value in a square window around each pixel."""
    side = max(3, round(WINDOW * min(values.shape)) // 2 * 2 + 1)
    pick = np.maximum if largest else np.minimum
    for axis in (0, 1):
        values = _along(values, side, axis, pick)
    return values


def _along(values: Floats, side: int, axis: int, pick: np.ufunc) -> Floats:
    """The extreme of `side` values around each along an axis, by doubling (log2 passes)."""
    half = side // 2
    width = [(0, 0), (0, 0)]
    width[axis] = (half, half)
    padded = np.moveaxis(np.pad(values, width, mode="edge"), axis, 0)
    reach = 1
    while reach * 2 <= side:
        padded = pick(padded[:-reach], padded[reach:])
        reach *= 2
    rest = side - reach
    found = pick(padded[: len(padded) - rest], padded[rest:]) if rest else padded
    return np.moveaxis(found, 0, axis)


def otsu(values: Floats) -> float:
    """The threshold that parts values from 0 to 1 into two kinds with the least variance inside each (Otsu 1979)."""
    counts = np.histogram(values, 256, (0, 1))[0].astype(np.float64)
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * (np.arange(256) + 0.5) / 256).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = np.nan_to_num(between)
    return float((np.flatnonzero(best >= best.max() * (1 - 1e-9)).mean() + 1) / 256)


def _ramp(difference: Floats, steps: list[str]) -> tuple[Floats, bool]:
    """Differences from the paper as ink: none where it is as paper, full where it is as the pen's stroke.

    Also whether the paper is plain: a photograph of things has many shades between, and things nearly everywhere.
    """
    threshold = max(otsu(difference), FAINTEST / 2)
    covered = difference > threshold
    written = difference[covered]
    full = float(np.median(written)) if written.size else 0.0
    if full < FAINTEST:
        raise NoAnswer("nothing is written on this picture", "is it blank, or its ink too faint?")
    if full < 0.5:
        steps.append(f"its faint ink strengthened, from {full:.0%}")
    small = min(difference.shape) <= SMALL
    low, high = (0.05, 0.95) if small else (0.35, 0.75)
    ink: Floats = np.clip((difference / full - low) / (high - low), 0, 1).astype(np.float32)
    rough = float(difference[~covered].std()) > ROUGH * full and float(covered.mean()) > COVERED
    return ink, not rough
