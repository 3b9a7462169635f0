"""Several views of one picture, whose vectors' mean says more of it than its middle alone.

The middle as the model's preprocessing cuts it comes first, so that one view is what the model's authors do; then, in
this order, the whole picture squeezed into the model's square (cut a little closer), the middle mirrored, both ends of
the longer side, and closer looks. More views are the same and further ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lmcli.clip.preprocessing import Pixels, Preprocessing

if TYPE_CHECKING:
    from PIL import Image

CLOSE = 0.8  # of the sides that a closer look shows


def views_of(image: Image.Image, preprocessing: Preprocessing, count: int) -> Iterator[Pixels]:
    """`count` views of a picture (RGB) as float32 (3, height, width)."""
    yield preprocessing(image)
    if count > 1:
        middle = preprocessing.cut(image)
        for view in _others(image, middle, preprocessing.resample, count - 1):
            yield preprocessing.numbers(view)


def _others(
    image: Image.Image, middle: Image.Image, resample: int, count: int
) -> Iterator[Image.Image]:
    """Views after the first, each of the size of `middle`."""
    from PIL import Image, ImageOps

    width, height = image.size
    side = min(width / middle.width, height / middle.height)  # of the largest window, in its units
    window = side * middle.width, side * middle.height
    close = CLOSE * width, CLOSE * height
    boxes = (
        _box(image, close, 0.5),
        None,
        _box(image, window, 0.0),
        _box(image, window, 1.0),
        _box(image, (CLOSE * window[0], CLOSE * window[1]), 0.5),
        (0.0, 0.0, float(width), float(height)),
        _box(image, close, 0.0),
    )
    for box in boxes[:count]:
        if box is None:
            yield ImageOps.mirror(middle)
        else:
            yield image.resize(middle.size, Image.Resampling(resample), box)


def _box(
    image: Image.Image, size: tuple[float, float], place: float
) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of a window at 0 (the start) to 1 (the end) of both sides."""
    width, height = min(size[0], image.width), min(size[1], image.height)  # rounding may exceed
    left, top = (image.width - width) * place, (image.height - height) * place
    return left, top, min(left + width, image.width), min(top + height, image.height)
