"""Attention in the terminal: heatmaps, a grid of heads, bars from one token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from rich.cells import set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from lmcli.attention.reading import Weights
from lmcli.attention.views import (
    ChosenLook,
    ChosenMatrix,
    Look,
    Matrix,
    Picked,
    heading,
    in_words,
    picture,
    strongest,
    title,
    why,
)
from lmcli.draw.bars import bar
from lmcli.draw.colormap import INK, VIRIDIS, hexadecimal, readable_on
from lmcli.draw.heatmap import Heatmap
from lmcli.frame.locale import said, told
from lmcli.nn.tokens.pieces import visible

SHADES = " ░▒▓█"
BAR = 30  # terminal columns of the longest bar
MARGIN = 5  # columns for the layer
THUMBNAIL, LARGEST = 4, 16  # sides of a head's picture, in cells


def rendered(
    rows: Sequence[Any], view: str, columns: tuple[int, int] | None = None
) -> RenderableType:
    """The rows of a view as a renderable; `columns` is the range of tokens shown across a matrix."""
    if isinstance(rows[0], Look):
        return Group(*(_look(row, view) for row in rows))
    if view == "heads":
        texts = groupby(rows, key=lambda row: row.tokens)
        return Group(*(HeadGrid(list(group)) for _, group in texts))
    if view == "tokens":
        return Group(*(_strongest(row) for row in rows))
    if isinstance(rows[0], Picked):
        return Group(*(_picked(row, columns) for row in rows))
    return Group(*(_matrix(row, view, columns) for row in rows))


def _picked(row: Picked, columns: tuple[int, int] | None) -> RenderableType:
    """The words of a chosen head, and below what they look at."""
    values, names = picture(row)
    first, last = columns or (1, len(names))
    part = slice(first - 1, last)
    shown = Heatmap(
        [line[part] for line in values],
        rows=row.words,
        columns=names[part],
        low=0.0,
        high=1.0,
        title=heading(row),
    )
    *links, reason = in_words(row)
    return Group(shown, *(Text(f"  {line}", style="bold") for line in links), Text(reason))


def _matrix(row: Matrix, view: str, columns: tuple[int, int] | None) -> RenderableType:
    names = list(map(visible, row.tokens))
    first, last = columns or (1, len(names))
    part = slice(first - 1, last)
    high = float(row.weights.max()) if row.weights.size else 1.0
    return Heatmap(
        row.weights[:, part].tolist(),
        rows=names,
        columns=names[part],
        low=0.0,
        high=high,
        title=told(f"{title(row.layer, row.head, view)}: a row looks at the columns"),
    )


def _look(row: Look, view: str) -> RenderableType:
    """The text with the weights as its background, then a bar for each token."""
    high = float(row.weights.max()) or 1.0
    words = [
        Text(f" {visible(token)} ", style=_shade(weight / high))
        for token, weight in zip(row.tokens, row.weights.tolist(), strict=True)
    ]
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    grid.add_column(no_wrap=True)
    for token, weight in zip(row.tokens, row.weights.tolist(), strict=True):
        style = hexadecimal(INK(weight / high))
        drawn = Text(bar(weight / high, BAR, least=1), style=style)
        grid.add_row(Text(visible(token)), f"{weight:.3f}", drawn)
    whose = said("from %r: %s") % (row.source, title(row.layer, row.head, view))
    name = Text(whose, style="bold")
    reason = [Text(why(row))] if isinstance(row, ChosenLook) else []
    return Group(name, Flow(words), Text(), grid, *reason)


@dataclass(frozen=True)
class Flow:
    """Texts side by side, as many a line as fit, none broken."""

    parts: Sequence[Text]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for part in self.parts:
            if line and line.cell_len + part.cell_len > options.max_width:
                yield line
                line = Text()
            line.append_text(part).append(" ")
        yield line


def _shade(share: float) -> str:
    color = VIRIDIS(share)
    return f"{hexadecimal(readable_on(color))} on {hexadecimal(color)}"


def _strongest(row: Matrix) -> RenderableType:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column("token", justify="right")
    grid.add_column("looks most at")
    for token, seen in strongest(row):
        line = Text("  ").join(
            Text.assemble((f" {visible(other)} ", _shade(weight)), f" {weight:.2f}")
            for other, weight in seen
        )
        grid.add_row(Text(visible(token)), line)
    reason = [Text(why(row))] if isinstance(row, ChosenMatrix) else []
    return Group(Text(title(row.layer, row.head), style="bold"), grid, *reason)


@dataclass(frozen=True)
class HeadGrid:
    """A small picture of each head, layers downwards and heads across; two cells share a character."""

    rows: Sequence[Matrix]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        layers = [list(group) for _, group in groupby(self.rows, key=lambda row: row.layer)]
        colored = not console.no_color and console.color_system not in (None, "standard", "windows")
        room = options.max_width - MARGIN
        across = len(layers[0]) if len(layers) > 1 else max(1, room // (LARGEST + 1))
        side = max(THUMBNAIL, min(room // across - 1, len(self.rows[0].tokens), LARGEST))
        across = max(1, room // (side + 1))
        scaled = said("attention of each head, each scaled to its own largest weight")
        yield Text(scaled, style="bold")
        for start in range(0, len(layers[0]), across):
            names = [f"{row.head}".ljust(side) for row in layers[0][start : start + across]]
            yield Text(set_cell_size(said("head"), MARGIN) + " ".join(names).rstrip())
            for heads in layers:
                pictures = [_thumbnail(row.weights, side) for row in heads[start : start + across]]
                yield from _lines(f"L{heads[0].layer}", pictures, colored)
            yield Text()


def _thumbnail(weights: Weights, side: int) -> Weights:
    """The weights in at most side x side cells, each the largest of its part, the whole scaled to 1."""
    size = len(weights)
    side = min(side, size)
    edges = np.linspace(0, size, side + 1).astype(int)[:-1]
    small = np.maximum.reduceat(np.maximum.reduceat(weights, edges, axis=0), edges, axis=1)
    scaled: Weights = (small / (small.max() or 1)).astype(np.float32)
    return scaled


def _lines(label: str, pictures: Sequence[Weights], colored: bool) -> Iterator[Text]:
    side = len(pictures[0])
    step = 2 if colored else 1
    for top in range(0, side, step):
        line = Text((label if top == 0 else "").ljust(MARGIN))
        for head in pictures:
            for column in range(side):
                line.append_text(_cell(head, top, column, colored))
            line.append(" ")
        yield line
    if side % step == 0:  # an odd side leaves half a line free anyway
        yield Text()


def _cell(picture: Weights, top: int, column: int, colored: bool) -> Text:
    value = float(picture[top, column])
    if not colored:
        return Text(SHADES[min(int(value * len(SHADES)), len(SHADES) - 1)])
    above = hexadecimal(VIRIDIS(value))
    if top + 1 == len(picture):
        return Text("▀", style=above)
    return Text("▀", style=f"{above} on {hexadecimal(VIRIDIS(float(picture[top + 1, column])))}")
