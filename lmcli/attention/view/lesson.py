"""The steps of attention as small tables, positions as heatmaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.attention.lesson import Position, Shift, Step
from lmcli.draw.colormap import DIVERGING, VIRIDIS, hexadecimal, readable_on
from lmcli.draw.heatmap import Heatmap


def steps(rows: Sequence[Step]) -> RenderableType:
    """Each step as a table under its name and formula; weights have their colours."""
    return Group(*(part for row in rows for part in (_heading(row), _numbers(row), Text())))


def _heading(row: Step) -> Text:
    return Text.assemble((row.step, "bold"), "  ", (row.formula, "dim"))


def _numbers(row: Step) -> Table:
    weights = row.step.startswith("weights")
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("")
    for name in row.columns:
        grid.add_column(name, justify="right", header_style="dim", min_width=6)
    names = row.rows if len(row.rows) == len(row.values) else ("",) * len(row.values)
    for name, values in zip(names, row.values.tolist(), strict=True):
        grid.add_row(Text(name), *(_cell(value, weights) for value in values))
    return grid


def _cell(value: float, weight: bool) -> Text:
    text = "-inf" if value == -np.inf else f"{value:.2f}".replace("-0.00", "0.00")
    if not weight:
        return Text(text)
    color = VIRIDIS(value)
    return Text(f" {text}", style=f"{hexadecimal(readable_on(color))} on {hexadecimal(color)}")


def encodings(rows: Sequence[Position]) -> RenderableType:
    """The encodings, a row a position."""
    return Heatmap(
        [row.encoding.tolist() for row in rows],
        rows=[str(row.position) for row in rows],
        columns=[str(i) for i in range(len(rows[0].encoding))],
        low=-1.0,
        high=1.0,
        title="sinusoidal positions: a row a position, a column a feature",
    )


def shift(rows: Sequence[Any]) -> RenderableType:
    """The map that shifts positions, and how exactly it does."""
    row: Shift = rows[0]
    names = [str(i) for i in range(len(row.map))]
    picture = Heatmap(
        row.map.tolist(),
        rows=names,
        columns=names,
        colormap=DIVERGING,
        low=-1.0,
        high=1.0,
        title=f"M with P[p + {row.shift}] = P[p] M: each pair of features is turned by {row.shift} w",
    )
    return Group(picture, Text(f"largest difference to the shifted positions: {row.error:.1e}"))
