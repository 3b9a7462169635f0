"""Words in the plane, drawn for the terminal: marks, labels that do not cover each other, dotted pair lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmcli.draw.colormap import PALETTE
from lmcli.frame.locale import told
from lmcli.words.projection import Projection
from lmcli.words.view.labels import Box, place_labels

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

MARK, DOT = "●", "·"
LOWEST, HIGHEST = 12, 22  # lines of the plot


def axis_label(number: int, share: float) -> str:
    """What stands beside an axis: the component and its share of the variance."""
    return told(f"PC{number} ({share:.1%} of the variance)")


def pair_color(place: int) -> str:
    """The colour of the pair at `place`, dark enough for white paper and light enough for black."""
    return PALETTE[place % (len(PALETTE) - 1)]


@dataclass(frozen=True)
class Scatter:
    """A rich renderable of a projection; `pairs` of its words are joined by dotted lines."""

    projection: Projection
    pairs: Sequence[tuple[str, str]] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        width = max(options.max_width - 2, 20)
        height = min(max(console.size.height - 6, LOWEST), HIGHEST)
        canvas = _Canvas(self, width, height)
        across, up = self.projection.explained
        yield Text(f"↑ {axis_label(2, up)}", style="dim")
        yield Text(f"┌{'─' * width}┐", style="dim")
        for line in canvas.lines():
            yield Text("│", style="dim").append_text(line).append("│")
        yield Text(f"└{'─' * width}┘", style="dim")
        yield Text(f"{axis_label(1, across)} →", style="dim", justify="right")
        if canvas.without_room:
            yield Text(told(f"no room for: {', '.join(canvas.without_room)}"), style="dim")


class _Canvas:
    """Cells of `width` x `height`, each a letter and its style."""

    def __init__(self, scatter: Scatter, width: int, height: int) -> None:
        from rich.cells import cell_len

        points = scatter.projection.points
        across = _cells([point.x for point in points], width)
        down = [height - 1 - row for row in _cells([point.y for point in points], height)]
        self.width, self.height = width, height
        self.cells: dict[tuple[int, int], tuple[str, str]] = {}
        places = dict(
            zip((point.word for point in points), zip(across, down, strict=True), strict=True)
        )
        colors = {
            word: pair_color(i)
            for i, pair in reversed(list(enumerate(scatter.pairs)))
            for word in pair
        }
        marks = [Box(x, y, x + 1, y + 1) for x, y in places.values()]
        boxes = place_labels(
            marks,
            [cell_len(word) for word in places],
            1,
            Box(0, 0, width, height),
            1,
            whole=True,
        )
        self.without_room = [word for word, box in zip(places, boxes, strict=True) if box is None]
        for word, (x, y) in places.items():
            self.cells[x, y] = MARK, colors.get(word, "cyan")
        for word, box in zip(places, boxes, strict=True):
            if box:
                self._write(int(box.left), int(box.top), word, colors.get(word, "cyan"))
        for i, (a, b) in enumerate(scatter.pairs):
            for cell in _between(places[a], places[b]):
                self.cells.setdefault(cell, (DOT, pair_color(i)))

    def _write(self, x: int, y: int, word: str, style: str) -> None:
        from rich.cells import cell_len

        self.cells.setdefault((x - 1, y), (" ", ""))
        for letter in word:
            self.cells[x, y] = letter, style
            for extra in range(1, cell_len(letter)):
                self.cells[x + extra, y] = "", style
            x += cell_len(letter)
        self.cells.setdefault((x, y), (" ", ""))

    def lines(self) -> Iterator[Text]:
        from rich.text import Text

        for y in range(self.height):
            line = Text()
            for x in range(self.width):
                line.append(*self.cells.get((x, y), (" ", "")))
            yield line


def _cells(values: Sequence[float], count: int) -> list[int]:
    """Values as cells 0 .. count - 1, the smallest in the first and the largest in the last."""
    low, high = min(values), max(values)
    if high - low < 1e-12:
        return [count // 2] * len(values)
    return [round((value - low) / (high - low) * (count - 1)) for value in values]


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The cells of a straight line, without its ends."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    for step in range(1, steps):
        part = step / steps
        yield (
            round(start[0] + part * (end[0] - start[0])),
            round(start[1] + part * (end[1] - start[1])),
        )
