"""JPEG files that end too early: how much of the picture is there, and the picture.

A decoder goes on with whatever bytes follow. So the file is read twice with different bytes in place of those that
are missing: the rows that come out the same are the file's own.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

END = b"\xff\xd9"
START_OF_SCAN = b"\xff\xda"
FILLERS = (b"\x00", b"\x55")
COMPARED = 1024  # pixels of a side that are enough to compare


def completed(data: bytes, draft: int | None = None) -> Image.Image:
    """The picture of a JPEG with its end marker set, not yet decoded; what is missing will be grey.

    With `draft`, it is decoded at a fraction of its size, both sides at least as long.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    image = JpegImageFile(io.BytesIO(data + END), "")
    if draft:
        image.draft(None, (draft, draft))
    return image


def share_there(data: bytes) -> float:
    """The share of a JPEG's rows that its bytes hold, counted from the top until the first that is not whole.

    Raises what the decoder raises where not even the first rows can be read.
    """
    size = completed(data).size
    filling = size[0] * size[1] // 8 + 1024  # more than any picture takes of such bytes
    first, second = (
        np.asarray(completed(data + filler * filling, COMPARED).convert("RGB"))
        for filler in FILLERS
    )
    other = np.flatnonzero((first != second).any(axis=(1, 2)))
    return float(other[0] / len(first)) if other.size else 1.0


def passes_of(data: bytes) -> int:
    """In which pass over the picture a progressive JPEG ends; 0 for one that has a single pass."""
    return data.count(START_OF_SCAN) if completed(data).info.get("progressive") else 0
