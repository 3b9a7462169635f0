"""Tables of a graph's commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import said, told
from lmcli.graph.communities import Member
from lmcli.graph.view.braille import ink
from lmcli.graph.walk import Step

if TYPE_CHECKING:
    from lmcli.graph.measures import Measures


def steps(rows: Sequence[Step]) -> RenderableType:
    """Each step as a small table of its candidates, the chosen one marked."""
    parts: list[RenderableType] = []
    for (walk, step), group in groupby(rows, key=lambda row: (row.walk, row.step)):
        candidates = list(group)
        first = candidates[0]
        line = told(f"walk {walk}, step {step}: at {first.at}")
        came = said(", from %s") % first.before if first.before else ""
        parts.append(Text(line + came, "bold"))
        parts.append(_candidates(candidates))
    return Group(*parts)


def _candidates(rows: Sequence[Step]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 1))
    for name in ("", "to", "why", "bias", "edge", "probability"):
        grid.add_column(name, justify="left" if name in ("", "to", "why") else "right")
    for row in rows:
        style = "bold green" if row.chosen else ""
        why = {"back": "back: 1/p", "near": "near: 1", "away": "away: 1/q"}.get(row.why, row.why)
        reason = said(why)
        cells = (f"{row.bias:.3g}", f"{row.edge:.4g}", f"{row.probability:.3f}")
        mark = "→" if row.chosen else ""
        grid.add_row(mark, Text(row.candidate), reason, *cells, style=style)
    return grid


def communities(rows: Sequence[Member]) -> RenderableType:
    """A line a community: its number, its size, its nodes."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("", "nodes"):
        grid.add_column(name, justify="right")
    grid.add_column("members, the best connected first")
    for number, group in groupby(rows, key=lambda row: row.community):
        names = [row.node for row in group]
        more = said(", ... %d more") % (len(names) - 40) if len(names) > 40 else ""
        text = Text(", ".join(names[:40]) + more)
        grid.add_row(Text(str(number), ink(number)), str(len(names)), text)
    return grid


def measures(rows: Sequence[Measures]) -> RenderableType:
    """One graph's measures, a line each."""
    from lmcli.frame.printing.tables import vertical

    return vertical(rows[0])
