"""What is large enough for the last row of a lecture hall: letters made of blocks, and what a console knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console, ConsoleOptions, RenderResult

# by the sum of the parts set: 1 upper left, 2 upper right, 4 and 8 below
QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
HEIGHTS = (20, 16, 14, 12)  # of a line of letters, in quarters: the first that fits
INK = 110  # of 255: what covers more of a quarter sets it


def is_big(console: Console) -> bool:
    """Whether a console prints for a projector."""
    return bool(getattr(console, "big", False))


@dataclass(frozen=True)
class Letters:
    """A rich renderable: a text in letters of blocks; in plain ones where they do not fit or no font has them."""

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lines of the terminal's own colours."""
        from rich.text import Text

        del console
        for height in HEIGHTS:
            dots = letter_dots(self.text, height)
            if dots is not None and dots.shape[1] <= 2 * options.max_width:
                for upper, lower in zip(dots[::2], dots[1::2], strict=True):
                    sums = upper[::2] + 2 * upper[1::2] + 4 * lower[::2] + 8 * lower[1::2]
                    yield Text("".join(QUARTERS[value] for value in sums).rstrip(), no_wrap=True)
                return
        yield Text(self.text, "bold")


def letter_dots(text: str, height: int) -> NDArray[np.uint8] | None:
    """A text drawn in 0 and 1: even sizes, at most `height` lines; None where no font has its letters."""
    import numpy as np
    from PIL import Image, ImageDraw

    from lmcli.draw.fonts import Fonts

    fonts = Fonts()
    runs = fonts.runs(text, round(height * 0.8), bold=True)
    if fonts.missing or not text.strip():
        return None
    width = sum(font.getlength(part) for part, font in runs)
    image = Image.new("L", ((int(width) + 3) // 2 * 2, height))
    pen, x = ImageDraw.Draw(image), 0.0
    for part, font in runs:
        pen.text((x, height * 0.78), part, fill=255, font=font, anchor="ls")
        x += font.getlength(part)
    dots = (np.asarray(image) > INK).astype(np.uint8)
    used = np.flatnonzero(dots.any(axis=1))
    return dots[used[0] // 2 * 2 : used[-1] // 2 * 2 + 2]
