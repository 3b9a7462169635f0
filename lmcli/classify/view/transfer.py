"""Accuracy against examples, of a network with and without pre-training: as a table, and as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from lmcli.draw.figure import Figure
from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from lmcli.classify.train.finetuning.transfer import Point

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 560, 380, 60, 60, 110, 50
COLORS = {"pretrained": "#0072b2", "scratch": "#d55e00"}
GREY, APART, LINE = "#888888", 4, 15  # pixels between two intervals, and between two names


def table(points: Sequence[Point]) -> Table:
    """A row for each number of examples; accuracies with their intervals."""
    found = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    found.add_column("examples", justify="right")
    for start in COLORS:
        found.add_column(start)
    for name in ("epochs", "seconds a run"):
        found.add_column(name, justify="right")
    for size in sorted({point.examples for point in points}):
        own = {point.start: point for point in points if point.examples == size}
        cells = [
            f"{one.accuracy:.3f}  {one.low:.3f} {said('to')} {one.high:.3f}"
            for one in (own[start] for start in COLORS if start in own)
        ]
        some = next(iter(own.values()))
        seconds = "/".join(f"{one.seconds:.0f}" for one in own.values())
        found.add_row(f"{size:,}", *cells, str(some.epochs), seconds)
    some = points[0]
    found.caption = told(
        f"always the most frequent label: {some.majority:.3f}; {some.tested} held-out texts, {_runs(some)}"
    )
    found.caption_justify = "left"
    return found


def _runs(point: Point) -> str:
    return said("%d runs") % point.runs if point.runs > 1 else said("1 run")


def figure(points: Sequence[Point]) -> Figure:
    """A line for each start, an interval at each point, the most frequent label as a level."""
    first = points[0]
    drawn = Figure(WIDTH, HEIGHT, title=said("With and without pre-training"))
    drawn.text(16, 26, said("Accuracy with and without pre-training"), size=15, bold=True)
    about = told(f"{first.tested} held-out texts, {_runs(first)}; bars: 95 % intervals")
    drawn.text(16, 46, about, size=11)
    sizes = sorted({point.examples for point in points})
    bottom, top = _range(points)
    span = math.log(sizes[-1] / sizes[0]) or 1.0
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(size: float, accuracy: float) -> tuple[float, float]:
        x = LEFT + math.log(size / sizes[0]) / span * (right - LEFT)
        return x, TOP + (top - accuracy) / (top - bottom) * (floor - TOP)

    for part in range(round(bottom * 10), round(top * 10) + 1):
        y = place(sizes[0], part / 10)[1]
        drawn.line((LEFT, y), (right, y), stroke="#e4e4e4")
        drawn.text(LEFT - 6, y, f"{part / 10:.1f}", size=10, anchor="end", middle=True)
    free = float(WIDTH)
    for size in reversed(sizes):
        x = place(size, bottom)[0]
        if x < free:
            drawn.text(x, floor + 16, f"{size:,}", size=10, anchor="middle")
            free = x - 2 * LINE
    drawn.text((LEFT + right) / 2, HEIGHT - 12, said("examples"), size=11, anchor="middle")
    level = place(sizes[0], first.majority)[1]
    drawn.line((LEFT, level), (right, level), stroke=GREY)
    names = [(level, said("most frequent"), GREY)]
    for side, (start, color) in enumerate(COLORS.items()):
        own = [point for point in points if point.start == start]
        line = [place(point.examples, point.accuracy) for point in own]
        if len(line) > 1:
            drawn.line(*line, stroke=color, width=2)
        for point, (x, y) in zip(own, line, strict=True):
            low, high = (place(point.examples, value)[1] for value in (point.low, point.high))
            beside = x + APART * (side - 0.5)
            drawn.line((beside, low), (beside, high), stroke=color, width=2)
            drawn.circle(x, y, 4, fill=color)
        names.append((line[-1][1], said(start), color))
    least = 0.0
    for y, name, color in sorted(names):
        least = max(y, least)
        drawn.text(right + 10, least, name, size=11, fill=color, middle=True)
        least += LINE
    return drawn


def _range(points: Sequence[Point]) -> tuple[float, float]:
    """Tenths that hold all that is drawn."""
    values = [value for point in points for value in (point.low, point.high, point.majority)]
    low, high = math.floor(min(values) * 10), math.ceil(max(values) * 10)
    return low / 10, max(high, low + 1) / 10
