"""The steps of attention as small tables, positions as heatmaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from lmcli.attention.formulas import Array
from lmcli.attention.lesson import Position, Shift, Step
from lmcli.draw.colormap import DIVERGING, VIRIDIS, hexadecimal, readable_on
from lmcli.draw.heatmap import Heatmap
from lmcli.frame.locale import numbered, said, told

WHOLE = 16  # rows and columns of what is printed whole


def steps(rows: Sequence[Step]) -> RenderableType:
    """Each step as a table under its name and formula; weights have their colours."""
    return Group(*(part for row in rows for part in (_heading(row), _numbers(row), Text())))


def parts(rows: Sequence[Step]) -> RenderableType:
    """The steps of a part: as `steps`, but what is wider than the terminal by its corners too."""
    return Group(*(part for row in rows for part in (_heading(row), _Fitted(row), Text())))


@dataclass(frozen=True)
class _Fitted:
    """A step whole, where it finds room."""

    row: Step

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        whole = _numbers(self.row)
        wide = Measurement.get(console, options.update_width(1000), whole).maximum
        if isinstance(whole, Table) and wide > options.max_width:
            whole = Group(Text(_summary(self.row.values), style="dim"), _Corner(self.row))
        yield whole


def _heading(row: Step) -> Text:
    return Text.assemble((numbered(row.step), "bold"), "  ", (told(row.formula), "dim"))


def _numbers(row: Step) -> RenderableType:
    size = row.values.shape
    if len(size) > 2 or max(size) > WHOLE:
        return Group(Text(_summary(row.values), style="dim"), _Corner(row))
    return _grid(row, range(size[0]), range(size[1]))


@dataclass(frozen=True)
class _Corner:
    """The first and last rows and columns of the (first) matrix of a step, as many columns as find room."""

    row: Step

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        matrix = self.row.values.reshape(-1, *self.row.values.shape[-2:])[0]
        first = replace(self.row, values=matrix)
        grid = Table()
        for most in (8, 4, 2):
            grid = _grid(first, _ends(matrix.shape[0], 6), _ends(matrix.shape[1], most))
            if (
                Measurement.get(console, options.update_width(1000), grid).maximum
                <= options.max_width
            ):
                break
        yield grid


def _grid(row: Step, down: Sequence[int | None], across: Sequence[int | None]) -> Table:
    """Some rows and columns of a step; None is what lies between."""
    weights = row.step.startswith(("weights", "probabilities"))
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("")
    for j in across:
        name, wide = ("…", 1) if j is None else (row.columns[j], 6)
        grid.add_column(Text(name), justify="right", header_style="dim", min_width=wide)
    for i in down:
        if i is None:
            grid.add_row("…")
            continue
        cells = (
            Text("…") if j is None else _cell(float(row.values[i, j]), weights) for j in across
        )
        grid.add_row(Text(row.rows[i] if len(row.rows) == len(row.values) else ""), *cells)
    return grid


def _summary(values: Array) -> str:
    """Shape, mean and standard deviation; -inf does not count."""
    finite = values[np.isfinite(values)]
    shape = " x ".join(map(str, values.shape))
    where = said("; the first of them:") if values.ndim > 2 else ""
    text = f"{shape}, mean {finite.mean():.2f}, standard deviation {finite.std():.2f}"
    return told(text.replace("-0.00", "0.00")) + where


def _ends(size: int, most: int) -> Sequence[int | None]:
    """The places of a short axis; of a long one those at its ends, None between."""
    if size <= most:
        return list(range(size))
    half = most // 2
    return [*range(half), None, *range(size - half, size)]


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
        title=said("sinusoidal positions: a row a position, a column a feature"),
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
        title=told(
            f"M with P[p + {row.shift}] = P[p] M: each pair of features is turned by {row.shift} w"
        ),
    )
    left = told(f"largest difference to the shifted positions: {row.error:.1e}")
    return Group(picture, Text(left))


def rotary(rows: Sequence[Any]) -> RenderableType:
    """A vector turned at each position."""
    picture = Heatmap(
        [row.turned.tolist() for row in rows],
        rows=[str(row.position) for row in rows],
        columns=[str(i) for i in range(len(rows[0].turned))],
        low=-1.0,
        high=1.0,
        title=said("rotary positions: the vector (1, 0, 1, 0, ...) turned at each position"),
    )
    why = said(
        "queries and keys are turned so, nothing is added: their product knows the distance alone"
    )
    return Group(picture, Text(why, style="dim"))


def distance(rows: Sequence[Any]) -> RenderableType:
    """Products by distance, and how far each depends on where the places stand."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("distance", "P\\[p] P\\[p+k]", "±", "added", "±", "rotary", "±"):
        grid.add_column(name, justify="right", header_style="dim")
    for row in rows:
        pairs = (
            (row.sinusoidal, row.sinusoidal_spread),
            (row.added, row.added_spread),
            (row.rotary, row.rotary_spread),
        )
        cells = (cell for value, spread in pairs for cell in (f"{value:.2f}", f"{spread / 2:.2f}"))
        grid.add_row(str(row.distance), *cells)
    why = said(
        "Products as shares of those at distance 0; ±: by where the two stand. Places by "
        "themselves know the distance alone, P[p + k] = P[p] M being one rotation for all p; added to words they do "
        "not; rotary ones do for any words."
    )
    return Group(grid, Text(why, style="dim"))
