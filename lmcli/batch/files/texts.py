"""Lines, JSON lines and tables of text as records, read as they come; where each begins in the file.

A record that cannot be read has an error in its place, so that what follows keeps its number.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from lmcli.batch.files.opening import open_bytes
from lmcli.batch.job import Input, Item
from lmcli.frame.errors import BadInput
from lmcli.frame.text.lines import LONGEST

csv.field_size_limit(LONGEST)


class Lines:
    """The lines of a stream as text; `offset` is the byte after the last one given."""

    def __init__(self, stream: BinaryIO, offset: int | None) -> None:
        self.stream = stream
        self.offset = offset or 0
        if offset:
            stream.seek(offset)

    def raw(self) -> bytes | None:
        """The next line with its end; b"" in the place of one that is too long, None at the end."""
        line = self.stream.readline(LONGEST)
        if not line:
            return None
        size, cut = len(line), False
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line, cut = self.stream.readline(LONGEST), True
            size += len(line)
        if not self.offset:
            line = line.removeprefix(codecs.BOM_UTF8)
        self.offset += size
        return b"" if cut else line

    def __iter__(self) -> Iterator[str]:
        while (line := self.raw()) is not None:
            yield line.decode("utf-8", "surrogateescape")


def _text(raw: bytes) -> tuple[str, str | None]:
    """A line without its end, and why it is none."""
    if not raw:
        return "", f"the line is longer than {LONGEST} bytes"
    try:
        text = raw.removesuffix(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        return "", f"not UTF-8 at byte {error.start + 1}"
    return text, None if text.strip() else "the line is blank"


def _of_txt(lines: Lines, _field: str) -> Iterator[Item]:
    while (raw := lines.raw()) is not None:
        text, error = _text(raw)
        yield Item(0, text, error=error)


def _of_jsonl(lines: Lines, field: str) -> Iterator[Item]:
    while (raw := lines.raw()) is not None:
        text, error = _text(raw)
        yield Item(0, error=error) if error else _object(text, field)


def _object(text: str, field: str) -> Item:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Item(0, error=f"not JSON: {error}")
    if not isinstance(row, dict):
        return Item(0, error="not a JSON object")
    return item_of(row, field)


def item_of(row: dict[str, Any], field: str) -> Item:
    """The record of a row: the text in `field`, and the other fields."""
    value = row.pop(field, None)
    if not isinstance(value, str) or not value.strip():
        found = "it is empty" if value is None or value == "" else f"it holds {str(value)[:40]!r}"
        return Item(0, fields=row, error=f"no text in the field {field!r}: {found}")
    try:
        value.encode()
    except UnicodeEncodeError:
        return Item(0, fields=row, error=f"the field {field!r} is not UTF-8 text")
    return Item(0, value, row)


def _table(lines: Lines, header: list[str], dialect: dict[str, Any], field: str) -> Iterator[Item]:
    reader = csv.reader(iter(lines), **dialect)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Item(0, error=f"the row cannot be read: {error}")
            continue
        if not cells:
            continue  # a blank line of a table is no row
        if len(cells) != len(header):
            yield Item(0, error=f"{len(cells)} cells, where the header has {len(header)}")
        else:
            yield item_of(dict(zip(header, cells, strict=True)), field)


DIALECTS: dict[str, dict[str, Any]] = {
    "csv": {},
    "tsv": {"delimiter": "\t", "quoting": csv.QUOTE_NONE},
}


def header_of(source: Input) -> tuple[list[str], int]:
    """The columns of a table of text, and the byte after its header; of an empty file, none."""
    with open_bytes(source) as stream:
        lines = Lines(stream, None)
        try:
            cells = next(csv.reader(iter(lines), **DIALECTS[source.kind]), [])
        except csv.Error as error:
            raise BadInput(f"{source.path}: the header cannot be read: {error}") from None
        return cells, lines.offset


class TextReader:
    """Reads records of one file of text from a place on; goes on from there at the next call."""

    def __init__(self, source: Input, field: str, offset: int | None = None, row: int = 0) -> None:
        """offset: the byte of the record with the number `row` (from 0); None to read from the start."""
        self.row = row if offset is not None else 0
        self._stream = open_bytes(source)
        if source.kind in DIALECTS:
            header, start = header_of(source)
            seekable = not source.packed
            self.lines = Lines(self._stream, (offset or start) if seekable else None)
            if not seekable:
                next(csv.reader(iter(self.lines), **DIALECTS[source.kind]), None)
            self._items = _table(self.lines, header, DIALECTS[source.kind], field)
        else:
            self.lines = Lines(self._stream, offset)
            make = _of_jsonl if source.kind == "jsonl" else _of_txt
            self._items = make(self.lines, field)

    def take(self, count: int) -> list[Item]:
        """The next `count` records; fewer at the end. Raises BadInput where the file is damaged."""
        taken: list[Item] = []
        try:
            for item in self._items:
                self.row += 1
                item.row = self.row
                taken.append(item)
                if len(taken) == count:
                    break
        except (OSError, EOFError) as error:
            raise BadInput(f"the file is damaged: {error}") from None
        return taken

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
