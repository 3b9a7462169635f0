"""Protocol buffers' wire format: as much of it as reading and extending an ONNX file takes.

See https://protobuf.dev/programming-guides/encoding/. A message is a run of fields, each a key
(number << 3 | wire type) and a value; a message that stands twice is merged by every parser, which
is what lets a file be extended by appending to it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import TypeAlias

Buffer: TypeAlias = bytes | mmap.mmap | memoryview

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

DTYPES = {  # of tensors: TensorProto.DataType
    1: "float32",
    2: "uint8",
    3: "int8",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    16: "bfloat16",
}


class MalformedError(ValueError):
    """The bytes are not a message: cut short, or something else altogether."""


def fields(data: Buffer, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Each field of the message data[start:end] as (number, begin, end) of its value.

    Values are not copied; a varint's value is given as (number, value, -1). Raises MalformedError.
    """
    end = len(data) if end is None else end
    at = start
    while at < end:
        key, at = varint(data, at, end)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = varint(data, at, end)
            yield number, value, -1
            continue
        if wire == BYTES:
            size, at = varint(data, at, end)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise MalformedError(f"wire type {wire} at byte {at}")
        if at + size > end or number == 0:
            raise MalformedError(f"a field of {size} bytes at byte {at} passes the end, {end}")
        yield number, at, at + size
        at += size


def varint(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """The integer at `at`, seven bits a byte and low bits first, and where it ends."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise MalformedError(f"a number runs past byte {at}")


def write_varint(value: int) -> bytes:
    """An integer >= 0, seven bits a byte and low bits first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_field(number: int, value: int | bytes | str) -> bytes:
    """One field: integers as varints; bytes, text and messages with their length before them."""
    if isinstance(value, int):
        return write_varint(number << 3 | VARINT) + write_varint(value)
    body = value.encode() if isinstance(value, str) else value
    return write_varint(number << 3 | BYTES) + write_varint(len(body)) + body
