"""The files that word vectors are exchanged in, read and written as streams.

glove: `word v1 ... vd` a line. word2vec: the same after a line `V d` (fastText's .vec too). binary: `V d`, then for
each word its bytes, a space and d little-endian float32. Each may be gzipped.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import numpy as np

from lmcli.frame.errors import BadInput

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector, WordVectors

FORMATS = ("glove", "word2vec", "binary")
BATCH = 4096  # rows parsed or written at a time
UNREADABLE = (OSError, EOFError, zlib.error)  # what a cut or damaged gzip file raises
LONGEST_WORD = 10_000  # bytes; beyond it a binary file is not one

# (line number, what is wrong with it)
Complain = Callable[[int, BadInput], None]
Batch = tuple[list[str], "Vector"]


@dataclass
class VectorFile:
    """An opened file of vectors: what its head says, and an iterator of (words, rows (n, d))."""

    format: str
    dimensions: int
    rows: int | None
    batches: Iterator[Batch]
    stream: IO[bytes] = field(repr=False)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


def open_vectors_file(path: Path, complain: Complain) -> VectorFile:
    """Open a file of vectors and find out its format from its first bytes.

    Malformed lines go to `complain` and are left out. Raises BadInput for pickles, archives, empty or
    cut files.
    """
    stream = path.open("rb")
    try:
        if stream.peek(2)[:2] == b"\x1f\x8b":
            stream = cast(BufferedReader, gzip.open(stream))  # noqa: SIM115
        _refuse(path, stream.peek(5)[:5])  # not read: a named pipe cannot be rewound
        return _opened(path, stream, complain)
    except UNREADABLE as error:
        raise BadInput(f"{path}: {error}", "is the file whole?") from None


def _refuse(path: Path, head: bytes) -> None:
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        raise BadInput(
            f"{path}: this is a pickle, and loading one runs the code in it",
            "save it as text where it came from: vectors.save_word2vec_format('vectors.txt')",
        )
    if head[:2] == b"PK" or head == b"\x93NUMP":
        raise BadInput(f"{path}: not a file of word vectors", f"formats: {', '.join(FORMATS)}")
    if not head:
        raise BadInput(f"{path}: the file is empty")


def _opened(path: Path, stream: IO[bytes], complain: Complain) -> VectorFile:
    first = stream.readline()
    fields = first.split()
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        rows, dimensions = int(fields[0]), int(fields[1])
        if dimensions == 0:
            raise BadInput(f"{path}: line 1: vectors of 0 dimensions")
        start = stream.readline()
        if _is_text(start, dimensions):
            batches = _text_rows(path, _chain(start, stream), 2, dimensions, rows, complain)
            return VectorFile("word2vec", dimensions, rows, batches, stream)
        batches = _binary_rows(path, _Pushed(start, stream), dimensions, rows)
        return VectorFile("binary", dimensions, rows, batches, stream)
    if len(fields) < 2 or b"\0" in first:
        raise BadInput(f"{path}: line 1 is no word with numbers", f"formats: {', '.join(FORMATS)}")
    dimensions = _trailing_numbers(path, fields)
    batches = _text_rows(path, _chain(first, stream), 1, dimensions, None, complain)
    return VectorFile("glove", dimensions, None, batches, stream)


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_text(line: bytes, dimensions: int) -> bool:
    parts = line.rstrip(b" \r\n").rsplit(b" ", dimensions)
    return len(parts) == dimensions + 1 and _numbers(parts[1:]) is not None


def _trailing_numbers(path: Path, fields: list[bytes]) -> int:
    """The dimensions of a line without a head: a word may hold spaces, so count from the end."""
    count = len(fields) - 1
    while count and _numbers(fields[-count:]) is None:
        count -= 1
    if not count:
        raise BadInput(f"{path}: line 1 is no word with numbers", f"formats: {', '.join(FORMATS)}")
    return count


def _numbers(parts: list[bytes]) -> Vector | None:
    try:
        values = np.array([float(part) for part in parts], np.float32)
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _text_rows(
    path: Path,
    lines: Iterator[bytes],
    number: int,
    dimensions: int,
    rows: int | None,
    complain: Complain,
) -> Iterator[Batch]:
    """Rows of a text file; the first of them is line `number`. With a head, `rows` must follow."""
    words: list[str] = []
    values: list[Vector] = []
    read = 0
    try:
        for place, line in enumerate(lines, number):
            if not line.strip():
                continue
            read += 1
            try:
                word, vector = _text_row(line, dimensions)
            except BadInput as error:
                complain(place, error)
                continue
            words.append(word)
            values.append(vector)
            if len(words) == BATCH:
                yield words, np.stack(values)
                words, values = [], []
    except UNREADABLE as error:
        raise BadInput(f"{path}: {error}", "is the file whole?") from None
    if words:
        yield words, np.stack(values)
    if rows is not None and read != rows:
        raise BadInput(f"{path}: line 1 promises {rows} words, but {read} follow", "was it cut?")


def _text_row(line: bytes, dimensions: int) -> tuple[str, Vector]:
    parts = line.rstrip(b" \r\n").rsplit(b" ", dimensions)
    if len(parts) != dimensions + 1 or not parts[0].strip():
        raise BadInput(f"{len(parts) - 1} numbers where {dimensions} belong")
    vector = _numbers(parts[1:])
    if vector is None:
        raise BadInput(f"not {dimensions} finite numbers after the word")
    try:
        return parts[0].decode(), vector
    except UnicodeDecodeError:
        raise BadInput("the word is not UTF-8") from None


class _Pushed:
    """A stream with bytes put back in front of it."""

    def __init__(self, start: bytes, stream: IO[bytes]) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int) -> bytes:
        taken, self._start = self._start[:size], self._start[size:]
        return taken + self._stream.read(size - len(taken)) if len(taken) < size else taken


def _binary_rows(path: Path, stream: _Pushed, dimensions: int, rows: int) -> Iterator[Batch]:
    width = 4 * dimensions
    buffer = b""
    words: list[str] = []
    values: list[bytes] = []
    for row in range(rows):
        while (end := buffer.find(b" ")) < 0 or len(buffer) < end + 1 + width:
            try:
                more = stream.read(1 << 20)
            except UNREADABLE as error:
                raise BadInput(f"{path}: {error}", "is the file whole?") from None
            if not more or (end < 0 and len(buffer) > LONGEST_WORD):
                raise BadInput(f"{path}: damaged or cut at word {row + 1} of {rows}")
            buffer += more
        word = buffer[:end].lstrip(b"\n")
        values.append(buffer[end + 1 : end + 1 + width])
        buffer = buffer[end + 1 + width :]
        words.append(_binary_word(path, word, row + 1))
        if len(words) == BATCH or row + 1 == rows:
            matrix = np.frombuffer(b"".join(values), "<f4").reshape(-1, dimensions)
            if not np.isfinite(matrix).all():
                raise BadInput(f"{path}: numbers before word {row + 1} are not finite: damaged?")
            yield words, matrix
            words, values = [], []


def _binary_word(path: Path, word: bytes, row: int) -> str:
    if b"\n" in word:
        raise BadInput(f"{path}: a line break inside word {row}: damaged, or not a vectors file")
    try:
        return word.decode()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: word {row} is not UTF-8: damaged, or not a vectors file") from None


# -- writing ---------------------------------------------------------------------------------


def write_file(
    vectors: WordVectors, stream: BinaryIO, form: str, rows: int, advance: Callable[[float], None]
) -> None:
    """Write the first `rows` words in a format of FORMATS; `advance` hears of each batch."""
    if form != "glove":
        stream.write(f"{rows} {vectors.dimensions}\n".encode())
    pack = _binary_line if form == "binary" else _text_line
    for start in range(0, rows, BATCH):
        stop = min(start + BATCH, rows)
        matrix = vectors.vectors(range(start, stop))
        for row, values in zip(range(start, stop), matrix, strict=True):
            stream.write(pack(vectors.vocabulary[row], values))
        advance(stop - start)


def _text_line(word: str, values: Vector) -> bytes:
    return f"{word} {' '.join(map(str, values))}\n".encode()


def _binary_line(word: str, values: Vector) -> bytes:
    return word.encode() + b" " + struct.pack(f"<{len(values)}f", *values) + b"\n"
