"""Associations and projections as tables with bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from lmcli.draw.colormap import DIVERGING, hexadecimal
from lmcli.words.bias import Association, Projected

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

LARGEST_D = 2.0  # no effect size is larger for two sets of one size
HALF = 12  # terminal columns on each side of the middle
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def association_table(rows: Sequence[Association]) -> RenderableType:
    """Tests with their effect sizes as bars, and the published ones where there are some."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("test", no_wrap=True)
    table.add_column("targets X / Y\nattributes A / B", ratio=1)
    table.add_column("d", justify="right")
    table.add_column(f"0{LARGEST_D:>{HALF - 1}.0f}", no_wrap=True, min_width=HALF)
    table.add_column("p", justify="right", no_wrap=True)
    published = any(row.published_d is not None for row in rows)
    if published:
        table.add_column("published\nd", justify="right")
    for row in rows:
        cells = [
            Text(row.test),
            Text(f"{row.targets}\n{row.attributes}"),
            Text(f"{row.d:.2f}"),
            _signed(row.d) if row.d < 0 else bar(row.d / LARGEST_D, HALF),
            Text(_p(row.p)),
        ]
        if published:
            cells.append(Text("" if row.published_d is None else f"{row.published_d:.2f}"))
        table.add_row(*cells)
    return table


def projection_tables(rows: Sequence[Projected], titles: Mapping[str, str]) -> RenderableType:
    """Words and their cosines, bars to both sides of the middle; a table for each set of `titles`."""
    from rich.console import Group

    tables = [
        _projection_table(list(part), titles[name])
        for name, part in groupby(rows, key=lambda row: row.set)
    ]
    return Group(*tables)


def _projection_table(rows: Sequence[Projected], title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    largest = max(abs(row.score) for row in rows) or 1.0
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("word")
    table.add_column("score", justify="right")
    table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(Text(row.word), Text(f"{row.score:.4f}"), two_sided(row.score / largest))
    return table


def two_sided(share: float) -> Text:
    """A bar to the right for 0 to 1, to the left for -1 to 0, on both sides of a middle line."""
    from rich.text import Text

    length = bar(abs(share), HALF).plain.rstrip()
    color = hexadecimal(DIVERGING(0.5 + 0.42 * (1 if share > 0 else -1)))
    if share < 0:  # there are no eighths that fill from the right: whole blocks, at least one
        blocks = max(1, round(-share * HALF))
        return Text(" " * (HALF - blocks)).append("█" * blocks, style=color).append("│")
    return Text(" " * HALF).append("│").append(length, style=color)


def bar(share: float, width: int) -> Text:
    """A bar of `share` (0 to 1) of `width` terminal columns, to an eighth of a column."""
    from rich.text import Text

    whole, eighths = divmod(round(min(max(share, 0.0), 1.0) * width * 8), 8)
    text = "█" * whole + (_EIGHTHS[eighths] if eighths else "")
    return Text(text.ljust(width), style=hexadecimal(DIVERGING(0.92)))


def _signed(d: float) -> Text:
    text = bar(-d / LARGEST_D, HALF)
    text.stylize(hexadecimal(DIVERGING(0.08)))
    return text


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.001 else f"{value:.1e}"
