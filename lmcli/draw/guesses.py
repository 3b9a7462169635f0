"""The labels of pictures as a table with bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from lmcli.draw.bars import bar

if TYPE_CHECKING:
    from rich.console import RenderableType

BAR = 24  # terminal columns of a whole bar


class Guess(Protocol):
    """A row: a label of a picture and its probability."""

    @property
    def image(self) -> str:
        """The picture's name."""

    @property
    def rank(self) -> int:
        """From 1, the likeliest."""

    @property
    def label(self) -> str:
        """What the picture shows."""

    @property
    def score(self) -> float:
        """Its probability."""


def guesses(rows: Sequence[Guess]) -> RenderableType:
    """Labels with bars; the picture's name stands where it changes, and only where there are several."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    several = len({row.image for row in rows}) > 1
    ranked = any(row.rank > 1 for row in rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    if several:
        table.add_column("image", overflow="fold", max_width=36)
    if ranked:
        table.add_column("rank", justify="right")
    table.add_column("label", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("", style="cyan", no_wrap=True, max_width=BAR)
    for image, group in groupby(rows, key=lambda row: row.image):
        for place, row in enumerate(group):
            cells = [Text(image if place == 0 else "")] if several else []
            ranks = [str(row.rank)] if ranked else []
            table.add_row(*cells, *ranks, Text(row.label), f"{row.score:.4f}", bar(row.score, BAR))
    return table
