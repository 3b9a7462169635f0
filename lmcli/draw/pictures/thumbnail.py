"""Pictures in the terminal: the graphics protocols of kitty and iTerm2, sixels, half blocks where there is none.

What a terminal can show is told by its environment variables alone: a question would have to be answered, and
one that does not answer would be waited for.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

COLUMNS, LINES = 36, 14  # cells of the largest thumbnail
CELL = 10, 20  # pixels of a cell, where the terminal does not say
CHUNK = 4096  # letters of base64 that kitty takes at a time
COLORS = 255  # of a sixel picture's palette

_KITTY = ("kitty", "ghostty")
_ITERM2 = ("iTerm.app", "WezTerm", "mintty")
_SIXEL = ("foot", "mlterm", "contour", "yaft", "sixel")
_MULTIPLEXERS = ("screen", "tmux")  # they let no picture through


@dataclass(frozen=True, slots=True)
class Size:
    """How large a thumbnail is: in cells of the terminal, and in pixels."""

    columns: int
    lines: int
    width: int
    height: int


def way_of(variables: Mapping[str, str]) -> str:
    """How the terminal that these environment variables tell of shows pictures: kitty, iterm2, sixel or blocks."""
    terminal, program = variables.get("TERM", ""), variables.get("TERM_PROGRAM", "")
    if terminal.startswith(_MULTIPLEXERS) or variables.get("TMUX") or variables.get("STY"):
        return "blocks"
    if (
        variables.get("KITTY_WINDOW_ID")
        or any(name in terminal for name in _KITTY)
        or program in _KITTY
    ):
        return "kitty"
    if program in _ITERM2 or variables.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return "sixel" if any(name in terminal for name in _SIXEL) else "blocks"


def fitted(
    width: int,
    height: int,
    columns: int = COLUMNS,
    lines: int = LINES,
    cell: tuple[int, int] = CELL,
) -> Size:
    """The size of a thumbnail of a picture of width x height pixels in at most columns x lines cells.

    Its shape is kept, and a picture is not made larger than twice its own pixels.
    """
    scale = min(columns * cell[0] / width, lines * cell[1] / height, 2.0)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    return Size(-(-wide // cell[0]), -(-high // cell[1]), wide, high)


def encoded(image: Image.Image, way: str, size: Size) -> str:
    """The escape sequence that shows an RGB image by the protocol `way`; the cursor ends below it."""
    small = image.resize((size.width, size.height))
    if way == "kitty":
        return "".join(_kitty(_png(small), size)) + "\n"
    if way == "iterm2":
        return _iterm2(_png(small), size) + "\n"
    return sixel(small)


def blocks_of(image: Image.Image, size: Size) -> NDArray[np.uint8]:
    """The pixels (2 * lines, columns, 3) that half blocks show, two above each other in a cell."""
    import numpy as np

    small = image.resize((size.columns, 2 * size.lines))
    return np.asarray(small, np.uint8)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def _kitty(png: bytes, size: Size) -> Iterator[str]:
    """Transmit and display (a=T) a PNG (f=100) in cells c x r, in chunks; q=2: no answer is wanted."""
    data = base64.b64encode(png).decode()
    keys = f"a=T,f=100,q=2,c={size.columns},r={size.lines},"
    for start in range(0, len(data), CHUNK):
        more = int(start + CHUNK < len(data))
        yield f"\x1b_G{keys}m={more};{data[start : start + CHUNK]}\x1b\\"
        keys = ""


def _iterm2(png: bytes, size: Size) -> str:
    data = base64.b64encode(png).decode()
    keys = (
        f"inline=1;size={len(png)};width={size.columns};height={size.lines};preserveAspectRatio=1"
    )
    return f"\x1b]1337;File={keys}:{data}\x07"


def sixel(image: Image.Image) -> str:
    """An RGB image as DEC sixels: bands of six lines, each colour of its palette painted over the band."""
    import numpy as np

    paletted = image.quantize(COLORS)
    palette = np.array(paletted.getpalette() or [0, 0, 0]).reshape(-1, 3)
    pixels = np.asarray(paletted)
    parts = [f'\x1bPq"1;1;{image.width};{image.height}']
    for index in np.unique(pixels).tolist():
        red, green, blue = (round(value * 100 / 255) for value in palette[index].tolist())
        parts.append(f"#{index};2;{red};{green};{blue}")
    for top in range(0, image.height, 6):
        parts += ["$".join(_band(pixels[top : top + 6])), "-"]
    return "".join(parts) + "\x1b\\\n"


def _band(band: NDArray[np.uint8]) -> Iterator[str]:
    """The colours of up to six lines, each as a row of letters: bit 0 of a letter is the top line."""
    import numpy as np

    weights = 1 << np.arange(len(band))
    for index in np.unique(band).tolist():
        bits = weights @ (band == index)
        starts = np.flatnonzero(np.diff(bits, prepend=-1))
        lengths = np.diff(starts, append=len(bits)).tolist()
        runs = zip(bits[starts].tolist(), lengths, strict=True)
        yield f"#{index}" + "".join(_run(chr(63 + value), length) for value, length in runs)


def _run(letter: str, length: int) -> str:
    return letter * length if length < 4 else f"!{length}{letter}"
