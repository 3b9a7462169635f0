"""The kinds of classifiers side by side, as a figure: accuracy with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmcli.draw.figure import Figure
from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from lmcli.classify.train.comparing import Compared

LEFT, WIDTH, ROW, TOP = 80, 640, 34, 64
BAR, LINE = "#0072b2", "#d55e00"


def figure(rows: Sequence[Compared]) -> Figure:
    """A bar for each kind, its interval as a line, and beside it how large and how fast it is."""
    height = TOP + ROW * len(rows) + 40
    drawn = Figure(WIDTH, height, title=said("Classifiers on one split"))
    drawn.text(16, 26, said("Accuracy on held-out texts"), size=15, bold=True)
    drawn.text(
        16,
        46,
        said("line: 95 % interval; order: answers that another order of the words changes"),
        size=11,
    )
    span = 330
    for part in range(5):
        x = LEFT + span * part / 4
        drawn.line((x, TOP), (x, height - 34), stroke="#dddddd")
        drawn.text(x, height - 16, f"{part / 4:.2f}", size=10, anchor="middle")
    for at, row in enumerate(rows):
        y = TOP + ROW * at
        middle = y + ROW / 2
        drawn.text(LEFT - 8, middle, row.model, size=12, anchor="end", middle=True)
        drawn.rect(LEFT, y + 8, span * row.accuracy, ROW - 16, fill=BAR)
        drawn.line(
            (LEFT + span * row.low, middle), (LEFT + span * row.high, middle), stroke=LINE, width=3
        )
        figures = told(
            f"{row.accuracy:.3f}   {row.parameters:,}   {row.microseconds:.0f} µs   order {row.order:.0%}"
        )
        drawn.text(LEFT + span + 12, middle, figures, size=10, middle=True)
    return drawn
