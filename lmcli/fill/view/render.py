"""Filled masks in the terminal."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.bars import bar
from lmcli.frame.locale import said
from lmcli.nn.tokens.pieces import harmless

BAR = 20


def fillings(rows: list[Any]) -> RenderableType:
    """For each mask its words, each with a bar; then the sentence filled."""
    parts: list[RenderableType] = []
    for row in rows:
        if row.rank == 1:
            table = Table(box=SIMPLE_HEAD, pad_edge=False)
            table.add_column(said("mask %d") % row.mask)
            table.add_column("score", justify="right")
            table.add_column("", style="cyan", no_wrap=True)
            table.add_column("text", overflow="fold")
            parts.append(table)
        table.add_row(
            Text(harmless(row.token), style="bold" if row.rank == 1 else ""),
            f"{row.score:.3f}",
            bar(row.score, BAR),
            Text(harmless(row.text)),
        )
    return Group(*parts)
