"""Attention as a picture for a file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lmcli.attention.views import (
    ChosenLook,
    Look,
    Matrix,
    Picked,
    heading,
    in_words,
    picture,
    title,
    why,
)
from lmcli.draw.chart import Chart, Series
from lmcli.draw.colormap import DIVERGING, VIRIDIS
from lmcli.draw.figure import Figure, text_width
from lmcli.draw.heatmap_figure import LINE, draw_legend, heatmap_figure, wrapped, write_lines
from lmcli.frame.locale import said, told
from lmcli.nn.tokens.pieces import visible

SIDE = 96.0  # pixels of a head's picture
GAP = 10.0
ROW = 24.0  # height of a token's row of bars
GREY = "#8a8a8a"
BAR = 320.0  # width of the longest bar


def figure(rows: Sequence[Any], view: str) -> Figure:
    """The picture of a view's rows, which are of one text."""
    if isinstance(rows[0], Look):
        return _bars(rows[0], view)
    if view == "heads":
        return _grid(rows)
    row = rows[0]
    if isinstance(row, Picked):
        return _picked(row)
    name = title(row.layer, row.head, view)
    tokens = list(map(visible, row.tokens))
    return heatmap_figure(row.weights.tolist(), tokens, tokens, title=name, low=0.0, numbers=False)


def _picked(row: Picked) -> Figure:
    """The words of a chosen head, and below what they look at."""
    values, names = picture(row)
    return heatmap_figure(
        values,
        row.words,
        names,
        title=heading(row),
        low=0.0,
        high=1.0,
        numbers=False,
        caption=in_words(row),
    )


def _bars(row: Look, view: str) -> Figure:
    """A line from the word to each token, as strong as its weight, and a bar."""
    tokens = list(map(visible, row.tokens))
    left = 32 + max(text_width(token, 14) for token in (*tokens, row.source))
    top = 56.0
    reason = wrapped([why(row)]) if isinstance(row, ChosenLook) else []
    below = top + ROW * len(tokens) + 16
    height = below + LINE * len(reason)
    names = 2 * left + 60
    drawing = Figure(
        names + BAR + 70,
        height,
        title=told(f"what {row.source!r} looks at: {title(row.layer, row.head, view)}"),
    )
    drawing.text(16, 26, drawing.title, size=15, bold=True)
    high = float(row.weights.max()) or 1.0
    middle = top + ROW * len(tokens) / 2
    drawing.text(left - 8, middle, row.source, size=14, anchor="end", bold=True, middle=True)
    for i, (token, weight) in enumerate(zip(tokens, row.weights.tolist(), strict=True)):
        y = top + ROW * (i + 0.5)
        share = weight / high
        color = VIRIDIS(0.9 - 0.8 * share)
        ends = (left, middle), (names - left + 24, y)
        drawing.line(*ends, stroke=color, width=0.5 + 6 * share, opacity=0.15 + 0.85 * share)
        drawing.text(names - left + 30, y, token, size=14, middle=True)
        drawing.rect(names + 8, y - 8, max(BAR * share, 0.5), 16, fill=color)
        drawing.text(names + 14 + BAR * share, y, f"{weight:.3f}", size=11, middle=True)
    write_lines(drawing, reason, below)
    return drawing


def _grid(rows: Sequence[Matrix]) -> Figure:
    """All heads' matrices, layers downwards and heads across."""
    layers = [list(group) for _, group in groupby(rows, key=lambda row: row.layer)]
    left, top = 72.0, 72.0
    across = (SIDE + GAP) * len(layers[0])
    height = top + (SIDE + GAP) * len(layers) + 8
    name = said("attention of each head")
    drawing = Figure(left + across + 80, max(height, top + 160), title=name)
    ways = said("attention of each head: from the left, to the right")
    drawing.text(16, 26, ways, size=15, bold=True)
    for place, row in enumerate(layers[0]):
        x = left + place * (SIDE + GAP) + SIDE / 2
        drawing.text(x, top - 10, said("head %d") % row.head, size=11, anchor="middle")
    for line, heads in enumerate(layers):
        y = top + line * (SIDE + GAP)
        layer = said("layer %d") % heads[0].layer
        drawing.text(left - 10, y + SIDE / 2, layer, size=11, anchor="end")
        for place, row in enumerate(heads):
            _small(drawing, row, left + place * (SIDE + GAP), y)
    draw_legend(drawing, left + across + 8, top, 120, VIRIDIS, 0.0, 1.0)
    return drawing


def _small(drawing: Figure, row: Matrix, x: float, y: float) -> None:
    cell = SIDE / len(row.tokens)
    drawing.rect(x, y, SIDE, SIDE, fill=VIRIDIS(0.0))
    for i, weights in enumerate(row.weights.tolist()):
        for j, weight in enumerate(weights):
            if weight > 0.02:  # darker ones cannot be told from the ground
                drawing.rect(x + j * cell, y + i * cell, cell, cell, fill=VIRIDIS(weight))


def positions_figure(rows: Sequence[Any]) -> Figure:
    """The encodings of positions, the map that shifts them, products by distance, or a vector turned."""
    if hasattr(rows[0], "distance"):
        return _distances(rows)
    if hasattr(rows[0], "turned"):
        return heatmap_figure(
            [row.turned.tolist() for row in rows],
            [str(row.position) for row in rows],
            [str(i) for i in range(len(rows[0].turned))],
            title=said("rotary positions: (1, 0, 1, 0, ...) turned"),
            low=-1.0,
            high=1.0,
            numbers=False,
        )
    if hasattr(rows[0], "shift"):
        names = [str(i) for i in range(len(rows[0].map))]
        heading = told(f"M with P[p + {rows[0].shift}] = P[p] M")
        values = rows[0].map.tolist()
        return heatmap_figure(
            values, names, names, title=heading, colormap=DIVERGING, low=-1, high=1, numbers=False
        )
    return heatmap_figure(
        [row.encoding.tolist() for row in rows],
        [str(row.position) for row in rows],
        [str(i) for i in range(len(rows[0].encoding))],
        title=said("sinusoidal positions"),
        low=-1.0,
        high=1.0,
        numbers=False,
    )


def _distances(rows: Sequence[Any]) -> Figure:
    """Products of places by distance; of added ones the range."""
    far = [row.distance for row in rows]
    halves = [row.added_spread / 2 for row in rows]
    means = [row.added for row in rows]
    around = [[m + sign * h for m, h in zip(means, halves, strict=True)] for sign in (1, -1)]
    lines = (
        Series("P[p] P[p+k]", far, [row.sinusoidal for row in rows]),
        Series(said("rotary"), far, [row.rotary for row in rows]),
        Series(said("added, highest"), far, around[0], GREY),
        Series(said("added, lowest"), far, around[1], GREY),
    )
    title = said("products of places by distance, as shares of those at 0")
    return Chart(lines, title, said("distance k"), said("product")).figure(640, 360)
