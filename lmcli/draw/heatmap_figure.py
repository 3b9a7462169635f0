"""A matrix of values as coloured cells in a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from lmcli.draw.colormap import VIRIDIS, Colormap, readable_on
from lmcli.draw.figure import Figure, text_width
from lmcli.draw.heatmap import bounds, ends, share
from lmcli.frame.locale import SOURCE, spoken

CELL = 26.0  # pixels, the height of a cell
SIZE = 12  # of the labels' letters
SLOPE = 0.7  # sine and cosine of the angle at which long labels stand
LETTERS = 60  # of a caption's line
LINE = 20.0  # from one line of the caption to the next
LEGEND = 90.0  # room to the right


def heatmap_figure(
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str = "",
    colormap: Colormap = VIRIDIS,
    low: float | None = None,
    high: float | None = None,
    numbers: bool | None = None,
    caption: Sequence[str] = (),
) -> Figure:
    """A heatmap as a drawing: labels left and above (turned where long), a legend to the right.

    low, high: the values at the ends of the colour map, else the smallest and largest. numbers: write
    the value into each cell; None does so up to 12 columns. caption: lines of text below.
    """
    low, high = bounds(values, low, high)
    numbers = len(columns) <= 12 if numbers is None else numbers
    wide = CELL * 1.6 if numbers else CELL
    widths = [text_width(label, SIZE) for label in columns]
    turned = max(widths, default=0) > wide - 4
    left = 20 + max((text_width(label, SIZE) for label in rows), default=0)
    top = (48 if title else 24) + (max(widths, default=0) * SLOPE if turned else 0)
    right = max([LEGEND, *(_overhang(widths, wide) if turned else ())])
    caption = wrapped(caption)
    said = max((text_width(line, SIZE) for line in caption), default=0)
    width = max(left + wide * len(columns) + right, text_width(title, 15) + 32, said + 32)
    below = top + max(CELL * len(rows), 80) + 16
    figure = Figure(width, below + LINE * len(caption) + (8 if caption else 0), title=title)
    figure.text(16, 26, title, size=15, bold=True)
    write_lines(figure, caption, below)
    _column_labels(figure, columns, left, top, wide, turned)
    for line, (label, cells) in enumerate(zip(rows, values, strict=True)):
        y = top + line * CELL
        figure.text(left - 6, y + CELL / 2, label, size=SIZE, anchor="end", middle=True)
        for place, value in enumerate(cells):
            x = left + place * wide
            color = colormap(share(value, low, high))
            figure.rect(x, y, wide, CELL, fill=color)
            if numbers:
                middle = x + wide / 2, y + CELL / 2
                ink = readable_on(color)
                figure.text(*middle, short(value), size=10, anchor="middle", middle=True, fill=ink)
    height = max(min(CELL * len(rows), 200.0), 80.0)
    draw_legend(figure, left + wide * len(columns) + 16, top, height, colormap, low, high)
    return figure


def wrapped(lines: Sequence[str]) -> list[str]:
    """Lines of text, the long ones broken; those of another language by the width of their letters."""
    if spoken() == SOURCE:
        return [part for line in lines for part in textwrap.wrap(line, LETTERS)]
    from lmcli.frame.text.wrapping import wrapped as by_cells

    return [part for line in lines for part in by_cells(line, LETTERS)]


def write_lines(figure: Figure, lines: Sequence[str], top: float) -> None:
    """Write lines of text one below the other from `top` on."""
    for number, line in enumerate(lines):
        figure.text(16, top + LINE * (number + 0.5), line, size=SIZE, middle=True)


def _overhang(widths: Sequence[float], wide: float) -> list[float]:
    """How far each turned label reaches beyond the last column."""
    count = len(widths)
    return [width * SLOPE - (count - i - 0.5) * wide + SIZE for i, width in enumerate(widths)]


def _column_labels(
    figure: Figure, labels: Sequence[str], left: float, top: float, wide: float, turned: bool
) -> None:
    for place, label in enumerate(labels):
        x = left + (place + 0.5) * wide
        if turned:
            figure.text(x, top - 6, label, size=SIZE, angle=-45)
        else:
            figure.text(x, top - 6, label, size=SIZE, anchor="middle")


def draw_legend(
    figure: Figure, x: float, y: float, height: float, colormap: Colormap, low: float, high: float
) -> None:
    """A colour scale of `height` pixels with its upper left corner at (x, y), `high` above `low`."""
    steps = 64
    for step in range(steps):
        color = colormap(1 - (step + 0.5) / steps)
        figure.rect(x, y + step * height / steps, 14, height / steps + 0.5, fill=color)
    low_text, high_text = ends(low, high)
    figure.text(x + 20, y + 9, high_text, size=11)
    figure.text(x + 20, y + height, low_text, size=11)


def short(value: float) -> str:
    """A value in a cell's few letters."""
    return f"{float(value):.2f}" if abs(value) < 100 else f"{float(value):.3g}"
