"""Lines as `grep -n` counts them: \\n ends one, \\r\\n too, and nothing else does.

str.splitlines() also breaks at form feeds, U+0085, U+2028 and others: its numbers are not those of an editor.
Whatever reads lines of text in lmcli reads them here.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lmcli.frame.errors import BadInput, named

READ = 65536  # bytes asked for at once
LONGEST = 1 << 24  # bytes of a line; no more of one is held

Line = bytes | BadInput
"""A line without its end; of one that is longer than LONGEST, the error that says so."""


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends; a last line needs none."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def lines_ready(stream: BinaryIO, end: bytes = b"\n") -> Iterator[list[Line]]:
    """Lists of whole lines, each list what one read gave: never waits while a line is ready.

    `end` is the byte that ends a line; a byte order mark at the start is left out. Raises BadInput where
    the stream cannot be read, as a folder cannot.
    """
    rest: list[bytes] = []
    size = 0  # of the line that has begun, held or not
    for chunk in _chunks(stream):
        head, newline, tail = chunk.rpartition(end)
        if not newline:
            rest.append(tail)
            size += len(tail)
            if size > LONGEST:
                rest.clear()
            continue
        first, *others = head.split(end)
        yield [_line([*rest, first], size + len(first)), *others]
        rest, size = [tail], len(tail)
    if size:
        yield [_line(rest, size)]


def _line(parts: list[bytes], size: int) -> Line:
    """A line of its parts, where they could be held."""
    if size > LONGEST:
        return BadInput(
            f"a line of {size} bytes is too long", f"at most {LONGEST} are read as one record"
        )
    return b"".join(parts)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """What each read gives, without the byte order mark at the start, however it arrives."""
    read = getattr(stream, "read1", stream.read)
    start: bytes | None = b""
    try:
        while chunk := read(READ):
            if start is not None:
                chunk = start + chunk
                start = chunk if _opens_mark(chunk) else None
                if start:
                    continue
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
            if chunk:
                yield chunk
    except OSError as error:
        name = getattr(stream, "name", "")
        where = name if isinstance(name, str) and name != "<stdin>" else "stdin"
        raise BadInput(f"{named(where)}: {error.strerror}") from None
    if start:
        yield start


def _opens_mark(start: bytes) -> bool:
    """Whether a stream that starts so may go on as a byte order mark."""
    return len(start) < len(codecs.BOM_UTF8) and codecs.BOM_UTF8.startswith(start)


def decoded(line: Line) -> str:
    """A line as text, without the \\r of its end. Raises BadInput where it is too long, or no UTF-8."""
    if isinstance(line, BadInput):
        raise line
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start + 1}", "convert it with iconv") from None


def numbered(path: Path) -> Iterator[tuple[int, str | BadInput]]:
    """The lines of a file with their numbers from 1; in the place of one that is no UTF-8, its error.

    Raises BadInput where the file cannot be read.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise BadInput(f"{named(path)}: {error.strerror}") from None
    number = 0
    with stream:
        for lines in lines_ready(stream):
            for line in lines:
                number += 1
                try:
                    yield number, decoded(line)
                except BadInput as error:
                    yield number, error
