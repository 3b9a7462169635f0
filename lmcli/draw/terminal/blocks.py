"""Pixels in the terminal, two above each other in a cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmcli.draw.colormap import hexadecimal
from lmcli.draw.terminal.projector import is_big

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

SHADES = " ░▒▓█"


@dataclass(frozen=True)
class Blocks:
    """A rich renderable of pixels (2n, columns, 3): two above each other in a cell, as a half block.

    Without colours, shades stand for them. On a console for a projector a pixel takes as many cells as fit.
    """

    pixels: NDArray[np.uint8]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self._scaled(console, options.max_width) if is_big(console) else self
        colored = not console.no_color and console.color_system is not None
        yield from shown._colored() if colored else shown._shaded()

    def _scaled(self, console: Console, width: int) -> Blocks:
        """Each pixel as a square of as many as the terminal has room for."""
        height, columns = self.pixels.shape[:2]
        times = max(1, min(width // columns, 2 * (console.size.height - 2) // height))
        return Blocks(self.pixels.repeat(times, axis=0).repeat(times, axis=1))

    def _colored(self) -> Iterator[Text]:
        from rich.text import Text

        for upper, lower in zip(self.pixels[::2], self.pixels[1::2], strict=True):
            line = Text()
            for top, bottom in zip(upper.tolist(), lower.tolist(), strict=True):
                line.append("▀", f"{hexadecimal(tuple(top))} on {hexadecimal(tuple(bottom))}")
            yield line

    def _shaded(self) -> Iterator[Text]:
        from rich.text import Text

        light = self.pixels.reshape(-1, 2, *self.pixels.shape[1:]).mean(axis=(1, 3)) / 256
        for row in light:
            yield Text("".join(SHADES[int(value * len(SHADES))] for value in row))
