"""Pictures of one channel of 16 or 32 bits, or of floating point, as 8 bits: as viewers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

ROWS = 256  # that are scaled at a time, so that memory does not grow
SAMPLE = 1_000_000  # values that a range is told from
TAILS = (2.5, 97.5)  # percentiles: what lies beyond them may leave a range
RANGES = (
    (1.0, 4.0),
    (255.0, 300.0),
)  # of floats: what is white, and how far bright lights go beyond
BELOW = 0.05  # of white, that sharpened pictures go below black
PHOTOMETRIC, SAMPLE_FORMAT = 262, 339  # tags of TIFF
UNSIGNED = 1

Values = NDArray[Any]


def scaled(image: Image.Image) -> Image.Image:
    """The image in mode L; a value that the file calls transparent is white."""
    from PIL import Image

    values = _values(image)
    low, high = _bounds(values, image)
    grey = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), ROWS):
        part = slice(top, top + ROWS)
        shares = (np.nan_to_num(values[part].astype(np.float64), nan=low) - low) / (high - low)
        grey[part] = (shares.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if _tag(image, PHOTOMETRIC, 1) == 0:  # white is zero; Pillow turns only 8 bits
        grey = 255 - grey
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey[values == clear] = 255
    return Image.fromarray(grey)


def _values(image: Image.Image) -> Values:
    values = np.asarray(image)
    unsigned = _tag(image, SAMPLE_FORMAT, UNSIGNED) == UNSIGNED
    if image.format == "TIFF" and image.mode == "I" and unsigned:
        return values.view(np.uint32)  # Pillow has no such type
    return values


def _bounds(values: Values, image: Image.Image) -> tuple[float, float]:
    """The values that are black and white.

    16 bits have their whole range. Floats are taken as 0 to 1, or 0 to 255, where nearly all lie there or not far
    beyond, and cut at its ends; 32-bit integers as 0 to 255 where they fit. Others, which have no range of their own,
    are stretched.
    """
    if image.mode.startswith("I;16") or (image.format in ("PNG", "PPM") and image.mode == "I"):
        return 0.0, 65535.0
    sample = values.ravel()[:: max(1, values.size // SAMPLE)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    least, most = float(sample.min()), float(sample.max())
    if image.mode != "F":
        return min(least, 0.0), 255.0 if least >= 0 and most <= 255 else float(most) or 1.0
    low, high = np.percentile(sample, TAILS)
    white = next((white for white, furthest in RANGES if high <= furthest), None)
    if white is not None and low >= -BELOW * white:
        return 0.0, white
    return min(least, 0.0), most if most > min(least, 0.0) else 1.0


def _tag(image: Image.Image, number: int, otherwise: int) -> int:
    """A TIFF's tag; of other formats what is the rule."""
    tags = getattr(image, "tag_v2", {})
    value = tags.get(number, otherwise)
    return int(value[0] if isinstance(value, tuple) else value)
