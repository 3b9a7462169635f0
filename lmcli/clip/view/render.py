"""Guesses, tables of similarity and occlusion maps for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from lmcli.clip.explain import Occlusion, bounds
from lmcli.clip.matrix import Similarity
from lmcli.draw.colormap import VIRIDIS, hexadecimal, readable_on
from lmcli.draw.heatmap import Heatmap, ends, share
from lmcli.draw.terminal.blocks import Blocks
from lmcli.frame.locale import said, told

BAR = 24  # terminal columns of a whole bar
SHOWN = 4  # numbers of a vector
CELL = 12  # terminal columns of a cosine


@dataclass(frozen=True)
class SimilarityTable:
    """A rich renderable: a line for each picture, a column for each label, the cosine in each coloured cell.

    Where the columns do not fit, a heatmap without numbers.
    """

    rows: Sequence[Similarity]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        images = list(dict.fromkeys(row.image for row in self.rows))
        labels = list(dict.fromkeys(row.label for row in self.rows))
        scores = {(row.image, row.label): row.score for row in self.rows}
        values = [[scores[image, label] for label in labels] for image in images]
        yield Text(said("cosine of picture and text"), style="bold")
        if len(labels) * CELL > options.max_width * 2 // 3:
            yield Heatmap(values, rows=images, columns=labels)
            return
        colored = not console.no_color and console.color_system not in (None, "standard", "windows")
        low, high = min(scores.values()), max(scores.values())
        table = Table(box=None, pad_edge=False, padding=0, collapse_padding=True)
        table.add_column("", overflow="fold", max_width=options.max_width // 3)
        for label in labels:
            table.add_column(Text(f" {label} "), justify="center", width=CELL, vertical="bottom")
        for image, line in zip(images, values, strict=True):
            table.add_row(
                Text(f"{image} "), *(_number(value, low, high, colored) for value in line)
            )
        yield table


def _number(value: float, low: float, high: float, colored: bool) -> Text:
    text = f"{value:.3f}".center(CELL)
    if not colored:
        return Text(text)
    color = VIRIDIS(share(value, low, high))
    return Text(text, style=f"{hexadecimal(readable_on(color))} on {hexadecimal(color)}")


def vectors(rows: Sequence[Any]) -> RenderableType:
    """Each picture, or text, with the first numbers of its vector."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    name = "text" if hasattr(rows[0], "text") else "image"
    grid.add_column(name)
    grid.add_column("embedding", no_wrap=True)
    for row in rows:
        start = " ".join(f"{value:7.4f}" for value in row.embedding[:SHOWN])
        grid.add_row(Text(getattr(row, name)), Text(f"{start} ... ({len(row.embedding)})"))
    return grid


@dataclass(frozen=True)
class OcclusionMap:
    """A rich renderable: the map over the picture, its scale, and what it says; digits without colours."""

    occluded: Occlusion
    pixels: NDArray[np.uint8]
    label: str
    measure: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del options
        low, high = bounds(self.occluded)
        measure = said(self.measure)
        title = told(
            f"where the picture shows {self.label!r}: the drop of the {measure} where it is covered"
        )
        if console.no_color or console.color_system is None:
            size = len(self.occluded.drops)
            names = [str(place) for place in range(size)]
            values = self.occluded.drops.tolist()
            yield Heatmap(values, names, names, low=low, high=high, title=title)
        else:
            yield Text(title, style="bold")
            yield Blocks(self.pixels)
            yield _scale(low, high)
        worst = self.occluded.strongest
        fall = told(
            f"{measure} of the whole picture {self.occluded.whole:.4f}; it falls most, by "
            f"{worst.drop:.4f}, in row {worst.row}, column {worst.column}"
        )
        yield Text(fall)


def _scale(low: float, high: float, steps: int = 24) -> Text:
    first, last = ends(low, high)
    text = Text(f"{first} ")
    for step in range(steps):
        text.append(" ", style=f"on {hexadecimal(VIRIDIS(step / (steps - 1)))}")
    return text.append(f" {last}")
