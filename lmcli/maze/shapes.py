"""A picture as plain shapes, so that SVG and GIF are drawn alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lmcli.maze.grid import ICE, ONE_WAY, STEPS
from lmcli.maze.picture import (
    GOAL_COLOR,
    LEARNER_COLOR,
    TRAIL_COLOR,
    Color,
    Picture,
    ink,
    viridis,
)

Point = tuple[float, float]
MARGIN, HEADER = 12.0, 30.0
BACKGROUND: Color = (250, 250, 252)
TEXT: Color = (40, 44, 52)


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: Color


@dataclass(frozen=True, slots=True)
class Line:
    """Joined lines."""

    points: tuple[Point, ...]
    stroke: Color
    width: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: Color


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle with a rim."""

    center: Point
    radius: float
    fill: Color
    rim: Color


@dataclass(frozen=True, slots=True)
class Label:
    """Text; `anchor` is start or middle, y the middle of its height."""

    x: float
    y: float
    text: str
    size: float
    fill: Color
    anchor: str = "middle"


Shape = Box | Line | Polygon | Disc | Label


@dataclass(frozen=True, slots=True)
class Layout:
    """Where cells lie. `cell` is a cell's side in pixels; with `left` pictures stand side by side."""

    cell: float
    left: float = 0.0

    @classmethod
    def for_maze(cls, rows: int, columns: int, side: float = 460.0) -> Layout:
        """Cells as large as fit a square of `side`, from 6 to 64 pixels."""
        return cls(max(6.0, min(64.0, side // max(rows, columns))))

    def corner(self, row: int, column: int) -> Point:
        """The top left of a cell."""
        return self.left + MARGIN + column * self.cell, HEADER + row * self.cell

    def center(self, row: int, column: int) -> Point:
        """The middle of a cell."""
        x, y = self.corner(row, column)
        return x + self.cell / 2, y + self.cell / 2

    def size(self, rows: int, columns: int) -> tuple[float, float]:
        """Width and height of a whole picture."""
        width = max(2 * MARGIN + columns * self.cell, 380.0)
        return width, HEADER + rows * self.cell + 2.6 * MARGIN


def shapes(picture: Picture, layout: Layout) -> Iterator[Shape]:
    """The shapes of a picture, back to front."""
    maze = picture.maze
    x, _ = layout.corner(0, 0)
    yield Label(x, HEADER / 2, picture.caption, 13, TEXT, "start")
    states = range(maze.height * maze.width)
    for state in states:
        x, y = layout.corner(*divmod(state, maze.width))
        side = layout.cell - (0.5 if layout.cell > 10 else 0.0)
        yield Box(x, y, side, side, picture.color(state))
    yield from _trail(picture, layout)
    for state in states:
        yield from _content(picture, layout, state)
    yield from _learner(picture, layout)
    yield from _scale(picture, layout)


def _content(picture: Picture, layout: Layout, state: int) -> Iterator[Shape]:
    """What stands in a cell."""
    maze, size = picture.maze, layout.cell
    row, column = divmod(state, maze.width)
    x, y = layout.corner(row, column)
    middle = layout.center(row, column)
    fill = picture.color(state)
    if (row, column) == maze.goal:
        yield Label(*middle, "G", size * 0.5, (255, 255, 255))
        return
    if maze.is_wall((row, column)):
        return
    value, action = picture.values[state], picture.policy[state]
    roomy = size >= 44
    if action is not None:
        yield _arrow(middle, action, size * 0.26, ink(fill))
    if value is not None and roomy:
        yield Label(middle[0], y + size * 0.88, f"{value:.1f}", size * 0.2, ink(fill))
    if size >= 14:
        mark = _mark(maze.rows[row][column])
        if mark:
            yield Label(x + size * 0.16, y + size * 0.17, mark, size * 0.26, ink(fill))


def _mark(character: str) -> str:
    """What a cell's corner shows of its kind."""
    if character == ICE or character in ONE_WAY or character.isalpha():
        return character
    return ""


def _arrow(middle: Point, action: int, reach: float, color: Color) -> Shape:
    down, right = STEPS[action]
    x, y = middle

    def at(along: float, across: float) -> Point:
        return (
            x + reach * (right * along - down * across),
            y + reach * (down * along + right * across),
        )

    shaft = max(0.14, 0.5 / reach)
    half = (at(-1, shaft), at(0.1, shaft), at(0.1, 0.6))
    other = (at(0.1, -0.6), at(0.1, -shaft), at(-1, -shaft))
    return Polygon((*half, at(1, 0), *other), color)


def _trail(picture: Picture, layout: Layout) -> Iterator[Shape]:
    places = [layout.center(*divmod(state, picture.maze.width)) for state in picture.trail]
    if len(places) > 1:
        yield Line(tuple(places), TRAIL_COLOR, max(2.0, layout.cell * 0.2))


def _learner(picture: Picture, layout: Layout) -> Iterator[Shape]:
    if picture.trail:
        place = layout.center(*divmod(picture.trail[-1], picture.maze.width))
        yield Disc(place, max(2.5, layout.cell * 0.2), LEARNER_COLOR, GOAL_COLOR)


def _scale(picture: Picture, layout: Layout) -> Iterator[Shape]:
    """The colours' meaning, under the map."""
    x, y = layout.corner(picture.maze.height, 0)
    y += MARGIN * 0.7
    width = 120.0
    for part in range(24):
        left = x + 46 + width * part / 24
        yield Box(left, y, width / 24 + 0.5, MARGIN, viridis(part / 23))
    middle = y + MARGIN / 2
    yield Label(x, middle, f"{picture.scale.low:.4g}", 11, TEXT, "start")
    yield Label(x + 52 + width, middle, f"{picture.scale.high:.4g}  best value", 11, TEXT, "start")
