"""Feature maps as small pictures: in the terminal, and as a drawing."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.draw.colormap import VIRIDIS
from lmcli.draw.figure import Figure, text_width
from lmcli.draw.terminal.blocks import Blocks
from lmcli.frame.locale import said

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

CELLS = 14  # terminal columns of a map that is larger
LINES = 2  # of maps, for each panel in the terminal
TILE, GAP, MARGIN, HEAD = 64.0, 10.0, 16.0, 26.0  # pixels
ACROSS = 10  # tiles beside each other in a drawing
_LEVELS = np.array([VIRIDIS(level / 255) for level in range(256)], np.uint8)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture: values (height, width), each scaled by its own smallest and largest, and what it is called."""

    name: str
    values: Floats
    grey: bool = False

    def colors(self) -> NDArray[np.uint8]:
        """The values as colours (height, width, 3)."""
        low, high = float(self.values.min()), float(self.values.max())
        scaled = (self.values - low) / ((high - low) or 1.0)
        levels = (np.clip(scaled, 0, 1) * 255).round().astype(np.uint8)
        return np.repeat(levels[..., None], 3, axis=2) if self.grey else _LEVELS[levels]


@dataclass(frozen=True, slots=True)
class Panel:
    """Tiles under a title."""

    title: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Maps:
    """A rich renderable of panels. all: every tile, not only those of the first lines."""

    panels: Sequence[Panel]
    all: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        plain = console.no_color or console.color_system is None
        for panel in self.panels:
            yield Text(panel.title, style="bold")
            yield from self._lines(panel, options.max_width, plain)

    def _lines(self, panel: Panel, width: int, plain: bool) -> Iterator[RenderableType]:
        from rich.cells import cell_len
        from rich.table import Table
        from rich.text import Text

        widths = [max(_columns(tile), cell_len(tile.name), 4) for tile in panel.tiles]
        wide = max(widths, default=1)
        across = max(1, (width + 1) // (wide + 1))
        count = len(panel.tiles) if self.all else min(len(panel.tiles), LINES * across)
        for start in range(0, count, across):
            grid = Table.grid(padding=(0, 1, 0, 0))
            part = panel.tiles[start : min(start + across, count)]
            for _ in part:
                grid.add_column(width=wide)
            grid.add_row(*(Text(tile.name, style="dim") for tile in part))
            grid.add_row(*(_blocks(tile, plain) for tile in part))
            yield grid
        if count < len(panel.tiles):
            yield Text(said("and %d more") % (len(panel.tiles) - count), style="dim")


def _columns(tile: Tile) -> int:
    return min(CELLS if not tile.grey else 28, int(tile.values.shape[1]))


def _blocks(tile: Tile, plain: bool) -> Blocks:
    """A tile in half blocks; plain: in grey, whose shades stand for values where there are no colours."""
    from PIL import Image

    colors = Tile(tile.name, tile.values, tile.grey or plain).colors()
    columns = _columns(tile)
    lines = max(2, round(colors.shape[0] * columns / colors.shape[1] / 2) * 2)
    if lines != colors.shape[0] or columns != colors.shape[1]:
        if columns == colors.shape[1]:  # an odd height: a line more
            colors = np.vstack([colors, np.zeros_like(colors[: abs(lines - colors.shape[0])])])[
                :lines
            ]
        else:
            small = Image.fromarray(colors).resize((columns, lines), Image.Resampling.BOX)
            colors = np.asarray(small, np.uint8)
    return Blocks(colors)


def maps_figure(panels: Sequence[Panel], title: str, notes: Sequence[str] = ()) -> Figure:
    """The panels below each other, at most ACROSS tiles in a line; `notes` stand at the end."""
    lines = [-(-len(panel.tiles) // ACROSS) for panel in panels]
    most = max((min(len(panel.tiles), ACROSS) for panel in panels), default=1)
    wide = max(
        (text_width(text, 13) for text in (title, *(one.title for one in panels), *notes)),
        default=0,
    )
    width = max(MARGIN * 2 + most * (TILE + GAP), wide + 2 * MARGIN)
    height = (
        44 + sum(HEAD + count * (TILE + GAP + 12) for count in lines) + 18 * len(notes) + MARGIN
    )
    figure = Figure(width, height, title=title)
    figure.text(MARGIN, 28, title, size=15, bold=True)
    y = 44.0
    for panel in panels:
        figure.text(MARGIN, y + 16, panel.title, size=12, bold=True)
        y += HEAD
        for place, tile in enumerate(panel.tiles):
            x = MARGIN + place % ACROSS * (TILE + GAP)
            top = y + place // ACROSS * (TILE + GAP + 12)
            figure.picture(x, top, TILE, TILE, png_of(tile.colors()))
            figure.text(x + TILE / 2, top + TILE + 11, tile.name, size=9, anchor="middle")
        y += -(-len(panel.tiles) // ACROSS) * (TILE + GAP + 12)
    for number, note in enumerate(notes):
        figure.text(MARGIN, y + 14 + 18 * number, note, size=12)
    return figure


def png_of(colors: NDArray[np.uint8]) -> bytes:
    """Pixels as a PNG file; small ones enlarged without smoothing, which every viewer would do in its own way."""
    from PIL import Image

    picture = Image.fromarray(colors)
    times = max(1, 112 // max(picture.size))
    whole = picture.resize(
        (picture.width * times, picture.height * times), Image.Resampling.NEAREST
    )
    buffer = io.BytesIO()
    whole.save(buffer, "png", optimize=True)
    return buffer.getvalue()
