"""Ways to damage a file: bytes, lines and fields, and values inside JSON, TOML and YAML."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable

from tests.fuzz import trees

Mutator = Callable[[random.Random, bytes, bytes], bytes]  # (chance, data, another sample)

LARGEST = 4_000_000  # bytes of a mutated input
NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NUMBERS = (
    b"0", b"-0", b"1", b"-1", b"2147483648", b"-2147483649", b"9223372036854775808", b"18446744073709551616",
    b"1e308", b"1e39", b"-1e400", b"1e-320", b"nan", b"inf", b"-inf", b"0.1", b"0x10", b"1_000", b"1,5", b"",
    "３９".encode(), "½".encode(), b"9" * 5000, b"99999999999",
)  # fmt: skip
INSERTED = (
    b"\xef\xbb\xbf", b"\x00", b"\r\n", b"\r", b"\n", b"\n\n", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\t", b" ",
    b"\x1b[31m", b"\x0c", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc2\xa0", b"\xcc\x81", b"\xe2\x80\xae", b'"', b"'",
    b"\\", b"{", b"}", b"[", b"]", b"(", b")", b":", b",", b"#", b";", b"?", b"$", b"&", b"*", b"|", b"-", b"%",
)  # fmt: skip
INTEGERS = (0, 1, -1, 2, 7, 255, 1 << 15, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62, 1 << 63)
CHUNK = 64


def mutate(chance: random.Random, data: bytes, other: bytes, kind: str) -> bytes:
    """`data` damaged in one to four ways that suit its kind: binary, text, json, jsonl, toml or yaml."""
    ways = {
        "binary": BINARY,
        "text": TEXT,
        "json": TEXT + trees.JSON * 5,
        "jsonl": TEXT + trees.JSONL * 5,
        "toml": TEXT + trees.TOML * 5,
        "yaml": TEXT + trees.YAML * 5,
    }[kind]
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        data = chance.choice(ways)(chance, data, other)[:LARGEST]
    return data


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    """A part of the data: mostly short, and more often near its head, where formats are decided."""
    if not data:
        return 0, 0
    start = chance.randrange(min(len(data), chance.choice((16, 200, len(data)))))
    return start, min(len(data), start + chance.randint(1, chance.choice((1, 8, CHUNK, len(data)))))


def flip(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Change single bits."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 10))):
        if changed:
            start, _ = _span(chance, data)
            changed[start] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwrite(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Write one byte over a part."""
    start, end = _span(chance, data)
    return (
        data[:start]
        + chance.choice((b"\0", b"\xff", b"\x7f", b"\x80")) * (end - start)
        + data[end:]
    )


def integer(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Write a number at the edge of its type over 4 or 8 bytes."""
    size, code = chance.choice(((2, "H"), (4, "I"), (8, "Q")))
    packed = struct.pack(f"<{code}", chance.choice(INTEGERS) % (1 << 8 * size))
    start, _ = _span(chance, data)
    return data[:start] + packed + data[start + size :]


def cut(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Keep the beginning alone."""
    start, end = _span(chance, data)
    return data[: chance.choice((start, end, max(0, len(data) - 1)))]


def remove(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Take a part out."""
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def repeat(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Write a part twice or many times."""
    start, end = _span(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 1, 3, 100)) + data[end:]


def splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one sample and the end of another."""
    start, _ = _span(chance, data)
    _, end = _span(chance, other)
    return data[:start] + other[end:]


def insert(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Put in a mark: BOM, NUL, line ends, bytes that are no UTF-8, characters with a meaning."""
    start, _ = _span(chance, data)
    at = chance.choice((0, start, len(data)))
    return data[:at] + chance.choice(INSERTED) + data[at:]


def number(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Another number in a number's place."""
    found = list(NUMBER.finditer(data[:100_000]))
    if not found:
        return insert(chance, data, data)
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(NUMBERS) + data[place.end() :]


def lines(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Take out, repeat, swap, blank or borrow a line."""
    rows = data.split(b"\n")
    at, to = chance.randrange(len(rows)), chance.randrange(len(rows))
    way = chance.randrange(6)
    if way == 0:
        del rows[at]
    elif way == 1:
        rows.insert(to, rows[at])
    elif way == 2:
        rows[at], rows[to] = rows[to], rows[at]
    elif way == 3:
        rows[at] = chance.choice((b"", b" ", b"\t"))
    elif way == 4:
        rows.insert(at, chance.choice(other.split(b"\n")))
    else:
        rows[at:at] = [rows[to]] * 300
    return b"\n".join(rows)


def fields(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Take out, repeat, empty or join fields of a line."""
    rows = data.split(b"\n")
    at = chance.randrange(len(rows))
    mark = next((mark for mark in (b"\t", b",", b" ") if mark in rows[at]), b" ")
    parts = rows[at].split(mark)
    place = chance.randrange(len(parts))
    way = chance.randrange(4)
    if way == 0:
        del parts[place]
    elif way == 1:
        parts.insert(place, parts[place])
    elif way == 2:
        parts[place] = b""
    rows[at] = (mark + mark if way == 3 else mark).join(parts)
    return b"\n".join(rows)


def endings(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Other line ends, or none at the end."""
    if chance.random() < 0.3:
        return data.rstrip(b"\n")
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"")))


def recode(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """The text in another encoding."""
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-be", "utf-32", "latin-1")), "replace")


def nest(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """Brackets as deep as the stack, or deeper."""
    start, _ = _span(chance, data)
    opening = chance.choice((b"[", b"(", b"{", b'{"a":', b"[[", b"- ", b"(and ", b"not "))
    return data[:start] + opening * chance.choice((50, 1000, 30_000)) + data[start:]


def lengthen(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """A line, or a word, that does not end."""
    start, end = _span(chance, data)
    piece = chance.choice(
        (b"x", b"a b ", "猫".encode(), data[start : min(end, start + 40)] or b"-")
    )
    return data[:start] + piece * (chance.choice((10_000, 100_000)) // len(piece)) + data[start:]


def escape(chance: random.Random, data: bytes, _other: bytes) -> bytes:
    """A word as JSON writes it, with half a surrogate pair."""
    start, end = _span(chance, data)
    piece = json.dumps(data[start:end].decode("utf-8", "replace")).encode()
    return data[:start] + chance.choice((piece, b"\\ud800", b"\\u0000")) + data[end:]


BINARY = (flip, overwrite, integer, integer, cut, remove, repeat, splice, insert)
TEXT = (
    *(
        flip,
        cut,
        remove,
        repeat,
        splice,
        insert,
        insert,
        number,
        number,
        lines,
        lines,
        fields,
        fields,
    ),
    *(endings, recode, nest, lengthen, escape),
)
