"""Lines over two axes, as a loss over epochs: ticks at round numbers, on a log scale at powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lmcli.draw.colormap import PALETTE
from lmcli.draw.figure import Figure, text_width

SIZE = 11.0  # of the ticks' letters
GRID = "#e4e4e4"
SMALLEST = 1e-300  # where a log scale ends


@dataclass(frozen=True)
class Series:
    """A line through points, left to right; a value that is no number leaves a gap. No color: the palette's next."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    color: str | None = None


@dataclass(frozen=True)
class Chart:
    """Series over common axes. log: the y axis counts powers of ten; what is 0 or less is left out."""

    series: Sequence[Series]
    title: str = ""
    across: str = ""
    upwards: str = ""
    log: bool = False

    def figure(self, width: float = 560, height: float = 340) -> Figure:
        """The chart as a drawing of its own."""
        figure = Figure(max(width, text_width(self.title, 15) + 32), height, title=self.title)
        figure.text(16, 26, self.title, size=15, bold=True)
        self.draw(figure, 0, 40, width, height - 40)
        return figure

    def draw(self, figure: Figure, x: float, y: float, width: float, height: float) -> None:
        """Draw axes, lines and their names into a rectangle of a figure, without the title."""
        names = max((text_width(line.name, SIZE) for line in self.series), default=0)
        left, right = x + 64, x + width - (names + 20 if len(self.series) > 1 else 16)
        top, bottom = y + 10, y + height - 44
        xs = [float(v) for line in self.series for v in line.xs]
        ys = [v for line in self.series for v in map(self._place, line.ys) if math.isfinite(v)]
        lows, highs = (
            (min(xs, default=0), min(ys, default=0)),
            (max(xs, default=1), max(ys, default=1)),
        )
        frame = _Frame(left, right, top, bottom, lows, highs)
        self._axes(figure, frame)
        for number, line in enumerate(self.series):
            color = line.color or PALETTE[number % len(PALETTE)]
            self._line(figure, frame, line, color)
        if len(self.series) > 1:
            self._names(figure, frame)

    def _place(self, value: float) -> float:
        value = float(value)
        if not self.log:
            return value
        return math.log10(value) if value > SMALLEST else math.nan

    def _axes(self, figure: Figure, frame: _Frame) -> None:
        for value in ticks(frame.lows[1], frame.highs[1], whole=self.log):
            y = frame.y(value)
            figure.line((frame.left, y), (frame.right, y), stroke=GRID)
            text = f"1e{value:.0f}" if self.log else f"{value:.6g}"
            figure.text(frame.left - 6, y, text, size=SIZE, anchor="end", middle=True)
        for value in ticks(frame.lows[0], frame.highs[0]):
            x = frame.x(value)
            figure.line((x, frame.bottom), (x, frame.bottom + 4))
            figure.text(x, frame.bottom + 17, f"{value:.6g}", size=SIZE, anchor="middle")
        figure.line(
            (frame.left, frame.top), (frame.left, frame.bottom), (frame.right, frame.bottom)
        )
        middle = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
        figure.text(middle[0], frame.bottom + 36, self.across, size=12, anchor="middle")
        figure.text(frame.left - 50, middle[1], self.upwards, size=12, anchor="middle", angle=-90)

    def _line(self, figure: Figure, frame: _Frame, line: Series, color: str) -> None:
        """The line, in pieces where values are missing; a point alone is a dot."""
        piece: list[tuple[float, float]] = []
        for x, value in [*zip(line.xs, map(self._place, line.ys), strict=True), (0.0, math.nan)]:
            if math.isfinite(value):
                piece.append((frame.x(float(x)), frame.y(value)))
                continue
            if len(piece) == 1:
                figure.circle(*piece[0], 2, fill=color)
            elif piece:
                figure.line(*piece, stroke=color, width=2)
            piece = []

    def _names(self, figure: Figure, frame: _Frame) -> None:
        """Each line's name to the right, at the height of its end and clear of the others'."""
        ends = []
        for number, line in enumerate(self.series):
            known = [v for v in map(self._place, line.ys) if math.isfinite(v)]
            color = line.color or PALETTE[number % len(PALETTE)]
            ends.append((frame.y(known[-1]) if known else frame.bottom, line.name, color))
        least = frame.top
        for y, name, color in sorted(ends):
            least = max(y, least)
            figure.text(frame.right + 8, least, name, size=SIZE, fill=color, middle=True)
            least += SIZE + 4


@dataclass(frozen=True)
class _Frame:
    """Where values stand in the picture: (x, y) lows and highs at the edges."""

    left: float
    right: float
    top: float
    bottom: float
    lows: tuple[float, float]
    highs: tuple[float, float]

    def x(self, value: float) -> float:
        return self.left + self._share(value, 0) * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - self._share(value, 1) * (self.bottom - self.top)

    def _share(self, value: float, axis: int) -> float:
        span = self.highs[axis] - self.lows[axis]
        return (value - self.lows[axis]) / span if span > 0 else 0.5


def ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """Some five round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten; whole: no fractions."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    step = 10.0 ** math.floor(math.log10(span / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 6)
    step = max(step, 1.0) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]
