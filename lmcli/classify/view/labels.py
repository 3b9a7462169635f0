"""Labels in the terminal, and the words that decided."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.classify.labelling import Explained, deciding
from lmcli.classify.reasons import Weight
from lmcli.draw.bars import bar
from lmcli.draw.colormap import DIVERGING, RGB, hexadecimal, readable_on

BAR = 24  # terminal columns of the longest bar
FAINT = 0.1  # the share of the largest weight below which a word stays plain


def explained(rows: Sequence[Explained]) -> RenderableType:
    """Each text with its words marked, its labels, and the words that decided."""
    return Group(
        *(part for _, own in groupby(rows, key=lambda row: row.text) for part in _text(list(own)))
    )


def _text(rows: Sequence[Explained]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for row in rows:
        head = Text.assemble((row.label, "bold"), f"  {row.score:.4f}")
        parts += [head, _marked(row), _bars(row.words), Text()]
    return parts


def _marked(row: Explained) -> Text:
    """The text, its words in the colour of what they did: red for the label, blue against it."""
    text = Text(row.text)
    for word in row.words:
        if color := color_of(word, row.words):
            style = f"{hexadecimal(readable_on(color))} on {hexadecimal(color)}"
            text.stylize(style, word.start, word.end)
    return text


def color_of(word: Weight, words: Sequence[Weight]) -> RGB | None:
    """The colour of a word by its weight; None for one that did next to nothing."""
    largest = max(abs(other.weight) for other in words)
    share = word.weight / largest if largest else 0.0
    return DIVERGING(0.5 + share / 2) if abs(share) >= FAINT else None


def _bars(words: Sequence[Weight]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(overflow="fold", max_width=36)
    grid.add_column(justify="right")
    grid.add_column(no_wrap=True)
    found = deciding(words)
    largest = max((abs(word.weight) for word in found), default=1.0)
    for word in found:
        share = abs(word.weight) / largest
        style = "red" if word.weight > 0 else "blue"
        grid.add_row(Text(word.word), f"{word.weight:+.2f}", Text(bar(share, BAR, 1), style=style))
    return grid
