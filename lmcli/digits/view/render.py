"""Readings, pictures of 28 x 28 pixels and feature maps for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.digits.reading import Reading
from lmcli.draw.terminal.blocks import Blocks
from lmcli.frame.locale import said, told

MOST = 12  # symbols that are shown

Floats = NDArray[np.float32]


def seen(reading: Reading, labels: Sequence[str]) -> RenderableType:
    """What the network was given: each symbol's 28 x 28 pixels, its label, and what was done to it."""
    parts: list[RenderableType] = []
    for symbol in reading.symbols[:MOST]:
        best = int(symbol.probabilities.argmax())
        read = Text(f"{labels[best]}  {float(symbol.probabilities[best]):.4f}", style="bold")
        steps = [Text(told(step), style="dim") for step in symbol.steps]
        parts.append(Group(grey(symbol.pixels), read, *steps))
    if len(reading.symbols) > MOST:
        parts.append(Text(said("and %d more") % (len(reading.symbols) - MOST)))
    return (
        parts[0] if len(parts) == 1 else Columns([_narrow(part) for part in parts], padding=(0, 2))
    )


def _narrow(part: RenderableType) -> RenderableType:
    grid = Table.grid()
    grid.add_column(width=30)
    grid.add_row(part)
    return grid


def grey(pixels: Floats) -> Blocks:
    """Values from 0 to 1 (height, width) as pixels from black to white; an odd height gets a line."""
    if len(pixels) % 2:
        pixels = np.vstack([pixels, np.zeros_like(pixels[:1])])
    levels = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
    return Blocks(np.repeat(levels[..., None], 3, axis=2))
