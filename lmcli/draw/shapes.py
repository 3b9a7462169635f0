"""Shapes and the canvas that collects them: what a drawing is, whatever file it will be.

Lengths are pixels, the origin is the upper left corner, colours are "#rrggbb" or (red, green, blue). What is drawn
later lies above.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Literal, TypeAlias, TypedDict, Unpack

from lmcli.draw.colormap import RGB, hexadecimal

Color: TypeAlias = str | RGB
Anchor: TypeAlias = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]

INK = "#222222"


class Paint(TypedDict, total=False):
    """How an area is painted: no `fill` and no `stroke` unless they are given, the width and opacity 1."""

    fill: Color | None
    stroke: Color | None
    stroke_width: float
    opacity: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled or outlined area; a rectangle is one too."""

    points: tuple[Point, ...]
    fill: str | None
    stroke: str | None
    stroke_width: float
    opacity: float

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of a rectangle along the axes; None for another area."""
        (left, top), *_ = self.points
        right, bottom = self.points[2] if len(self.points) == 4 else (left, top)
        corners = (left, top), (right, top), (right, bottom), (left, bottom)
        return (left, top, right, bottom) if self.points == corners else None


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, round at its ends."""

    points: tuple[Point, ...]
    stroke: str
    width: float
    opacity: float


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc or ring around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str | None
    stroke: str | None
    stroke_width: float
    opacity: float


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. (x, y) is its anchor on the baseline; `angle` turns it clockwise, in degrees."""

    x: float
    y: float
    text: str
    size: float
    anchor: Anchor
    fill: str
    bold: bool
    angle: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file's pixels, stretched over a rectangle with (x, y) as its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    png: bytes


Shape: TypeAlias = Polygon | Line | Circle | Text | Picture


class Canvas:
    """A drawing of `width` x `height` pixels."""

    def __init__(
        self, width: float, height: float, *, title: str = "", background: Color = "#ffffff"
    ) -> None:
        self.width = width
        self.height = height
        self.title = title
        self.background = _hex(background)
        self.shapes: list[Shape] = []

    def rect(self, x: float, y: float, width: float, height: float, **paint: Unpack[Paint]) -> None:
        """A rectangle with (x, y) as its upper left corner."""
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.polygon(corners, **paint)

    def polygon(self, points: Sequence[Point], **paint: Unpack[Paint]) -> None:
        """A closed polygon."""
        self.shapes.append(Polygon(tuple(points), *_painted(paint)))

    def line(
        self, *points: Point, stroke: Color = INK, width: float = 1, opacity: float = 1
    ) -> None:
        """A line through two points or more."""
        self.shapes.append(Line(points, _hex(stroke), width, opacity))

    def circle(self, x: float, y: float, radius: float, **paint: Unpack[Paint]) -> None:
        """A circle around (x, y)."""
        self.shapes.append(Circle(x, y, radius, *_painted(paint)))

    def picture(self, x: float, y: float, width: float, height: float, png: bytes) -> None:
        """The pixels of a PNG file, stretched over a rectangle with (x, y) as its upper left corner."""
        self.shapes.append(Picture(x, y, width, height, png))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: Anchor = "start",
        fill: Color = INK,
        bold: bool = False,
        middle: bool = False,
        angle: float = 0,
    ) -> None:
        """One line of text at (x, y), its baseline there, or with `middle` the middle of its height.

        angle: degrees clockwise around (x, y).
        """
        if middle:  # half the height of a capital below the middle
            x -= 0.35 * size * sin(radians(angle))
            y += 0.35 * size * cos(radians(angle))
        self.shapes.append(Text(x, y, text, size, anchor, _hex(fill), bold, angle))


def text_width(text: str, size: float) -> float:
    """About how wide `text` is drawn, in pixels; errs on the wide side."""
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1
    return 0.9 if letter in "mwMW@%<>=+~" else 0.62


def _hex(color: Color) -> str:
    return color if isinstance(color, str) else hexadecimal(color)


def _painted(paint: Paint) -> tuple[str | None, str | None, float, float]:
    """Fill, stroke, its width, opacity."""
    fill, stroke = (color and _hex(color) for color in (paint.get("fill"), paint.get("stroke")))
    return fill, stroke, paint.get("stroke_width", 1), paint.get("opacity", 1)
