"""One row of a vectors file: the word, and numbers that float32 can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from lmcli.frame.errors import BadInput, quoted
from lmcli.frame.text.letters import composed
from lmcli.frame.text.textfile import BOM

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector

BEYOND = 3.4028235677973366e38  # from here on a number rounds to infinity in float32
_NUMBERLIKE = re.compile(rb"[-+]?\.?\d[-+\d.,:;_eExXpPa-fA-F]*|[-+]?(?:nan|inf|infinity)", re.I)
_CONTROL = bytes([*range(32), 127])

# why a token is no number, by the first pattern that it matches
_REASONS = (
    (re.compile(rb"[-+]?\d+,\d+(?:[eE][-+]?\d+)?"), "a decimal comma", "write 0.5, not 0,5"),
    (re.compile(rb"\d+:[-+.\deE]+"), "a sparse row (index:value)", "write all numbers of a row"),
    (re.compile(rb"[-+]?0[xX][\da-fA-F.pP+-]+"), "a hexadecimal number", "write it in decimal"),
    (re.compile(rb".*[,;].*"), "a separator that is no blank or tab", "part numbers with blanks"),
)


def is_number(token: bytes) -> bool:
    """Whether a token is a number as vectors files write it; nan and inf are numbers that cannot be used."""
    try:
        float(token)
    except ValueError:
        return False
    return b"_" not in token  # Python reads 1_000


def numbers_at_end(fields: list[bytes]) -> int:
    """How many numbers end a row; its first field is the word, whatever it looks like."""
    count = 0
    for field in reversed(fields[1:]):
        if not is_number(field):
            break
        count += 1
    return count


def is_numberlike(token: bytes) -> bool:
    """Whether a token is a number, or one of another notation: 0,5 and 3:0.5 and 0x1p-3."""
    return _NUMBERLIKE.fullmatch(token) is not None


def odd_token(fields: list[bytes]) -> bytes | None:
    """What shows that a row is no word with numbers: the token before its numbers, where it looks like one.

    None for a sound row, whether or not it has as many numbers as the others.
    """
    word = fields[: len(fields) - numbers_at_end(fields)]
    if len(word) == len(fields):
        return fields[-1]
    return word[-1] if len(word) > 1 and is_numberlike(word[-1]) else None


def reason(token: bytes) -> tuple[str, str] | None:
    """(what a token is instead of a number, what to do), or None where that is unknown."""
    for pattern, what, hint in _REASONS:
        if pattern.fullmatch(token):
            return what, hint
    return None


def _no_number(token: bytes) -> BadInput:
    text = quoted(token.decode("utf-8", "replace"), 30)
    what, hint = reason(token) or ("not a number", None)
    return BadInput(f"{text} is {what}", hint)


def text_row(line: bytes, dimensions: int) -> tuple[str, Vector]:
    """The word and vector of a line: blanks or tabs part them, and the word may hold some.

    Raises BadInput for a line that does not hold a word and as many finite numbers.
    """
    parts = line.rsplit(None, dimensions)
    if len(parts) <= dimensions:
        raise _too_few(line, dimensions)
    numbers = parts[1:]
    try:
        values = np.array([float(part) for part in numbers])
    except ValueError:
        raise _not_numbers(line, numbers) from None
    if b"_" in line and any(b"_" in part for part in numbers):
        raise _not_numbers(line, numbers)
    vector = _single(values, numbers)
    fields = parts[0].split()
    if len(fields) > 1 and is_numberlike(fields[-1]):  # New York 1: a word, or a number too many?
        found = numbers_at_end(line.split())
        if found == dimensions:
            raise _no_number(fields[-1])
        raise BadInput(f"{found} numbers where {dimensions} belong")
    return clean_word(parts[0].strip()), vector


def _too_few(line: bytes, dimensions: int) -> BadInput:
    fields = line.split()
    found = numbers_at_end(fields)
    if line[:1].isspace() and len(fields) == dimensions and is_number(fields[0]):
        return BadInput("no word before the numbers")
    if 0 < found < len(fields) - 1 or (not found and len(fields) > 1):
        return _not_numbers(line, fields[1:])
    return BadInput(f"{found} numbers where {dimensions} belong")


def _not_numbers(line: bytes, tokens: list[bytes]) -> BadInput:
    """The error of a row whose tokens are not all numbers; the last that is none tells most."""
    bad = next((token for token in reversed(tokens) if not is_number(token)), line)
    return _no_number(bad)


def _single(values: Vector, tokens: list[bytes]) -> Vector:
    """The numbers in float32. Raises BadInput for what it cannot hold."""
    sizes = np.abs(values)
    if not sizes.max() < BEYOND:  # nan, too
        token = next(t for t, size in zip(tokens, sizes, strict=True) if not size < BEYOND)
        text = quoted(token.decode("utf-8", "replace"), 30)
        finite = bool(re.search(rb"\d", token))
        raise BadInput(f"{text} is {'beyond float32' if finite else 'not finite'}")
    vector: Vector = values.astype(np.float32)
    if not vector.any() and values.any():
        raise BadInput("the numbers are too small for float32")
    return vector


def clean_word(word: bytes) -> str:
    """The word of a row: composed (NFC), without a byte order mark. Raises BadInput for what is none."""
    try:
        text = word.decode()
    except UnicodeDecodeError:
        shown = word[:30].decode("utf-8", "replace")
        raise BadInput(f"the word {shown!r} is not UTF-8") from None
    text = composed(text.removeprefix(BOM))
    if not text:
        raise BadInput("no word before the numbers")
    if has_control(word):
        raise BadInput(
            f"control characters in the word {quoted(text, 30)}", "are lines ended by \\n?"
        )
    return text


def has_control(data: bytes) -> bool:
    """Whether bytes hold what no text does: control characters."""
    return len(data.translate(None, _CONTROL)) < len(data)
