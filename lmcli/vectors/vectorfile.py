"""Vectors on disk with what they belong to, in one file that is replaced as a whole.

16 bytes of name and version, the header's length (uint64) and crc32 (uint32), both little-endian; the header, JSON in
UTF-8; from the next multiple of 64 on the vectors, float32, one row after the other. They are mapped, not read:
who has opened the file goes on with it while another process puts a newer one in its place.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.disk.folders import make_folder
from lmcli.frame.disk.whole import new_file

MAGIC = b"lmcli vectors 1\n"
_LENGTHS = struct.Struct("<QI")
_ALIGNMENT = 64

Vectors = NDArray[np.float32]


def write(path: Path, header: Mapping[str, Any], vectors: Vectors) -> None:
    """Write the rows (n, d) and the header, which may hold what JSON can; folders are made."""
    make_folder(path.parent)
    rows, width = vectors.shape
    packed = json.dumps({**header, "rows": rows, "width": width}).encode()
    with new_file(path) as stream:
        stream.write(MAGIC + _LENGTHS.pack(len(packed), zlib.crc32(packed)) + packed)
        stream.write(bytes(_start(len(packed)) - stream.tell()))
        stream.write(np.ascontiguousarray(vectors, "<f4").data)


def read(path: Path) -> tuple[dict[str, Any], Vectors]:
    """The header and the mapped rows (n, d).

    Raises OSError where the file cannot be read, ValueError where it is cut or is no such file.
    """
    with path.open("rb") as stream:
        head = stream.read(len(MAGIC) + _LENGTHS.size)
        if not head.startswith(MAGIC) or len(head) != len(MAGIC) + _LENGTHS.size:
            raise ValueError("it is no file of vectors")
        length, checksum = _LENGTHS.unpack_from(head, len(MAGIC))
        packed = stream.read(length)
        if zlib.crc32(packed) != checksum:
            raise ValueError("its header is damaged")
        header: dict[str, Any] = json.loads(packed)
        rows, width = header["rows"], header["width"]
        start = _start(length)
        if stream.seek(0, 2) != start + rows * width * 4:
            raise ValueError(f"it has another size than {rows} rows of {width}")
        if not rows:
            return header, np.zeros((0, width), np.float32)
        return header, np.memmap(stream, "<f4", "r", start, (rows, width)).view(np.ndarray)


def _start(header: int) -> int:
    """Where the rows begin behind a header of that length."""
    end = len(MAGIC) + _LENGTHS.size + header
    return -(-end // _ALIGNMENT) * _ALIGNMENT
