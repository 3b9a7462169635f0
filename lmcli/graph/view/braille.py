"""A graph on a terminal: edges as dots of braille, nodes as marks, names where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmcli.draw.colormap import PALETTE
from lmcli.graph.layout import Placed

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a cell: line, column
LOWEST, HIGHEST = 12, 30


def ink(community: int) -> str:
    """The colour of a community."""
    return PALETTE[(community - 1) % (len(PALETTE) - 1)]


@dataclass(frozen=True)
class Drawn:
    """A rich renderable: places of nodes, and the pairs of them that are joined."""

    places: Sequence[Placed]
    edges: Sequence[tuple[int, int]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        width = max(options.max_width - 1, 20)
        height = min(max(console.size.height - 4, LOWEST), HIGHEST)
        at = scaled(self.places, 2 * width - 3, 4 * height - 3)
        cells = self._edges(at)
        taken: dict[tuple[int, int], tuple[str, str]] = {}
        for place, (x, y) in zip(self.places, at, strict=True):
            taken[x // 2, y // 4] = "●", ink(place.community)
        for place, (x, y) in zip(self.places, at, strict=True):
            _name(taken, place, x // 2 + 1, y // 4, width)
        for row in range(height):
            line = Text(no_wrap=True, overflow="crop")
            for column in range(width):
                letter, style = taken.get((column, row), ("", ""))
                if letter or (column, row) in taken:
                    line.append(letter, style)
                else:
                    line.append(chr(BLANK + cells.get((column, row), 0)), "dim")
            yield line

    def _edges(self, at: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        cells: dict[tuple[int, int], int] = {}
        for a, b in self.edges:
            for x, y in line_between(at[a], at[b]):
                cell = x // 2, y // 4
                cells[cell] = cells.get(cell, 0) | DOTS[y % 4][x % 2]
        return cells


def _name(
    taken: dict[tuple[int, int], tuple[str, str]], place: Placed, x: int, y: int, width: int
) -> None:
    """Write a name to the right of its mark, where nothing stands yet."""
    from rich.cells import cell_len

    name = place.node
    wanted = [(column, y) for column in range(x, x + cell_len(name))]
    if x + cell_len(name) > width or any(cell in taken for cell in wanted):
        return
    for letter in name:
        taken[x, y] = letter, ink(place.community)
        for extra in range(1, cell_len(letter)):
            taken[x + extra, y] = "", ""
        x += cell_len(letter)


def scaled(places: Sequence[Placed], width: float, height: float) -> list[tuple[int, int]]:
    """Places as whole numbers from 0 to width and height, y downwards."""
    xs, ys = [place.x for place in places], [place.y for place in places]
    spans = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    return [
        (round((x - min(xs)) / spans[0] * width), round((max(ys) - y) / spans[1] * height))
        for x, y in zip(xs, ys, strict=True)
    ]


def line_between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        part = step / steps
        yield (
            round(start[0] + part * (end[0] - start[0])),
            round(start[1] + part * (end[1] - start[1])),
        )
