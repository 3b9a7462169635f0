"""The numbers of a step of learning as small tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import said, told
from lmcli.mlp.trace import Trace

WIDEST = 12  # columns that are shown of a matrix
TALLEST = 16  # rows


def steps(rows: Sequence[Trace]) -> RenderableType:
    """Each matrix as a table under its name and formula, epoch by epoch."""
    parts: list[RenderableType] = []
    for epoch, group in groupby(rows, key=lambda row: row.epoch):
        parts.append(Text(said("epoch %d") % epoch, "bold underline"))
        for row in group:
            parts += [_heading(row)] if row.values.size == 1 else [_heading(row), _numbers(row)]
    return Group(*parts)


def _heading(row: Trace) -> Text:
    """name = formula; a single number stands there too."""
    text = Text.assemble((told(row.step), "bold"), "  ", (told(row.formula), "dim"))
    if row.values.size == 1:
        text.append(f"  {_text(row.values.item())}")
    return text


def _numbers(row: Trace) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 1))
    grid.add_column("")
    columns = _cut(row.columns, WIDEST)
    for name in columns:
        grid.add_column(name, justify="right", header_style="dim", min_width=7)
    lines = row.values.tolist()
    for name, values in list(zip(row.rows, lines, strict=True))[:TALLEST]:
        cells = [_text(value) for value in values[:WIDEST]]
        grid.add_row(Text(name), *cells, *([""] * (len(columns) - len(cells))))
    if len(lines) > TALLEST:
        grid.add_row(Text(f"... {len(lines)} {said('rows')}"))
    return grid


def _cut(names: Sequence[str], most: int) -> list[str]:
    return [*names[:most], f"... {len(names)}"] if len(names) > most else list(names)


def _text(value: float) -> str:
    if value and abs(value) < 5e-4:
        return f"{value:.1e}"
    return f"{value:.3f}"
