"""Loss against size: as a table, and as a figure with logarithms on both axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table

from lmcli.draw.figure import Figure
from lmcli.frame.locale import said, told
from lmcli.pretrain.powerlaw import PowerLaw
from lmcli.pretrain.train.scaling import Size

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 560, 380, 70, 50, 30, 50
DOT, LINE = "#0072b2", "#d55e00"


def table(rows: Sequence[Size]) -> Table:
    """A row a size."""
    found = Table(box=None)
    for name in ("layers", "width", "parameters", "FLOPs", "loss", "at equal FLOPs"):
        found.add_column(name, justify="right")
    for row in rows:
        equal = "" if row.at_equal is None else f"{row.at_equal:.3f}"
        found.add_row(str(row.layers), str(row.width), f"{row.parameters:,}", f"{row.flops:.2e}",
                      f"{row.loss:.3f}", equal)  # fmt: skip
    return found


def figure(rows: Sequence[Size], law: PowerLaw) -> Figure:
    """The points, and the line."""
    drawn = Figure(WIDTH, HEIGHT, title=said("loss against parameters"))
    curve = told(
        f"loss = {law.factor:.2f} N^-{law.exponent:.3f}  (exponent {law.low:.3f} to {law.high:.3f})"
    )
    drawn.text(LEFT, 24, curve, size=13, bold=True)
    sizes = [row.parameters for row in rows]
    losses = [row.loss for row in rows] + [law.loss(size) for size in sizes]
    low, high = math.log(min(losses)) - 0.02, math.log(max(losses)) + 0.02
    first, last = math.log(min(sizes)), math.log(max(sizes))

    def place(size: float, loss: float) -> tuple[float, float]:
        x = LEFT + (math.log(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)
        y = TOP + (high - math.log(loss)) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return x, y

    floor = HEIGHT - BOTTOM
    drawn.line((LEFT, TOP), (LEFT, floor), (WIDTH - RIGHT, floor))
    for part in range(5):
        loss = math.exp(low + part / 4 * (high - low))
        y = place(sizes[0], loss)[1]
        drawn.line((LEFT, y), (WIDTH - RIGHT, y), stroke="#dddddd")
        drawn.text(LEFT - 6, y, f"{loss:.2f}", size=10, anchor="end", middle=True)
    drawn.line(
        place(sizes[0], law.loss(sizes[0])),
        place(sizes[-1], law.loss(sizes[-1])),
        stroke=LINE,
        width=2,
    )
    for row in rows:
        x, y = place(row.parameters, row.loss)
        drawn.circle(x, y, 4, fill=DOT)
        drawn.text(x, floor + 16, f"{row.parameters:,}", size=10, anchor="middle")
    drawn.text(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, said("parameters"), size=11, anchor="middle"
    )
    drawn.text(LEFT, TOP - 8, said("nats a token"), size=11)
    return drawn
