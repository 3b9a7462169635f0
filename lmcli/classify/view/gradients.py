"""Norms of gradients against time: a line a cell with a sparkline, and a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.classify.recurrent.vanishing import Norm
from lmcli.draw.bars import sparkline
from lmcli.draw.chart import Chart, Series
from lmcli.draw.figure import Figure
from lmcli.frame.locale import said, told

WIDTH = 20  # columns of a sparkline
LOWEST = -10.0  # its lowest column: a norm of 1e-10 and less
WIDE, HIGH, TOP = 460.0, 280.0, 66.0  # pixels of a chart in the figure


def _runs(rows: Sequence[Norm]) -> list[list[Norm]]:
    """The rows of each cell, length and kind of weights."""
    return [list(run) for _, run in groupby(rows, key=lambda r: (r.length, r.weights, r.cell))]


def shown(rows: Sequence[Norm]) -> RenderableType:
    """A table of the first and the last step, lengths apart, and what it teaches."""
    parts: list[RenderableType] = []
    runs = _runs(rows)
    for length in dict.fromkeys(row.length for row in rows):
        parts += [
            Text(told(f"{length} steps: norm of d loss / d h"), "bold"),
            _table(runs, length),
            Text(),
        ]
    lesson = said(
        "Columns: log scale, 1e-10 to 1, from the first step to the last. Back through a step a gradient is "
        "multiplied by W and by slopes below 1: over many steps it vanishes. The lstm's c has a way back that is "
        "multiplied by the forget gate alone (dc), the gru's h one by z: where training opens the gate to nearly 1, "
        "the gradient arrives."
    )
    return Group(*parts, Text(lesson))


def _table(runs: Sequence[list[Norm]], length: int) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    last_step = said("step %d") % length
    for name in (
        "cell",
        "weights",
        "step 1",
        last_step,
        "",
        "dc, step 1",
        "gate",
        said("right", about="answers"),
    ):
        grid.add_column(name, justify="left" if name in ("cell", "weights", "") else "right")
    for run in (run for run in runs if run[0].length == length):
        first, last = run[0], run[-1]
        logs = [math.log10(row.norm) if row.norm > 0 else LOWEST for row in run]
        grid.add_row(
            first.cell,
            said(first.weights),
            f"{first.norm:.1e}",
            f"{last.norm:.1e}",
            sparkline(_sampled(logs), LOWEST, 0.0),
            "" if first.cell_norm is None else f"{first.cell_norm:.1e}",
            "" if first.gate is None else f"{last.gate:.3f}",
            f"{first.accuracy:.0%}",
        )
    return grid


def _sampled(values: Sequence[float]) -> list[float]:
    """At most WIDTH of the values, at equal distances."""
    if len(values) <= WIDTH:
        return list(values)
    return [values[round(i * (len(values) - 1) / (WIDTH - 1))] for i in range(WIDTH)]


def figure(found: Sequence[list[Norm]]) -> Figure:
    """A chart for each length and kind of weights, the cells as lines on a log scale."""
    lengths = list(dict.fromkeys(rows[0].length for rows in found))
    title = said("norm of d loss / d h after each step")
    drawing = Figure(2 * WIDE + 24, TOP + HIGH * len(lengths), title=title)
    drawing.text(16, 26, title, size=15, bold=True)
    for line, length in enumerate(lengths):
        for place, weights in enumerate(("fresh", "trained")):
            series = [
                Series(rows[0].cell, [row.step for row in rows], [row.norm for row in rows])
                for rows in found
                if (rows[0].length, rows[0].weights) == (length, weights)
            ]
            x, y = 8 + place * WIDE, TOP + line * HIGH
            drawing.text(x + 64, y - 4, told(f"{length} steps, {said(weights)}"), size=13)
            chart = Chart(series, across=said("step"), upwards=said("norm"), log=True)
            chart.draw(drawing, x, y, WIDE, HIGH - 24)
    return drawing
