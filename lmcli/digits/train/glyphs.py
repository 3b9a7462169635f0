"""Digits and letters of fonts as the pictures that lmcli makes of them: more digits to learn, and what is none."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.reading import prepared

DIGITS = "0123456789"
NO_DIGITS = "AEFHKMNPRVWXdfkmnprtuvwx?&@#%+=*"  # none that a hand could have meant as a digit
SIZE = 96  # pixels of a glyph

Floats = NDArray[np.float32]


def glyphs(fonts: Sequence[bytes], letters: str) -> tuple[Floats, NDArray[np.int64]]:
    """The letters of each font (n, 28, 28) and their places in `letters`."""
    pixels, places = [], []
    for font in fonts:
        for place, letter in enumerate(letters):
            pixels.append(glyph(font, letter))
            places.append(place)
    return np.stack(pixels), np.array(places, np.int64)


def glyph(font: bytes, letter: str) -> Floats:
    """A letter as black on white, and of it what a network is given (28, 28)."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (2 * SIZE, 2 * SIZE), "white")
    face = ImageFont.truetype(io.BytesIO(font), SIZE)
    ImageDraw.Draw(picture).text((SIZE, SIZE), letter, "black", font=face, anchor="mm")
    return prepared(picture, written=True)
