"""The layers of a network, and the course's sums, for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.digits.layers import Filter, strongest
from lmcli.digits.lesson import Matrix, Step
from lmcli.digits.network import Floats, Layer
from lmcli.draw.bars import bar
from lmcli.draw.maps import Maps, Panel, Tile
from lmcli.frame.locale import said, told

BAR = 30
_TOLD = {
    "conv": "each filter answers where it finds its pattern (convolution, then ReLU)",
    "pool": "of each 2 x 2 the largest is kept (max pooling)",
}


def panels(
    pixels: Floats, layers: Sequence[Layer], hidden: Floats | None, most: int = 20
) -> list[Panel]:
    """The picture, the maps of each layer, and the dense layer."""
    found = [
        Panel(told(f"input: {pixels.shape[0]} x {pixels.shape[1]}"), (Tile("", pixels, True),))
    ]
    for layer in layers:
        count, height, width = layer.maps.shape
        tiles = tuple(Tile(str(one), layer.maps[one]) for one in strongest(layer)[:most])
        shape = told(f"{count} maps of {height} x {width}")
        mark = said(": ")
        found.append(Panel(f"{layer.name}{mark}{shape}{mark}{said(_TOLD[layer.kind])}", tiles))
    if hidden is not None:
        wide = next((size for size in (16, 10, 8) if len(hidden) % size == 0), len(hidden))
        square = hidden.reshape(-1, wide)
        title = told(
            f"dense: {layers[-1].maps.size} values to {len(hidden)}: what is where is put together"
        )
        found.append(Panel(title, (Tile("", square),)))
    return found


def filter_panels(one: Filter) -> list[Panel]:
    """A filter's kernel, what it looks at, what it finds."""
    channel = one.heaviest
    several = len(one.given) > 1
    kernel = told(f"kernel {one.kernel.shape[1]} x {one.kernel.shape[2]}")
    if several:
        kernel += told(f" (for map {channel} of {len(one.given)}, which weighs most)")
    tiles = (
        Tile(said("kernel"), one.kernel[channel]),
        Tile(said("given"), one.given[channel], grey=not several),
        Tile(said("found"), one.found),
    )
    title = told(f"{one.layer}, filter {one.number}: {kernel}, what it is given, what it finds")
    return [Panel(title, tiles)]


def kernel_table(one: Filter) -> RenderableType:
    """A kernel's numbers."""
    return Text(numbers(one.kernel[one.heaviest], "{:6.2f}"))


def shown(parts: Sequence[Panel], shares: Floats, labels: Sequence[str]) -> RenderableType:
    """The panels, and the probabilities as bars."""
    return Group(Maps(parts), *([bars(shares, labels)] if len(shares) else []))


def bars(shares: Floats, labels: Sequence[str]) -> RenderableType:
    """The probability of each label; the largest in bold. Of many labels the ten best."""
    best = int(shares.argmax())
    order = range(len(labels)) if len(labels) <= 12 else np.argsort(-shares)[:10].tolist()
    grid = Table.grid(padding=(0, 1, 0, 0))
    for place in order:
        style = "bold" if place == best else ""
        share = float(shares[place])
        grid.add_row(Text(labels[place], style), f"{share:.4f}", Text(bar(share, BAR), "cyan"))
    return Group(Text(said("softmax: the probability of each label"), style="bold"), grid)


def numbers(matrix: NDArray[np.floating], form: str = "{:3g}") -> str:
    """A matrix as lines of numbers."""
    return "\n".join(" ".join(form.format(value) for value in row) for row in matrix.tolist())


def lesson(rows: Sequence[Step], image: Matrix, kernel: Matrix, pooled: Matrix) -> RenderableType:
    """The course's two examples with their sums."""
    pooling, *places = rows
    size = max(one.row for one in places), max(one.column for one in places)
    result = np.array([one.value for one in places]).reshape(size)
    sides = Table.grid(padding=(0, 3, 0, 0))
    middle = Text("\n" * (len(image) // 2) + "*"), Text("\n" * (len(image) // 2) + "=")
    sides.add_row(
        Text(numbers(image)),
        middle[0],
        Text("\n" + numbers(kernel)),
        middle[1],
        Text("\n" + numbers(result)),
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("place", "pixels times kernel, added up", ""):
        table.add_column(column, overflow="fold")
    for one in places:
        table.add_row(f"{one.row},{one.column}", one.sum, f"= {one.value:g}")
    return Group(
        Text(said("max pooling: of each 2 x 2 the largest"), style="bold"),
        Text(
            told(
                f"{numbers(pooled)}   ->   {pooling.value:g}   because {pooling.sum} = {pooling.value:g}"
            )
        ),
        Text(""),
        Text(
            told(
                f"convolution: {len(image)} x {len(image[0])} under a kernel of {len(kernel)} x {len(kernel[0])}"
            ),
            style="bold",
        ),
        sides,
        Text(""),
        table,
    )


def _size(matrix: Matrix) -> str:
    return " x ".join(map(str, matrix.shape))
