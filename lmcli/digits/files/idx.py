"""The idx files of MNIST: a magic number, the sizes as big-endian 32-bit numbers, then one byte a value.

http://yann.lecun.com/exdb/mnist/ describes them: 00 00 08 03, the count, rows and columns for pictures;
00 00 08 01 and the count for labels. Packed ones (.gz) are read too.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput

UNSIGNED_BYTE = 8
LARGEST = 2_000_000_000  # bytes that a packed file may unpack to
_GZIP = b"\x1f\x8b"

Bytes = NDArray[np.uint8]


def is_idx(start: bytes) -> bool:
    """Whether a file that begins with these four bytes is an idx file."""
    return len(start) >= 4 and start[:3] == bytes((0, 0, UNSIGNED_BYTE)) and 1 <= start[3] <= 4


def looks_like_idx(path: Path) -> bool:
    """Whether a file is an idx file, packed or not; False where it cannot be read."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start[:2] == _GZIP:
            with gzip.open(path) as unpacked:
                start = unpacked.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return is_idx(start)


def read_idx(path: Path) -> Bytes:
    """The values of an idx file, in its shape: (n, rows, columns) of pictures, (n,) of labels.

    Raises BadInput, naming the file, where it is missing, cut, longer than it says, or no idx file of bytes.
    """
    try:
        data = path.read_bytes()
        if data[:2] == _GZIP:
            with gzip.open(path) as unpacked:
                data = unpacked.read(LARGEST)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or f"damaged: {error}"
        raise BadInput(f"{path}: {reason}") from None
    return parsed(data, str(path))


def parsed(data: bytes, name: str) -> Bytes:
    """The values of an idx file's bytes; `name` begins the message of what is raised, BadInput."""
    if not is_idx(data[:4]):
        hint = "it begins with 00 00 08 and the number of dimensions"
        raise BadInput(f"{name}: not an idx file of bytes", hint)
    dimensions = data[3]
    head = 4 + 4 * dimensions
    if len(data) < head:
        raise BadInput(f"{name}: cut off within its header of {head} bytes")
    shape = tuple(int(size) for size in np.frombuffer(data, ">u4", dimensions, 4))
    wanted = int(np.prod([int(size) for size in shape], dtype=object))
    if len(data) - head != wanted:
        sizes = " x ".join(map(str, shape))
        raise BadInput(
            f"{name}: damaged: {sizes} values need {wanted:,} bytes, and {len(data) - head:,} are there",
            "copy or download it again",
        )
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def read_pictures(path: Path) -> Bytes:
    """The pictures (n, 28, 28) of an idx file. Raises BadInput where it holds something else."""
    values = read_idx(path)
    if values.ndim != 3 or values.shape[1:] != (28, 28):
        sizes = " x ".join(map(str, values.shape))
        hint = (
            "pictures are n x 28 x 28; labels lie in a file of their own"
            if values.ndim == 1
            else None
        )
        raise BadInput(f"{path}: {sizes} values are no pictures of 28 x 28", hint)
    return values
