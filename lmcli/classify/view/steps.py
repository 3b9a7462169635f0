"""The steps of a text in the terminal: small tables, and heatmaps of what is known word by word."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.classify.steps import Step
from lmcli.draw.colormap import VIRIDIS
from lmcli.draw.figure import Figure
from lmcli.draw.heatmap import Heatmap
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.frame.locale import numbered, told

SHOWN = 6  # numbers of a row
NAME = 16  # letters of a token


def steps(rows: Sequence[Step]) -> RenderableType:
    """Each step under its name, shape and formula; all gates together."""
    parts: list[RenderableType] = []
    for row in rows:
        if not _is_gate(row):
            parts += [_heading(row), _numbers(row), Text()]
        elif row is _gates(rows)[0]:
            parts += [_gate_map(_gates(rows)), Text()]
    return Group(*parts[:-1])


def _heading(row: Step) -> Text:
    shape = " x ".join(map(str, row.shape))
    return Text.assemble((numbered(row.step), "bold"), f"  {shape}  ", (told(row.formula), "dim"))


def _numbers(row: Step) -> Table:
    """The first numbers of each row; ids and labels stand below each other."""
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    if len(row.values) == 1 and row.columns[0] != "1":
        for name, value in zip(row.columns, row.values[0].tolist(), strict=True):
            grid.add_row(Text(name), Text(_number(value), justify="right"))
        return grid
    words = row.step == "word by word"
    if words:
        grid.add_row("", *(Text(name, style="dim") for name in row.columns))
    for name, values in zip(row.rows, row.values.tolist(), strict=True):
        some = values if words else values[:SHOWN]
        rest = f"... ({len(values)})" if len(values) > len(some) else ""
        grid.add_row(Text(name[:NAME]), *(f"{_number(value):>7}" for value in some), rest)
    return grid


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _is_gate(row: Step) -> bool:
    return row.step.endswith(" gate")


def _gates(rows: Sequence[Step]) -> list[Step]:
    return [row for row in rows if _is_gate(row)]


def _means(gates: Sequence[Step]) -> list[list[float]]:
    """The mean of each gate over the units: a row a gate, a column a word."""
    return [gate.values.mean(axis=1).tolist() for gate in gates]


def _gate_map(gates: Sequence[Step]) -> Heatmap:
    names = [told(gate.step) for gate in gates]
    title = told(f"gates, the mean of {gates[0].values.shape[1]} units")
    return Heatmap(_means(gates), names, gates[0].rows, low=0.0, high=1.0, title=title)


def figure(rows: Sequence[Step]) -> Figure:
    """The gates word by word; without gates the last states or embeddings, a row a word, a column a unit."""
    if gates := _gates(rows):
        return heatmap_figure(
            _means(gates),
            [told(gate.step) for gate in gates],
            gates[0].rows,
            title=told(f"gates, the mean of {gates[0].values.shape[1]} units"),
            low=0.0,
            high=1.0,
            colormap=VIRIDIS,
        )
    row = [row for row in rows if len(row.rows) > 1][-1]
    states = [one for one in rows if len(one.rows) > 1 and one.step != "word by word"]
    row = states[-1] if states else row
    columns = [name if int(name) % 10 == 0 else "" for name in row.columns]
    return heatmap_figure(
        row.values.tolist(), row.rows, columns, title=numbered(row.step), numbers=False
    )
