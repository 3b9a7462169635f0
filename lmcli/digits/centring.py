"""A piece of ink as the makers of MNIST would have stored it: 28 x 28 pixels, white on black.

LeCun et al. 1998: scaled, its shape kept, so that it fits into 20 x 20 pixels, and shifted so that its centre of mass
lies in the middle of 28 x 28.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE, BOX = 28, 20
MIDDLE = 14.5  # where the centre of mass of MNIST's pictures lies, from their edge
THINNEST = 1.7  # pixels of 28 that a stroke is made at least, as wide as a pen's in MNIST

Floats = NDArray[np.float32]


def centred(ink: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Ink (height, width), 0 to 1, as pixels (28, 28), and what was done, in words."""
    from PIL import Image, ImageFilter

    height, width = ink.shape
    scale = BOX / max(height, width)
    steps = []
    wide = stroke_width(ink) * scale
    picture = Image.fromarray((ink * 255).round().astype(np.uint8))
    missing = round((THINNEST - wide) / 2 / scale)
    if missing >= 1:
        rim = missing + 1
        larger = Image.new("L", (width + 2 * rim, height + 2 * rim))
        larger.paste(picture, (rim, rim))
        for _ in range(min(missing, 24)):
            larger = larger.filter(ImageFilter.MaxFilter(3))
        picture = larger.crop((1, 1, larger.width - 1, larger.height - 1))
        scale = BOX / max(picture.size)
        steps.append(f"strokes made wider, from {wide:.1f} to {THINNEST} pixels")
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    small = np.asarray(picture.resize((size[0], size[1]), _resampling(scale)), np.float32)
    steps.append(f"scaled to {size[0]} x {size[1]}, its centre of mass put into the middle")
    return in_the_middle(small / max(float(small.max()), 1.0)), tuple(steps)


def _resampling(scale: float) -> int:
    from PIL import Image

    return Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BICUBIC


def stroke_width(ink: Floats) -> float:
    """About how wide the strokes are, in pixels: twice the area over the length of the outline."""
    mask = np.pad(ink > 0.5, 1)
    area = int(mask.sum())
    outline = sum(int((mask != np.roll(mask, 1, axis)).sum()) for axis in (0, 1))
    # steps along a slanted outline count both ways: pi / 4 of them is its mean length
    return 2 * area / max(outline * np.pi / 4, 1.0)


def in_the_middle(small: Floats) -> Floats:
    """Pixels of at most 28 x 28 shifted so that their centre of mass lies in the middle of 28 x 28."""
    height, width = small.shape
    mass = max(float(small.sum()), 1e-6)
    across = float((small.sum(axis=0) * (np.arange(width) + 0.5)).sum()) / mass
    down = float((small.sum(axis=1) * (np.arange(height) + 0.5)).sum()) / mass
    left = min(max(round(MIDDLE - across), 0), SIDE - width)
    top = min(max(round(MIDDLE - down), 0), SIDE - height)
    pixels = np.zeros((SIDE, SIDE), np.float32)
    pixels[top : top + height, left : left + width] = small
    return pixels


def as_it_is(light: Floats) -> Floats | None:
    """A grey picture (28, 28) that is stored as MNIST's are, white on black; None where it is not.

    Dark on light is turned round; one off the middle, or wider than 20 pixels, is not as MNIST's.
    """
    if light.shape != (SIDE, SIDE):
        return None
    rim = np.concatenate(
        [light[:2].ravel(), light[-2:].ravel(), light[:, :2].ravel(), light[:, -2:].ravel()]
    )
    if rim.mean() > 0.5:
        light, rim = 1 - light, 1 - rim
    if (rim > 0.1).mean() > 0.03 or light.max() < 0.5:
        return None
    rows, columns = np.flatnonzero(light.max(axis=1) > 0.1), np.flatnonzero(light.max(axis=0) > 0.1)
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    mass = light.sum()
    down, across = (
        (light.sum(axis=axis) * (np.arange(SIDE) + 0.5)).sum() / mass for axis in (1, 0)
    )
    middle = abs(down - MIDDLE) < 1.6 and abs(across - MIDDLE) < 1.6
    return light if middle and 18 <= longest <= 20 else None
