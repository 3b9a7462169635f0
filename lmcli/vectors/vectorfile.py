"""Vectors on disk with what they belong to, in one file that is replaced as a whole.

16 bytes of name and version, the header's length (uint64) and crc32 (uint32), both little-endian; the header, JSON in
UTF-8; then the vectors, float32, one row after the other, and further parts that the header names, each from a multiple
of 64 on. All are mapped, not read: who has opened the file goes on with it while another process puts a newer one in
its place.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.disk.folders import make_folder

MAGIC = b"lmcli vectors 1\n"
_LENGTHS = struct.Struct("<QI")
_ALIGNMENT = 64

Vectors = NDArray[np.float32]
Bytes = NDArray[np.uint8]


class Opened(NamedTuple):
    """What a file holds: its header, the rows (n, d), and the bytes of further parts by name."""

    header: dict[str, Any]
    vectors: Vectors
    parts: dict[str, Bytes]


def write(
    path: Path,
    header: Mapping[str, Any],
    blocks: Iterable[Vectors],
    parts: Mapping[str, Iterable[NDArray[Any]]] | None = None,
) -> None:
    """Write a header, which may hold what JSON can, blocks of rows (n, d), and parts in pieces; folders are made."""
    from lmcli.frame.disk.whole import new_file

    blocks = list(blocks)
    pieces = {name: list(part) for name, part in (parts or {}).items()}
    rows = sum(map(len, blocks))
    width = next((block.shape[1] for block in blocks if len(block)), 0)
    sizes = {name: sum(piece.nbytes for piece in part) for name, part in pieces.items()}
    said = {**header, "rows": rows, "width": width, **({"parts": sizes} if sizes else {})}
    packed = json.dumps(said).encode()  # in ASCII: a path may hold bytes that are no UTF-8
    make_folder(path.parent)
    with new_file(path) as stream:
        stream.write(MAGIC + _LENGTHS.pack(len(packed), zlib.crc32(packed)) + packed)
        for part in (blocks, *pieces.values()):
            stream.write(bytes(-stream.tell() % _ALIGNMENT))
            for piece in part:
                if piece.size:
                    stream.write(np.ascontiguousarray(piece, piece.dtype.newbyteorder("<")).data)


def read(path: Path) -> Opened:
    """Open a file that `write` wrote, and map what it holds.

    Raises OSError where the file cannot be read, ValueError where it is cut or is no such file.
    """
    with path.open("rb") as stream:
        head = stream.read(len(MAGIC) + _LENGTHS.size)
        if not head.startswith(MAGIC) or len(head) != len(MAGIC) + _LENGTHS.size:
            raise ValueError("it is no file of vectors")
        length, checksum = _LENGTHS.unpack_from(head, len(MAGIC))
        packed = stream.read(min(length, path.stat().st_size))
        if len(packed) != length or zlib.crc32(packed) != checksum:
            raise ValueError("its header is damaged")
        header: dict[str, Any] = json.loads(packed)
        rows, width = header["rows"], header["width"]
        end, starts = stream.tell(), []
        for size in (rows * width * 4, *header.get("parts", {}).values()):
            starts.append(end + -end % _ALIGNMENT)
            end = starts[-1] + size
        if stream.seek(0, 2) != end:
            raise ValueError(f"it has another size than {rows} rows of {width}")
        found = _mapped(stream, starts[0], rows * width * 4).view("<f4").reshape(rows, width)
        named = zip(header.get("parts", {}).items(), starts[1:], strict=True)
        return Opened(
            header, found, {n: _mapped(stream, start, size) for (n, size), start in named}
        )


def _mapped(stream: BinaryIO, start: int, size: int) -> Bytes:
    if not size:
        return np.zeros(0, np.uint8)
    return np.memmap(stream, np.uint8, "r", start, (size,)).view(np.ndarray)
