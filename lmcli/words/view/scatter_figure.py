"""Words in the plane as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lmcli.draw.colormap import PALETTE
from lmcli.draw.figure import Figure, text_width
from lmcli.words.projection import Projection
from lmcli.words.view.labels import Box, place_labels
from lmcli.words.view.scatter import axis_label, pair_color

WIDTH, HEIGHT = 800, 600
AREA = Box(64, 44, 780, 548)  # the plot
PADDING = 36  # from the frame to the outermost marks
SIZE = 13  # of the labels' letters
RADIUS = 4
FAINT = "#dddddd"


def scatter_figure(
    projection: Projection, pairs: Sequence[tuple[str, str]] = (), title: str = ""
) -> Figure:
    """Draw a projection, its axes and `pairs` of its words joined by lines.

    A label that finds no room is drawn over others, in grey.
    """
    figure = Figure(WIDTH, HEIGHT, title=title)
    points = projection.points
    across = _Axis([point.x for point in points], AREA.left + PADDING, AREA.right - 2 * PADDING)
    up = _Axis([point.y for point in points], AREA.bottom - PADDING, AREA.top + PADDING)
    _draw_axes(figure, across, up, projection)
    places = {point.word: (across(point.x), up(point.y)) for point in points}
    colors: dict[str, str] = {}
    for i, (a, b) in enumerate(pairs):
        figure.line(places[a], places[b], stroke=pair_color(i), width=1.2, opacity=0.6)
        colors.setdefault(a, pair_color(i))
        colors.setdefault(b, pair_color(i))
    for word, (x, y) in places.items():
        figure.circle(x, y, RADIUS, fill=colors.get(word, PALETTE[0]))
    _draw_labels(figure, places)
    return figure


def _draw_labels(figure: Figure, places: dict[str, tuple[float, float]]) -> None:
    marks = [Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in places.values()]
    widths = [text_width(word, SIZE) for word in places]
    boxes = place_labels(marks, widths, SIZE + 3, AREA, 3)
    for word, mark, width, box in zip(places, marks, widths, boxes, strict=True):
        if box is None:
            figure.text(
                mark.right + 3, mark.top + RADIUS, word, size=SIZE, middle=True, fill="#999999"
            )
            continue
        anchor = (
            "start" if box.left >= mark.right else "end" if box.right <= mark.left else "middle"
        )
        x = {"start": box.left, "end": box.right, "middle": box.left + width / 2}[anchor]
        middle = (box.top + box.bottom) / 2
        figure.text(x, middle, word, size=SIZE, anchor=anchor, middle=True)  # type: ignore[arg-type]


class _Axis:
    """Maps values to pixels between `start` and `end`; all values alike lie in the middle."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        if high - low < 1e-12:
            low, high = low - 1, high + 1
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """About five round values within the range."""
        raw = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
        first = math.ceil(self.low / step)
        return [i * step for i in range(first, math.floor(self.high / step) + 1)]


def _draw_axes(figure: Figure, across: _Axis, up: _Axis, projection: Projection) -> None:
    for value in across.ticks():
        x = across(value)
        figure.line((x, AREA.top), (x, AREA.bottom), stroke=FAINT)
        figure.text(x, AREA.bottom + 16, f"{value:g}", size=11, anchor="middle")
    for value in up.ticks():
        y = up(value)
        figure.line((AREA.left, y), (AREA.right, y), stroke=FAINT)
        figure.text(AREA.left - 6, y, f"{value:g}", size=11, anchor="end", middle=True)
    width, height = AREA.right - AREA.left, AREA.bottom - AREA.top
    figure.rect(AREA.left, AREA.top, width, height, stroke="#888888")
    first, second = projection.explained
    middle = (AREA.left + AREA.right) / 2, (AREA.top + AREA.bottom) / 2
    figure.text(middle[0], HEIGHT - 14, axis_label(1, first), anchor="middle")
    figure.text(18, middle[1], axis_label(2, second), anchor="middle", angle=-90)
    figure.text(AREA.left, 28, figure.title, size=15, bold=True)
