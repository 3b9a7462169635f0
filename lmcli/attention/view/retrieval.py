"""Retrieval beside attention: tables for the terminal, a picture for a file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.attention.retrieval import (
    COMPARED,
    DOCUMENTS,
    FEATURES,
    FIELDS,
    KEYS,
    VALUES,
    Reading,
)
from lmcli.draw.figure import Figure
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.frame.locale import said


def lesson(query: Sequence[float], rows: Sequence[Reading]) -> RenderableType:
    """Query and keys, values, each way of reading them, and what the words mean in both worlds."""
    keys = _grid("", *map(said, FEATURES), "score q k")
    keys.add_row(said("query"), *map(_number, query), "")
    for name, key, score in zip(DOCUMENTS, KEYS.tolist(), rows[0].scores.tolist(), strict=True):
        keys.add_row(said("key of %s") % said(name), *map(_number, key), _number(score))
    values = _grid("", *FIELDS)
    for name, value in zip(DOCUMENTS, VALUES.tolist(), strict=True):
        values.add_row(said("value of %s") % said(name), *map(_number, value))
    read = _grid("way", "T", *DOCUMENTS, *FIELDS)
    for row in rows:
        numbers = [f"{weight:.3f}" for weight in row.weights] + [f"{v:.2f}" for v in row.value]
        read.add_row(said(row.way), f"{row.temperature:g}", *numbers)
    meant = _grid("", "retrieval (a document)", "attention (a token)")
    for column in meant.columns[1:]:
        column.justify, column.overflow = "left", "fold"
    for line in COMPARED:
        meant.add_row(*map(said, line))
    formula = said(
        "weights = softmax(scores / T), value = weights V; attention has T = sqrt(d) = 2"
    )
    parts = keys, values, Text(formula, style="dim"), read, meant
    return Group(*(part for one in parts for part in (one, Text())))


def _grid(*names: str) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(names):
        grid.add_column(name, justify="right" if place else "left", header_style="dim")
    return grid


def _number(value: float) -> str:
    return f"{value:g}"


def figure(rows: Sequence[Reading]) -> Figure:
    """The weights of each way as a heatmap, with the value that each reads below."""
    read = [
        f"{_name(row)}: "
        + ", ".join(f"{said(n)} {v:.2f}" for n, v in zip(FIELDS, row.value, strict=True))
        for row in rows
    ]
    return heatmap_figure(
        [row.weights.tolist() for row in rows],
        [_name(row) for row in rows],
        [said(name) for name in DOCUMENTS],
        title=said("what is read of each document: weights and values"),
        low=0.0,
        high=1.0,
        caption=read,
    )


def _name(row: Reading) -> str:
    way = said(row.way)
    return way if row.way == "hard" else f"{way}, T = {row.temperature:g}"
