"""Rows as tables for people. What does not fit the width with its words whole becomes lines of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lmcli.frame.locale import said, told
from lmcli.frame.printing.cells import fields_of, people_cell
from lmcli.frame.text.lines import lines_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

SHORT = 24  # letters: cells up to here are not broken
NARROWEST = 16  # letters that a column of longer cells needs


def table(rows: Sequence[tuple[Any, Mapping[str, Any]]], several: bool = True) -> RenderableType:
    """Rows as a rich table, numbers to the right; the record's own field only where it tells apart.

    What the fields say that a row class names in TOLD is in the language spoken.
    """
    values = [{**extra, **fields_of(row)} for row, extra in rows]
    key = getattr(rows[0][0], "KEY", None)
    names = [name for name in values[0] if several or name != key]
    prose = getattr(rows[0][0], "TOLD", ())
    cells = [
        [
            told(people_cell(row.get(name))) if name in prose else people_cell(row.get(name))
            for name in names
        ]
        for row in values
    ]
    numbers = [_is_number(values[0][name]) for name in names]
    return Fitted(list(map(head, names)), cells, numbers)


def head(name: str) -> str:
    """A field's name at the head of a column."""
    return said(name.replace("_", " "))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Fitted:
    """A table as far as it fits; where it does not, its rows one below the other, a line for each cell."""

    names: Sequence[str]
    cells: Sequence[Sequence[str]]
    numbers: Sequence[bool]

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """What rich draws in the width there is."""
        widths = self._widths()
        least = sum(width if width <= SHORT else NARROWEST for width in widths)
        if least + 3 * len(widths) - 1 <= options.max_width:
            yield self._grid(widths)
            return
        for number, row in enumerate(self.cells):
            if number:
                yield ""
            yield _two_columns(zip(self.names, row, strict=True))

    def _widths(self) -> list[int]:
        """The width of each column, in cells of the terminal."""
        from rich.cells import cell_len

        columns = zip(self.names, *self.cells, strict=True)
        return [
            max(cell_len(line) for text in column for line in (lines_of(text) or [""]))
            for column in columns
        ]

    def _grid(self, widths: Sequence[int]) -> Table:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name, number, width in zip(self.names, self.numbers, widths, strict=True):
            justify = "right" if number else "left"
            grid.add_column(name, justify=justify, overflow="fold", no_wrap=width <= SHORT)  # type: ignore[arg-type]
        for row in self.cells:
            grid.add_row(*(Text(cell) for cell in row))
        return grid


def vertical(row: Any) -> RenderableType:
    """One row as a table of two columns, its fields and their values; empty ones are left out."""
    shown = [(name, value) for name, value in fields_of(row).items() if not _is_empty(value)]
    return _two_columns((head(name), _lines(value)) for name, value in shown)


def _is_empty(value: Any) -> bool:
    return value in ("", None, [], {})


def _two_columns(pairs: Iterator[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in pairs:
        grid.add_row(name, Text(text))
    return grid


def _lines(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_lines(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(_lines(item) for item in value)
    return people_cell(value)
