"""Colour maps: a value from 0 to 1 becomes a colour, interpolated between a few control points in sRGB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

MISSING: RGB = (160, 160, 160)  # a value that is no number


@dataclass(frozen=True, slots=True)
class Colormap:
    """Colours for 0 to 1. `points`: control colours at equal distances, from 0 to 1."""

    name: str
    points: tuple[RGB, ...]

    def __call__(self, value: float) -> RGB:
        """The colour of `value`; below 0 and above 1 the end colours, grey for nan."""
        if math.isnan(value):
            return MISSING
        place = min(max(value, 0.0), 1.0) * (len(self.points) - 1)
        left = min(int(place), len(self.points) - 2)
        part = place - left
        low, high = self.points[left], self.points[left + 1]
        red, green, blue = (round(a + part * (b - a)) for a, b in zip(low, high, strict=True))
        return red, green, blue


def rgb(text: str) -> RGB:
    """The colour that "#rrggbb" writes."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def hexadecimal(color: RGB) -> str:
    """A colour as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def readable_on(color: RGB) -> RGB:
    """Black or white, whichever can be read on `color` (the larger contrast ratio of WCAG 2.1)."""
    return (0, 0, 0) if _luminance(color) > 0.179 else (255, 255, 255)


def _luminance(color: RGB) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (
        part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _points(*texts: str) -> tuple[RGB, ...]:
    return tuple(rgb(text) for text in texts)


# the sequential map of matplotlib (van der Walt and Smith 2015), at 0, 1/8 .. 1
VIRIDIS = Colormap(
    "viridis",
    _points(
        "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"
    ),
)  # fmt: skip

# the middle of that: on a dark and on a light background a letter in it can be read (contrast 3:1, WCAG 2.1)
INK = Colormap("ink", (VIRIDIS(0.35), VIRIDIS(0.55)))

# ColorBrewer's RdBu with blue for low (Brewer and Harrower): .5 is white
DIVERGING = Colormap(
    "diverging",
    _points("#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"),
)

# categories: Okabe and Ito 2008, told apart by colour-blind people too
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
