"""Confusion, mistakes, robustness and feature maps as drawings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmcli.digits.evaluating import Evaluation, Mistake, Robust
from lmcli.digits.files.sources import Part
from lmcli.draw.colormap import PALETTE
from lmcli.draw.figure import Figure
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.draw.maps import png_of
from lmcli.frame.locale import said

ACROSS = 6  # pictures beside each other
SIDE, ROOM = 84.0, 24.0
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 320.0, 240.0, 48.0, 56.0, 16.0, 40.0


def confusion_figure(found: Evaluation, name: str) -> Figure:
    """The confusion as a heatmap: shares of each row, the brightest colour for the most frequent mistake."""
    matrix = found.scores.confusion
    shares = matrix / matrix.sum(axis=1, keepdims=True).clip(1)
    most = float(np.max(shares - np.diag(np.diag(shares)), initial=0.0)) or 1.0
    return heatmap_figure(
        shares.tolist(),
        found.names,
        found.names,
        title=said("%s: %s of %d") % (name, f"{found.scores.accuracy:.2%}", found.scores.count),
        low=0.0,
        high=most,
        caption=(
            said(
                "A row for what is, a column for what it was read as, as shares of the row. The colours end at the "
                "most frequent mistake."
            ),
        ),
    )


def mistakes_figure(rows: Sequence[Mistake], part: Part) -> Figure:
    """The surest mistakes as a grid of pictures."""
    lines = -(-len(rows) // ACROSS)
    width = 16 + (SIDE + 16) * min(ACROSS, max(3, len(rows)))
    figure = Figure(width, 44 + lines * (SIDE + ROOM + 8), title=said("the surest mistakes"))
    figure.text(16, 26, figure.title, size=15, bold=True)
    for place, row in enumerate(rows):
        x, y = 16 + place % ACROSS * (SIDE + 16), 44 + place // ACROSS * (SIDE + ROOM + 8)
        figure.picture(
            x, y, SIDE, SIDE, png_of(np.repeat(part.pixels[row.index][..., None], 3, axis=2))
        )
        read = said("%s as %s, %s") % (row.label, row.guess, f"{row.score:.2f}")
        figure.text(x, y + SIDE + 14, read, size=10)
    return figure


def robust_figure(rows: Sequence[Robust]) -> Figure:
    """A panel for shift and one for noise, a line for each model."""
    changes = list(dict.fromkeys(row.change for row in rows))
    models = list(dict.fromkeys(row.model for row in rows))
    figure = Figure(
        LEFT + (WIDTH + LEFT) * len(changes), HEIGHT + TOP + BOTTOM, title=said("robustness")
    )
    for number, change in enumerate(changes):
        x, floor = LEFT + number * (WIDTH + LEFT), TOP + HEIGHT
        wide = WIDTH - RIGHT
        name = said("shifted by pixels") if change == "shift" else said("noise")
        figure.text(x, 24, name, size=14, bold=True)
        for part in range(6):
            y = floor - part / 5 * HEIGHT
            figure.line((x, y), (x + wide, y), stroke="#dddddd")
            figure.text(x - 6, y, f"{part / 5:.1f}", size=10, anchor="end", middle=True)
        most = max(row.amount for row in rows if row.change == change) or 1.0
        for color, model in zip(PALETTE, models, strict=False):
            own = [row for row in rows if row.change == change and row.model == model]
            points = [(x + one.amount / most * wide, floor - one.accuracy * HEIGHT) for one in own]
            figure.line(*points, stroke=color, width=2)
            for point, one in zip(points, own, strict=True):
                figure.circle(*point, 3, fill=color)
                figure.text(point[0], floor + 16, f"{one.amount:g}", size=10, anchor="middle")
    for number, (color, model) in enumerate(zip(PALETTE, models, strict=False)):
        figure.text(LEFT + number * 130, 44, model, size=12, fill=color)
    return figure
