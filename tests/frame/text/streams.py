"""Streams that give what they hold in pieces."""

import io
from collections.abc import Iterator

MILLION = 1_000_000


class Pieces(io.RawIOBase):
    """A stream that gives the pieces of an iterator, one a read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces

    def read1(self, _size: int = -1) -> bytes:
        """The next piece; nothing after the last."""
        return next(self.pieces, b"")


class Endless(Pieces):
    """A stream with a line of some 100 MB, which nobody holds, between `before` and `after`."""

    def __init__(self, before: bytes, after: bytes) -> None:
        block = b"king queen " * 10_000
        super().__init__(iter([before, *[block] * (100 * MILLION // len(block)), b"\n" + after]))
