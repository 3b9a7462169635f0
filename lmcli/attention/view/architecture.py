"""Attention's three uses, and its cost: tables for the terminal, pictures for a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log2

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.attention.lesson import Step
from lmcli.attention.lessons.cost import Cost, crossing
from lmcli.attention.lessons.sources import Use
from lmcli.attention.view.lesson import steps
from lmcli.draw.chart import Chart, Series
from lmcli.draw.figure import Figure
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.frame.locale import said, told


def sources(rows: Sequence[Use]) -> RenderableType:
    """Where Q, K and V come from, their shapes and masks; below, the weights, means of the heads."""
    grid = _grid("", *(said(row.use) for row in rows))
    heads = len(rows[0].weights)
    lines = (
        (said("Q from"), [said(row.query) for row in rows]),
        (said("K, V from"), [said(row.key) for row in rows]),
        ("Q", [_shape(row.query_shape) for row in rows]),
        ("K, V", [_shape(row.key_shape) for row in rows]),
        (said("weights"), [f"{heads} x {_shape(row.weights.shape[1:])}" for row in rows]),
        (said("mask"), [said(row.mask) for row in rows]),
    )
    for name, cells in lines:
        grid.add_row(name, *cells)
    looks = [Step(f"weights, {row.use}", f"mean of {heads} heads", row.rows, row.columns, row.weights.mean(0))
             for row in rows]  # fmt: skip
    whose = told(f"Weights: {rows[0].model}.")
    return Group(grid, Text(), steps(looks), Text(whose, style="dim"))


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _grid(*names: str) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        grid.add_column(name, header_style="dim")
    return grid


def sources_figure(rows: Sequence[Use]) -> Figure:
    """The weights of the three uses in one matrix: what source and target words see of each other, means of heads."""
    encoder, decoder, cross = rows
    m, n = len(encoder.rows), len(decoder.rows)
    seen = np.zeros((m + n, m + n))
    seen[:m, :m], seen[m:, :m], seen[m:, m:] = (
        row.weights.mean(0) for row in (encoder, cross, decoder)
    )
    words = (*encoder.rows, *decoder.rows)
    uses = [
        told(f"{row.use}: Q from {row.query}, K and V from {row.key}, mask: {row.mask}")
        for row in rows
    ]
    where = said(
        "upper left: encoder; lower left: cross; lower right: decoder; the encoder never sees the target"
    )
    return heatmap_figure(
        seen.tolist(),
        words,
        words,
        title=said("attention's three uses"),
        low=0.0,
        high=1.0,
        caption=[*uses, where, told(f"means of {len(encoder.weights)} heads; {encoder.model}")],
    )


def cost(rows: Sequence[Cost]) -> RenderableType:
    """A row a length: both ways side by side; below, the exponents and from where on which is slower."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("length", "attention", "memory", "steps", "rnn", "memory", "steps"):
        table.add_column(name, justify="right", header_style="dim")
    for both, rnn in _pairs(rows):
        cells = (cell for r in (both, rnn) for cell in (_time(r.seconds), _size(r.bytes), str(r.steps)))  # fmt: skip
        table.add_row(str(both.length), *cells)
    return Group(table, Text(), *(Text(line) for line in findings(rows)))


def _pairs(rows: Sequence[Cost]) -> list[tuple[Cost, Cost]]:
    """(attention, rnn) of each length."""
    return list(zip(rows[::2], rows[1::2], strict=True))


def findings(rows: Sequence[Cost]) -> list[str]:
    """What the numbers say."""
    lines = []
    for row in _pairs(rows)[-1]:
        if row.seconds_exponent is not None and row.bytes_exponent is not None:
            figures = told(
                f"{row.way}: time ~ n^{row.seconds_exponent:.2f}, memory ~ n^{row.bytes_exponent:.2f}, "
                f"{row.operations / row.seconds / 1e9:.1f} GFLOP/s at length {row.length}"
            )
            lines.append(figures)
    slower = crossing(rows)
    waiting = said(
        "No row of attention waits for another, so that cores can share them; an RNN's steps wait for each other."
    )
    lines.append(waiting)
    if slower is not None and len(rows) > 2:
        lines.append(
            told(f"On this machine its square costs more than the waiting from length {slower} on.")
        )
    return lines


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _size(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def cost_figure(rows: Sequence[Cost]) -> Figure:
    """Milliseconds and megabytes by length, on scales of powers."""
    both, rnn = ([pair[i] for pair in _pairs(rows)] for i in (0, 1))
    measures: tuple[tuple[str, Callable[[Cost], float]], ...] = (
        ("milliseconds", lambda row: row.seconds * 1000),
        ("megabytes", lambda row: row.bytes / 1e6),
    )
    panels = []
    for name, values in measures:
        lines = [
            Series(
                said(way[0].way), [log2(row.length) for row in way], [values(row) for row in way]
            )
            for way in (both, rnn)
        ]
        panels.append(
            Chart(lines, said(name), said("length, as a power of 2"), said(name), log=True)
        )
    drawing = Figure(960, 360, title=said("what attention costs by length"))
    drawing.text(16, 26, drawing.title, size=15, bold=True)
    for place, panel in enumerate(panels):
        panel.draw(drawing, 480 * place, 40, 470, 310)
    return drawing
