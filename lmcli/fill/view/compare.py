"""Three views of one mask beside each other, with who sees whom."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.figure import Figure, text_width
from lmcli.fill.comparing import BAG, BOTH, LEFT, View, attention
from lmcli.fill.gaps import parse
from lmcli.frame.locale import said
from lmcli.nn.tokens.pieces import harmless

NAMES = {LEFT: "left (GPT)", BOTH: "both sides (BERT)", BAG: "bag (word vectors)"}
WIDE = 24  # words of an attention mask that fit a terminal
CELL = 16


def views(rows: Sequence[View]) -> RenderableType:
    """A column a view; below, the attention masks."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("rank", justify="right")
    for name in NAMES.values():
        table.add_column(said(name))
    for rank in sorted({row.rank for row in rows}):
        found = {row.view: row for row in rows if row.rank == rank}
        cells = [
            Text(f"{harmless(found[view].token)}  {found[view].score:.3f}") if view in found else ""
            for view in NAMES
        ]
        table.add_row(str(rank), *cells)
    words, left, both = attention(parse(rows[0].input))
    if len(words) > WIDE:
        return table
    grid = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in ("", "left sees", "both sides see", "the bag sees"):
        grid.add_column(name, no_wrap=True)
    for at, word in enumerate(words):
        grid.add_row(
            Text(harmless(word)), _cells(left[at]), _cells(both[at]),
            Text(said("all, in no order") if at == 0 else "", style="dim"),
        )  # fmt: skip
    return Group(table, grid)


def _cells(row: Sequence[int]) -> Text:
    return Text("".join("■" if seen else "·" for seen in row), style="cyan")


def figure(rows: Sequence[View]) -> Figure:
    """The three lists, and below them the masks of the left view and of both sides."""
    words, left, both = attention(parse(rows[0].input))
    label = max(text_width(word, 12) for word in words) + 12
    size = len(words) * CELL
    lines = max(row.rank for row in rows) if len(rows) else 0
    lines = min(lines, 12)
    top = 64 + 18 * lines + 44
    width = max(3 * 200 + 32, 2 * (size + label) + 64)
    drawn = Figure(width, top + size + 24, title=rows[0].input)
    drawn.text(16, 26, rows[0].input, size=15, bold=True)
    for column, view in enumerate(NAMES):
        x = 16.0 + column * 200
        drawn.text(x, 54, said(NAMES[view]), size=13, bold=True)
        own = [row for row in rows if row.view == view][:12]
        for at, row in enumerate(own):
            drawn.text(x, 76 + 18 * at, f"{row.rank}  {row.token}  {row.score:.3f}", size=12)
    for place, (name, mask) in enumerate((("left sees", left), ("both sides see", both))):
        x = 16 + label + place * (size + label + 24)
        drawn.text(x, top - 10, said(name), size=13, bold=True)
        for at, word in enumerate(words):
            y = top + at * CELL
            drawn.text(x - 6, y + CELL / 2, word, size=12, anchor="end", middle=True)
            for other, seen in enumerate(mask[at]):
                fill = "#3b6fb6" if seen else "#eeeeee"
                drawn.rect(x + other * CELL, y, CELL - 1, CELL - 1, fill=fill)
    return drawn
