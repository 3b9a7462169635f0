"""The files that word vectors are exchanged in, read and written as streams.

glove: `word v1 ... vd` a line. word2vec: the same after a line `V d` (fastText's .vec too). binary: `V d`, then for
each word its bytes, a space and d little-endian float32. Each may be packed with gzip, bzip2 or xz.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import numpy as np

from lmcli.frame.disk.packed import UNREADABLE, joined, open_unpacked
from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import BOM, refuse_utf16
from lmcli.words.files.binary import BATCH, BinaryReader
from lmcli.words.files.layout import FORMATS, Layout, find_layout
from lmcli.words.files.rows import has_control, is_numberlike, text_row

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector, WordVectors

__all__ = ["FORMATS", "VectorFile", "open_vectors_file", "write_file"]

WINDOW = 1 << 22  # bytes looked at before the first row is read
LONGEST_LINE = 1 << 28  # bytes

# (line number if there is one, what is wrong with it)
Complain = Callable[[int | None, BadInput], None]
Say = Callable[[str], None]
Batch = tuple[list[str], "Vector"]


@dataclass
class VectorFile:
    """An opened file of vectors: what it holds, and an iterator of (words, rows (n, d))."""

    layout: Layout
    batches: Iterator[Batch]
    stream: IO[bytes] = field(repr=False)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


def open_vectors_file(path: Path, complain: Complain, say: Say) -> VectorFile:
    """Open a file of vectors and find out its layout from its beginning.

    Malformed lines and words go to `complain` and are left out; what the head has wrong goes to `say`. Raises
    BadInput for pickles, archives, empty or cut files.
    """
    stream = open_unpacked(path)
    try:
        start = _window(stream)
        whole = len(start) < WINDOW
        _refuse(path, start)
        start = start.removeprefix(BOM.encode())
        layout = find_layout(path, start, whole)
        for message in layout.said:
            say(message)
        rest = joined(start, stream)
        if layout.format == "binary":
            rest.readline()
            return VectorFile(
                layout, BinaryReader(path, rest, layout, complain, say).batches(), rest
            )
        return VectorFile(layout, _text_rows(path, rest, layout, whole, complain, say), rest)
    except UNREADABLE as error:
        stream.close()
        raise BadInput(f"{path}: {error}", "is the file whole?") from None
    except BadInput:
        stream.close()
        raise


def _window(stream: IO[bytes]) -> bytes:
    """The beginning of a file, with its first line whole."""
    start = stream.read(WINDOW)
    while b"\n" not in start and len(start) < LONGEST_LINE:
        more = stream.read(WINDOW)
        if not more:
            break
        start += more
    return start


def _refuse(path: Path, head: bytes) -> None:
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        raise BadInput(
            f"{path}: this is a pickle, and loading one runs the code in it",
            "save it as text where it came from: vectors.save_word2vec_format('vectors.txt')",
        )
    if head.startswith((b"PK\x03\x04", b"\x93NUMPY")):
        raise BadInput(f"{path}: not a file of word vectors", f"formats: {', '.join(FORMATS)}")
    refuse_utf16(head, str(path))
    if not head.removeprefix(BOM.encode()).strip():
        raise BadInput(f"{path}: the file is empty")


def _text_rows(
    path: Path, stream: IO[bytes], layout: Layout, whole: bool, complain: Complain, say: Say
) -> Iterator[Batch]:
    """Rows of a text file. With a head, as many as it promises must follow.

    whole: the layout was found from all rows; else that most rows fit it is checked at the end.
    """
    words: list[str] = []
    values: list[Vector] = []
    read = faults = 0
    try:
        for number, line in enumerate(stream, 1):
            if not line.strip() or (number == 1 and layout.rows is not None):
                continue
            read += 1
            try:
                word, vector = text_row(line, layout.dimensions)
            except BadInput as error:
                faults += 1
                complain(number, error)
                continue
            words.append(word)
            values.append(vector)
            if len(words) == BATCH:
                yield words, np.stack(values)
                words, values = [], []
    except UNREADABLE as error:
        raise BadInput(f"{path}: {error}", "is the file whole?") from None
    if not whole and 2 * faults > read:
        raise BadInput(
            f"{path}: {faults} of {read} lines are no word with {layout.dimensions} numbers"
        )
    if layout.rows is not None and read < layout.rows:
        raise BadInput(
            f"{path}: line 1 promises {layout.rows} words, but {read} follow", "was it cut?"
        )
    if layout.rows is not None and read > layout.rows:
        say(f"line 1 promises {layout.rows:,} words, but {read:,} follow: all are read")
    if words:
        yield words, np.stack(values)


# -- writing ---------------------------------------------------------------------------------


def check_words(vectors: WordVectors, form: str, rows: int) -> None:
    """Raise BadInput, before anything is written, for a word that the format cannot give back."""
    fault = _no_binary if form == "binary" else _no_text
    for row in range(rows):
        word = vectors.vocabulary[row]
        if not word.isalnum() and (why := fault(word.encode())):
            other = "word2vec" if form == "binary" else "binary"
            hint = f"--to {other} can hold it" if not _other_fault(word, form) else None
            raise BadInput(f"{form} files cannot hold the word {word!r}: {why}", hint)


def _other_fault(word: str, form: str) -> str | None:
    fault = _no_text if form == "binary" else _no_binary
    return fault(word.encode())


def _no_binary(word: bytes) -> str | None:
    if b" " in word:
        return "it holds a blank"
    return "it holds a control character" if has_control(word) else None


def _no_text(word: bytes) -> str | None:
    if has_control(word):
        return "it holds a control character"
    fields = word.split()
    if not fields or word != word.strip():
        return "it begins or ends with a blank"
    if len(fields) > 1 and is_numberlike(fields[-1]):
        return "its end would be read as a number of the vector"
    return "it begins with a byte order mark" if word.startswith(BOM.encode()) else None


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
