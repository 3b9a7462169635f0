"""One writer for each format: a row goes out as soon as its format lets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lmcli.frame.printing.cells import cell, fields_of, plain_columns, to_json
from lmcli.frame.streams import Keep, Streams

if TYPE_CHECKING:
    from rich.console import RenderableType

TABLE_BLOCK = 500  # rows that a table holds back to fit its columns
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Render = Callable[[list[Any]], "RenderableType"]


def writer_of(form: str, streams: Streams, several: bool, render: Render | None) -> Writer:
    """The writer of a format; where the environment keeps rows, one that hands them over first."""
    writer = _WRITERS[form](streams, several, render)
    return _Kept(writer, streams.keep) if streams.keep else writer


class Writer:
    """Writes rows in one format. `several` tells whether rows name the record they belong to."""

    def __init__(self, streams: Streams, several: bool, render: Render | None) -> None:
        self.streams = streams
        self.several = several
        self.render = render
        self.started = False

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        """Write a row; `extra` are the other fields of its record."""
        raise NotImplementedError

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        """Nobody types records here: a table may hold that many rows."""

    def flush_ready(self) -> None:
        """Hand over what is ready after a record."""
        self.streams.stdout.flush()

    def close(self) -> None:
        """Write what belongs after the last row."""
        self.streams.stdout.flush()


class _JsonLines(Writer):
    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        self.streams.stdout.write(to_json({**extra, **fields_of(row)}) + "\n")


class _Json(Writer):
    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        opening = ",\n " if self.started else "["
        self.started = True
        self.streams.stdout.write(opening + to_json({**extra, **fields_of(row)}))

    def close(self) -> None:
        self.streams.stdout.write("]\n" if self.started else "[]\n")
        super().close()


class _Tsv(Writer):
    """A header, then every field. The first row decides on the columns."""

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        values = {**extra, **fields_of(row)}
        if not self.started:
            self.columns = list(values)
            self.write_line(self.columns)
            self.started = True
        self.write_line([cell(values.get(column)) for column in self.columns])

    def write_line(self, cells: list[str]) -> None:
        """Write the cells of one line."""
        whole = "".join(cells)
        if "\\" in whole or not whole.isprintable():
            cells = [text.translate(_ESCAPES) for text in cells]
        self.streams.stdout.write("\t".join(cells) + "\n")


class _Csv(_Tsv):
    def write_line(self, cells: list[str]) -> None:
        import csv

        csv.writer(self.streams.stdout, lineterminator="\n").writerow(cells)


class _Plain(_Tsv):
    """Tab-separated values without a header: what cut, sort and awk take."""

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        columns = plain_columns(row, self.several)
        own = [getattr(row, name) for name in columns] if columns else fields_of(row).values()
        self.write_line([cell(value) for value in (*extra.values(), *own)])


class _Table(Writer):
    """A rich table; rows wait until a block of them can be fitted to the terminal's width."""

    def __init__(self, streams: Streams, several: bool, render: Render | None) -> None:
        super().__init__(streams, several, render)
        self.waiting: list[tuple[Any, Mapping[str, Any]]] = []
        self.block = 1 if streams.stdin_isatty and several else TABLE_BLOCK

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        self.block = block

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        self.waiting.append((row, extra))

    def flush_ready(self) -> None:
        if len(self.waiting) >= self.block:
            self._print()

    def close(self) -> None:
        self._print()
        super().close()

    def _print(self) -> None:
        if not self.waiting:
            return
        if self.render:
            shown = self.render([row for row, _ in self.waiting])
        else:
            from lmcli.frame.printing.tables import table

            shown = table(self.waiting, self.several)
        self.streams.console().print(shown)
        self.waiting = []
        self.streams.stdout.flush()


_WRITERS: dict[str, type[Writer]] = {
    "table": _Table,
    "plain": _Plain,
    "json": _Json,
    "jsonl": _JsonLines,
    "csv": _Csv,
    "tsv": _Tsv,
}


class _Kept(Writer):
    """Hands rows to the environment's `keep`, and those that it lets through to another writer."""

    def __init__(self, inner: Writer, keep: Keep) -> None:
        super().__init__(inner.streams, inner.several, inner.render)
        self._inner = inner
        self._keep = keep
        self._held_back = False

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        self._inner.expect_all(block)

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        if self._keep(row, extra, self.several):
            self.started = True
            self._inner.write(row, extra)
        else:
            self._held_back = True

    def flush_ready(self) -> None:
        self._inner.flush_ready()

    def close(self) -> None:
        if self.started or not self._held_back:  # else even an empty list would be too much
            self._inner.close()
