"""Pictures of classification for a file: a text with its words marked, a confusion matrix, calibration, steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lmcli.classify.labelling import Explained
from lmcli.classify.view.labels import color_of
from lmcli.draw.colormap import DIVERGING, RGB, readable_on
from lmcli.draw.figure import INK, Figure, text_width
from lmcli.draw.heatmap_figure import draw_legend
from lmcli.frame.locale import said

WIDTH = 640.0
SIZE = 16.0  # of a text's letters
LINE = 30.0


def marked(row: Explained) -> Figure:
    """A text with its words in the colours of what they did for the label, and a legend."""
    lines: list[list[tuple[str, RGB | None]]] = [[]]
    x = 0.0
    for text, color in _pieces(row):
        wide = text_width(text, SIZE)
        if (x and x + wide > WIDTH) or text == "\n":
            lines.append([])
            x = 0.0
        if text != "\n":
            lines[-1].append((text, color))
            x += wide
    top = 84.0
    figure = Figure(
        WIDTH + 150,
        max(top + LINE * len(lines) + 20, top + 110),
        title=f"{row.label}  {row.score:.4f}",
    )
    figure.text(16, 28, figure.title, size=17, bold=True)
    figure.text(16, 50, said("red words speak for the label, blue ones against it"), size=12)
    for number, line in enumerate(lines):
        x, y = 16.0, top + LINE * number
        for text, color in line:
            wide = text_width(text, SIZE)
            if color:
                figure.rect(x - 2, y - LINE / 2 + 2, wide + 1, LINE - 4, fill=color)
            ink = readable_on(color) if color else INK
            figure.text(x, y, text, size=SIZE, middle=True, fill=ink)
            x += wide
    most = max((abs(word.weight) for word in row.words), default=1.0) or 1.0
    draw_legend(figure, WIDTH + 60, 60, 100, DIVERGING, -most, most)
    return figure


def _pieces(row: Explained) -> Iterator[tuple[str, RGB | None]]:
    """The words of a text with their colours, and what stands between them, in pieces that fit a line."""
    ends = [0, *(place for word in row.words for place in (word.start, word.end)), len(row.text)]
    colors = [color for word in row.words for color in (None, color_of(word, row.words))]
    for (start, end), color in zip(pairwise(ends), [*colors, None], strict=True):
        for at, line in enumerate(row.text[start:end].split("\n")):
            if at:
                yield "\n", None
            yield from ((line[i : i + 20], color) for i in range(0, len(line), 20))
