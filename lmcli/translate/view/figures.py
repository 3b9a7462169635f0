"""Translation as pictures for files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lmcli.draw.chart import Chart, Series
from lmcli.draw.colormap import VIRIDIS
from lmcli.draw.figure import Figure, text_width
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.frame.locale import said
from lmcli.translate.steps import Walk
from lmcli.translate.view.steps import alignment

if TYPE_CHECKING:
    from lmcli.translate.train.comparing import Compared

ROW = 26.0
COLUMN = 150.0
BAR = 70.0


def attention_figure(walk: Walk, title: str, weights: np.ndarray) -> Figure:
    """Cross-attention: a row a written word, a column a source token; below, what belongs together."""
    return heatmap_figure(
        weights.tolist(),
        list(walk.written),
        list(walk.tokens),
        title=title,
        low=0.0,
        high=1.0,
        caption=[alignment(walk, weights)],
    )


def lengths_figure(rows: Sequence[Compared]) -> Figure:
    """A line a kind: BLEU of held-out sentences over their length."""
    lines = [
        Series(
            row.model,
            [(one.shortest + one.longest) / 2 for one in row.by_length],
            [one.bleu for one in row.by_length],
        )
        for row in rows
    ]
    title, across = said("BLEU of held-out sentences"), said("tokens of the source")
    return Chart(lines, title, across, "BLEU").figure()


def steps_figure(walk: Walk) -> Figure:
    """A line a step of the decoder: what it looks at, then the likeliest next words."""
    left = 40 + max(text_width(word, 14) for word in walk.written)
    cell = 34.0
    tokens = walk.tokens if walk.cross.size else ()
    likely = len(walk.steps[0].likely)
    width = left + cell * len(tokens) + 40 + likely * COLUMN
    top = 96.0
    drawn = Figure(
        max(width, 460),
        top + ROW * len(walk.steps) + 24,
        title=f"{walk.text} -> {walk.translation}",
    )
    drawn.text(16, 28, drawn.title, size=15, bold=True)
    drawn.text(left, 58, said("looks at") if tokens else "", size=12)
    drawn.text(left + cell * len(tokens) + 40, 58, said("likeliest next words"), size=12)
    for place, token in enumerate(tokens):
        drawn.text(left + (place + 0.5) * cell, top - 10, token, size=13, anchor="middle")
    for number, step in enumerate(walk.steps):
        y = top + ROW * number
        drawn.text(
            left - 10, y + ROW / 2, step.token, size=14, anchor="end", middle=True, bold=True
        )
        for place, weight in enumerate(step.attention):
            drawn.rect(left + place * cell, y, cell - 2, ROW - 2, fill=VIRIDIS(weight))
        x = left + cell * len(tokens) + 40
        for place, one in enumerate(step.likely):
            at = x + place * COLUMN
            drawn.rect(at, y + 2, max(1.0, BAR * one.probability), ROW - 6, fill="#9ec5e8")
            drawn.text(
                at + 4, y + ROW / 2, f"{one.token} {one.probability:.2f}", size=12, middle=True
            )
    return drawn
