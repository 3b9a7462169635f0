"""A matrix of values as coloured cells in the terminal; `draw.heatmap_figure` draws it for a file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmcli.draw.colormap import VIRIDIS, Colormap, hexadecimal, readable_on
from lmcli.draw.terminal.projector import is_big

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

WIDEST = 12  # terminal columns of a cell and its label; longer labels are cut
LONGEST = 16  # lines of a label that runs downwards
STEPS = 24  # cells of the legend
SPARED = 6  # lines of the terminal for labels, legend and prompt, where the cells fill the rest
BIGGEST = 16  # columns of a cell that fills the terminal


@dataclass(frozen=True)
class Heatmap:
    """A rich renderable: `values` (rows x columns) as coloured cells with labels and a legend.

    low, high: the values at the ends of the colour map; the smallest and largest where left out.
    digits: write a digit into each cell, 0 for low to 9 for high. None does so where colours are few
    or none. On a terminal without colours the digits stand alone. On a console for a projector the
    cells fill the terminal, and hold their values where these fit.
    """

    values: Sequence[Sequence[float]]
    rows: Sequence[str]
    columns: Sequence[str]
    colormap: Colormap = VIRIDIS
    low: float | None = None
    high: float | None = None
    digits: bool | None = None
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        colored = not console.no_color and console.color_system not in (None, "standard", "windows")
        digits = self.digits or (
            self.digits is None and (not colored or console.color_system != "truecolor")
        )
        lines = console.size.height - SPARED if is_big(console) else None
        painter = _Painter(self, colored, digits or not colored, lines)
        if self.title:
            yield Text(self.title, style="bold")
        yield from painter.lines(options.max_width)

    def bounds(self) -> tuple[float, float]:
        """The values at the ends of the colour map."""
        return bounds(self.values, self.low, self.high)


def bounds(
    values: Sequence[Sequence[float]], low: float | None = None, high: float | None = None
) -> tuple[float, float]:
    """The ends of a scale: those given, else the smallest and largest finite value."""
    finite = [float(value) for row in values for value in row if math.isfinite(value)]
    low = min(finite, default=0.0) if low is None else low
    high = max(finite, default=1.0) if high is None else high
    return low, high


def share(value: float, low: float, high: float) -> float:
    """Where `value` lies between low (0) and high (1); nan stays nan."""
    value = float(value)
    return 0.5 if high == low and not math.isnan(value) else (value - low) / ((high - low) or 1.0)


def ends(low: float, high: float) -> tuple[str, str]:
    """The ends of a scale as text, to a hundredth of what lies between."""
    span = high - low
    places = 2 if not math.isfinite(span) or span <= 0 else max(0, 2 - math.floor(math.log10(span)))
    low_text, high_text = (f"{value:.{min(places, 9)}f}" for value in (low, high))
    return (low_text.replace("-0.", "0.") if float(low_text) == 0 else low_text), high_text


class _Painter:
    """Makes the lines of a heatmap for one kind of terminal; `fill` is how many lines the cells may fill."""

    def __init__(self, heatmap: Heatmap, colored: bool, digits: bool, fill: int | None) -> None:
        self.map = heatmap
        self.fill = fill
        self.low, self.high = heatmap.bounds()
        self.colored = colored
        self.digits = digits

    def lines(self, width: int) -> Iterator[Text]:
        """Labels above, the rows, the legend below; columns that do not fit follow in blocks."""
        from rich.cells import cell_len, set_cell_size
        from rich.text import Text

        margin = min(max(map(cell_len, self.map.rows), default=0), max(width // 3, 4))
        room = max(width - margin - 1, 2)
        cell, upright = self._cell_width(room)
        count = len(self.map.columns)
        height = 1
        if self.fill is not None:
            height = max(1, min(self.fill // max(1, len(self.map.rows)), BIGGEST // 4))
            cell = max(cell, min(room // max(1, count), BIGGEST))
            upright = upright and max(map(cell_len, self.map.columns), default=1) >= cell
        for start in range(0, count, room // cell):
            part = range(start, min(start + room // cell, count))
            heads = _upright(self.map.columns, part, cell) if upright else None
            for head in heads or [_across(self.map.columns, part, cell)]:
                yield Text(" " * (margin + 1) + head.rstrip())
            for label, values in zip(self.map.rows, self.map.values, strict=True):
                shown = [values[i] for i in part]
                for line in range(height):
                    middle = line == (height - 1) // 2
                    name = set_cell_size(_cut(label, margin) if middle else "", margin)
                    yield Text(f"{name} ").append_text(self._cells(shown, cell, middle))
            yield Text("")
        yield self._legend(width)

    def _cell_width(self, room: int) -> tuple[int, bool]:
        """(the width of a cell, whether the labels above run downwards)."""
        from rich.cells import cell_len

        widest = max(map(cell_len, self.map.columns), default=1)
        across = min(max(widest + 1, 3), WIDEST)
        if across * len(self.map.columns) <= room and widest < WIDEST:
            return across, False
        return 2, True

    def _cells(self, values: Sequence[float], width: int, marked: bool) -> Text:
        from rich.text import Text

        text = Text()
        for value in values:
            place = share(value, self.low, self.high)
            mark = self._mark(value, place, width) if marked else ""
            bold = "bold " if mark and self.fill is not None else ""
            text.append(mark.center(width), style=bold + self._style(place))
        return text

    def _mark(self, value: float, place: float, width: int) -> str:
        """What stands in a cell: its value for a projector where it fits, else a digit, or nothing."""
        if self.fill is not None and math.isfinite(value) and len(text := f"{value:.2f}") < width:
            return text
        return _digit(place) if self.digits else ""

    def _style(self, place: float) -> str:
        if not self.colored:
            return ""
        color = self.map.colormap(place)
        return f"{hexadecimal(readable_on(color))} on {hexadecimal(color)}"

    def _legend(self, width: int) -> Text:
        from rich.text import Text

        low, high = ends(self.low, self.high)
        if not self.colored:
            return Text(f"0 = {low}, 9 = {high}")
        steps = max(2, min(STEPS, width - len(low) - len(high) - 2))
        text = Text(f"{low} ")
        for step in range(steps):
            place = step / (steps - 1)
            mark = _digit(place) if self.digits else " "
            text.append(mark, style=self._style(place))
        return text.append(f" {high}")


def _digit(place: float) -> str:
    return "·" if math.isnan(place) else str(min(int(min(max(place, 0.0), 1.0) * 10), 9))


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _across(labels: Sequence[str], part: range, cell: int) -> str:
    from rich.cells import cell_len

    texts = [_cut(labels[i], cell - 1) for i in part]
    return "".join(
        " " * ((cell - cell_len(t)) // 2) + t + " " * (-((cell_len(t) - cell) // 2)) for t in texts
    )


def _upright(labels: Sequence[str], part: range, cell: int) -> list[str]:
    """Lines of labels that run downwards, their last letters beside the first row."""
    from rich.cells import set_cell_size

    texts = [t if len(t := labels[i]) <= LONGEST else t[: LONGEST - 1] + "…" for i in part]
    height = max(map(len, texts), default=0)
    padded = [text.rjust(height) for text in texts]
    return ["".join(set_cell_size(text[line], cell) for text in padded) for line in range(height)]
