"""Files that may be packed: gzip, bzip2 and xz are known by their first bytes, whatever the file is called."""

from __future__ import annotations

import gzip
import lzma
import zlib
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, cast

from lmcli.frame.errors import BadInput

# what a cut or damaged file raises while it is read
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
BUFFER = 1 << 20
_HEAD = 10  # bytes that tell the kinds apart
_BZIP2 = (b"1AY&SY", b"\x17rE8P\x90")  # a first block, or the end of an empty file
_ZSTANDARD = b"\x28\xb5\x2f\xfd"


class _Joined(RawIOBase):
    """Bytes that were read from a stream, then the rest of it; a named pipe cannot be rewound."""

    def __init__(self, start: bytes, stream: IO[bytes]) -> None:
        self._start = memoryview(start)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        taken = self._start[:size] if self._start else self._stream.read(size)
        self._start = self._start[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._stream.close()
        super().close()


def joined(start: bytes, stream: IO[bytes]) -> BufferedReader:
    """A stream with bytes put back in front of it."""
    return BufferedReader(_Joined(start, stream), BUFFER)


def open_unpacked(path: Path) -> BufferedReader:
    """Open a file; a packed one gives what it holds. Raises OSError, BadInput for Zstandard."""
    stream = path.open("rb")
    try:
        head = stream.read(_HEAD)
        whole = joined(head, stream)
        if head.startswith(b"\x1f\x8b"):
            return cast(BufferedReader, gzip.open(whole))
        if head.startswith(b"BZh") and head[4:] in _BZIP2:
            import bz2

            return cast(BufferedReader, bz2.open(whole))
        if head.startswith(b"\xfd7zXZ\0"):
            return cast(BufferedReader, lzma.open(whole))
        if head.startswith(_ZSTANDARD):
            raise BadInput(f"{path}: packed with Zstandard", "unpack it with: zstd -d")
    except BaseException:
        stream.close()
        raise
    return whole
