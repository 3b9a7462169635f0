"""Pictures of a replay as figures: cells in the colours of their values, arrows, the way behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmcli.draw.colormap import RGB, VIRIDIS, readable_on
from lmcli.draw.figure import Figure, Point
from lmcli.frame.locale import said
from lmcli.maze.grid import ICE, ONE_WAY, START, STEPS
from lmcli.maze.view.picture import GOAL_COLOR, LEARNER_COLOR, TRAIL_COLOR, WALL_COLOR, Picture

MARGIN, HEADER, FOOTER = 12.0, 30.0, 32.0
NARROWEST = 420.0  # a caption needs as much
BACKGROUND: RGB = (250, 250, 252)
LEGEND = 120.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where cells lie: `cell` is a cell's side in pixels, `left` where the picture begins."""

    cell: float
    left: float = 0.0

    def corner(self, row: int, column: int) -> Point:
        """The top left of a cell."""
        return self.left + MARGIN + column * self.cell, HEADER + row * self.cell

    def center(self, row: int, column: int) -> Point:
        """The middle of a cell."""
        x, y = self.corner(row, column)
        return x + self.cell / 2, y + self.cell / 2


def figure(pictures: Sequence[Picture]) -> Figure:
    """The pictures side by side."""
    cells = [_cell_side(picture) for picture in pictures]
    widths = [
        max(NARROWEST, 2 * MARGIN + picture.maze.width * cell)
        for picture, cell in zip(pictures, cells, strict=True)
    ]
    height = max(
        HEADER + FOOTER + picture.maze.height * cell
        for picture, cell in zip(pictures, cells, strict=True)
    )
    title = "; ".join(picture.caption for picture in pictures)
    whole = Figure(sum(widths), height, title=title, background=BACKGROUND)
    left = 0.0
    for picture, cell, width in zip(pictures, cells, widths, strict=True):
        _draw(whole, picture, Layout(cell, left))
        left += width
    return whole


def _cell_side(picture: Picture) -> float:
    """Cells as large as fit a square of 460 pixels, from 6 to 64."""
    return max(6.0, min(64.0, 460 // max(picture.maze.height, picture.maze.width)))


def _draw(whole: Figure, picture: Picture, layout: Layout) -> None:
    maze = picture.maze
    whole.text(layout.left + MARGIN, HEADER / 2, picture.caption, size=13, middle=True)
    side = layout.cell - (0.5 if layout.cell > 10 else 0.0)
    states = range(maze.height * maze.width)
    for state in states:
        x, y = layout.corner(*divmod(state, maze.width))
        whole.rect(x, y, side, side, fill=picture.color(state))
    way = [layout.center(*divmod(state, maze.width)) for state in picture.trail]
    if len(way) > 1:
        whole.line(*way, stroke=TRAIL_COLOR, width=max(2.0, layout.cell * 0.2))
    for state in states:
        _content(whole, picture, layout, state)
    if way:
        radius = max(2.5, layout.cell * 0.2)
        whole.circle(
            *way[-1], radius, fill=LEARNER_COLOR, stroke=GOAL_COLOR, stroke_width=radius * 0.4
        )
    _legend(whole, picture, layout)


def _content(whole: Figure, picture: Picture, layout: Layout, state: int) -> None:
    """What stands in a cell: the goal's letter, or arrow, value and kind."""
    maze, size = picture.maze, layout.cell
    row, column = divmod(state, maze.width)
    fill = picture.color(state)
    if fill == WALL_COLOR:
        return
    (x, y), middle = layout.corner(row, column), layout.center(row, column)
    ink = readable_on(fill)
    if (row, column) == maze.goal:
        whole.text(*middle, "G", size=size * 0.5, anchor="middle", fill=ink, middle=True)
        return
    value, action = picture.values[state], picture.policy[state]
    if action is not None:
        whole.polygon(_arrow(middle, action, size * 0.26), fill=ink)
    if value is not None and size >= 44:
        at = (middle[0], y + size * 0.88)
        whole.text(*at, f"{value:.1f}", size=size * 0.2, anchor="middle", fill=ink, middle=True)
    character = maze.rows[row][column]
    if size >= 14 and (character in (START, ICE) or character in ONE_WAY or character.islower()):
        at = (x + size * 0.16, y + size * 0.17)
        whole.text(*at, character, size=size * 0.26, anchor="middle", fill=ink, middle=True)


def _arrow(middle: Point, action: int, reach: float) -> tuple[Point, ...]:
    """An arrow as a polygon, `reach` from its middle to its tip."""
    down, right = STEPS[action]
    shaft = max(0.14, 0.5 / reach)
    outline = (
        *((-1.0, shaft), (0.1, shaft), (0.1, 0.6), (1.0, 0.0)),
        *((0.1, -0.6), (0.1, -shaft), (-1.0, -shaft)),
    )
    return tuple(
        (
            middle[0] + reach * (right * along - down * across),
            middle[1] + reach * (down * along + right * across),
        )
        for along, across in outline
    )


def _legend(whole: Figure, picture: Picture, layout: Layout) -> None:
    """What the colours mean, under the map."""
    x, y = layout.corner(picture.maze.height, 0)
    y += 8
    low, high = f"{picture.scale.low:.4g}", f"{picture.scale.high:.4g}  {said('best value')}"
    for part in range(24):
        left = x + 46 + LEGEND * part / 24
        whole.rect(left, y, LEGEND / 24 + 0.5, MARGIN, fill=VIRIDIS(part / 23))
    whole.text(x, y + MARGIN / 2, low, size=11, middle=True)
    whole.text(x + 52 + LEGEND, y + MARGIN / 2, high, size=11, middle=True)
