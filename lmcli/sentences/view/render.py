"""Search hits and vectors for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import told
from lmcli.sentences.embedding import Embedded
from lmcli.sentences.searching import Hit, Ranks, RecordHit

SHOWN = 4  # numbers of a vector


def hits(rows: Sequence[Hit]) -> RenderableType:
    """Each hit as a headline, file:line and score, with its text below."""
    parts: list[RenderableType] = []
    for row in rows:
        head = Text.assemble(
            (row.path, "magenta"), ":", (str(row.line), "green"), f"  {row.score:.4f}"
        )
        if isinstance(row, Ranks):
            ranks = told(f"meaning #{row.by_meaning or '-'}, words #{row.by_words or '-'}")
            head.append(f"  {ranks}", "dim")
        if isinstance(row, RecordHit):
            head.append(f"  {row.key}", "bold")
        parts += [head, Padding(Text(row.text), (0, 0, 1, 2))]
    return Group(*parts)


def vectors(rows: Sequence[Embedded]) -> RenderableType:
    """Each text with the first numbers of its vector."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column("text")
    grid.add_column("embedding", no_wrap=True)
    for row in rows:
        start = " ".join(f"{value:7.4f}" for value in row.embedding[:SHOWN])
        grid.add_row(Text(row.text), Text(f"{start} ... ({len(row.embedding)})"))
    return grid
