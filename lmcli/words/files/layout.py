"""What kind of vectors file it is: decided by all rows of its beginning, not by the first one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.words.files.rows import has_control, is_numberlike, numbers_at_end, odd_token, reason

FORMATS = ("glove", "word2vec", "binary")
LONGEST_WORD = 10_000  # bytes; beyond it a binary file is not one
WIDEST = 4096  # dimensions tried where a binary file's head is wrong
_HEAD = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})\s*")
_SPACES = b"\t\n\r\x0b\x0c"


@dataclass(frozen=True)
class Layout:
    """A file's format and dimensions. `rows`: what its head promises, or None without a head.

    said: what its head has wrong, and was put right.
    """

    format: str
    dimensions: int
    rows: int | None = None
    said: list[str] = field(default_factory=list)


def find_layout(path: Path, start: bytes, whole: bool) -> Layout:
    """The layout of a file that begins with `start`; `whole`: that is all of it.

    Text is what reads as rows of numbers, or holds no byte that text does not. Its dimension is that of most
    rows. Raises BadInput for what is no file of vectors.
    """
    first, _, rest = start.partition(b"\n")
    head = _HEAD.fullmatch(first)
    lines = start.split(b"\n")
    if not whole and len(lines) > 1:
        lines.pop()  # cut
    body = [line for line in lines[1 if head else 0 :] if line.strip()]
    if head and int(head[2]) == 0:
        raise BadInput(f"{path}: line 1: vectors of 0 dimensions")
    if head and not rest.strip(_SPACES + b" ") and whole:
        raise BadInput(f"{path}: a head alone: no word follows line 1", "was it cut?")
    if _is_text(body) or not head or not _may_be_binary(rest, int(head[1]), int(head[2]), whole):
        return _text_layout(path, head, body, whole)
    return _binary_layout(int(head[1]), int(head[2]), rest, whole)


def _is_text(body: list[bytes]) -> bool:
    """Whether most lines end in something like a number."""
    ends = [fields[-1] for line in body if len(fields := line.split()) > 1]
    return 2 * sum(map(is_numberlike, ends)) > len(body)


def _text_layout(
    path: Path, head: re.Match[bytes] | None, body: list[bytes], whole: bool
) -> Layout:
    fields = [line.split() for line in body]
    counts = Counter(numbers_at_end(row) for row in fields if odd_token(row) is None)
    if not counts or 2 * counts.total() < len(fields):
        raise _no_vectors(path, fields, 2 if head else 1)
    most = max(counts.values())
    usual = max(count for count, rows in counts.items() if rows == most)
    if head is None:
        return Layout("glove", usual)
    rows, dimensions = int(head[1]), int(head[2])
    if counts[dimensions] == most:
        usual = dimensions
    if usual == 1 != dimensions and not (whole and rows == len(body)):
        return Layout("glove", 1)  # 2010 50: a word and its only number
    said = []
    if usual != dimensions:
        said = [
            f"line 1 says {dimensions:,} dimensions, but the rows have {usual:,}: these are read"
        ]
    return Layout("word2vec", usual, rows, said)


def _no_vectors(path: Path, fields: list[list[bytes]], number: int) -> BadInput:
    """The error of a text whose rows are no words with numbers, with the reason where most rows share it."""
    reasons = Counter(why for row in fields if (why := reason(odd_token(row) or b"")))
    if reasons and 2 * reasons.most_common(1)[0][1] > len(fields):
        what, hint = reasons.most_common(1)[0][0]
        return BadInput(f"{path}: line {number}, as most lines, has {what}", hint)
    utf16 = fields and b"\0" in fields[0][0]
    hint = "is it UTF-16?" if utf16 else f"formats: {', '.join(FORMATS)}"
    return BadInput(f"{path}: line {number} is no word with numbers", hint)


# -- binary ----------------------------------------------------------------------------------


def _may_be_binary(data: bytes, rows: int, dimensions: int, whole: bool) -> bool:
    """Whether what follows a head can be records: it holds bytes that no text does, or fits to the last byte."""
    if has_control(data.translate(None, _SPACES)):
        return True
    try:
        data[: len(data) if whole else -4].decode()
    except UnicodeDecodeError:
        return True
    found = list(_records(data, dimensions))
    return whole and len(found) == rows and all(found) and _usual_sizes(data, dimensions)


def _usual_sizes(data: bytes, dimensions: int) -> bool:
    """Whether the first record's numbers are of a size that vectors have; letters read as float32 are not."""
    place = data.find(b" ") + 1
    values = np.abs(np.frombuffer(data[place : place + 4 * dimensions], "<f4"))
    return bool(((values > 1e-3) & (values < 1e4)).all())


def _binary_layout(rows: int, dimensions: int, data: bytes, whole: bool) -> Layout:
    found = list(_records(data, dimensions))
    if whole and 2 * sum(found) <= len(found):
        for other in range(1, min(WIDEST, len(data) // 4) + 1):
            if _fits(data, other, rows):
                said = f"line 1 says {dimensions:,} dimensions, but the vectors have {other:,}"
                return Layout("binary", other, rows, [f"{said}: these are read"])
    return Layout("binary", dimensions, rows)


def _fits(data: bytes, dimensions: int, rows: int) -> bool:
    """Whether the bytes are `rows` sound records, two or more, to the last byte."""
    count = 0
    for sound in _records(data, dimensions):
        if not sound:
            return False
        count += 1
    return count == rows > 1


def _records(data: bytes, dimensions: int) -> Iterator[bool]:
    """Walk over binary records: whether each is sound. What is left over at the end is one that is not."""
    place = 0
    while data[place : place + 3].strip(b"\r\n"):
        end = data.find(b" ", place, place + LONGEST_WORD)
        stop = end + 1 + 4 * dimensions
        if end < 0 or stop > len(data):
            yield False
            return
        word = data[place:end].lstrip(b"\r\n")
        yield bool(word) and not has_control(word) and _is_utf8(word)
        place = stop


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True
