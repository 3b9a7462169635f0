"""A network's learning as a figure: the plane at several epochs, and the loss."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from lmcli.draw.chart import Chart, Series
from lmcli.draw.figure import Figure
from lmcli.frame.locale import said, told
from lmcli.mlp.data import Data
from lmcli.mlp.learning import Learner
from lmcli.mlp.network import Network
from lmcli.mlp.view.plane import colors, grid, ink

SIDE = 190.0  # pixels of a plane
CELLS = 95  # of it, that are coloured each way
GAP = 18.0
TOP = 64.0
LOSS = 320.0  # pixels of the loss's chart


def learnt_figure(learner: Learner, stages: Sequence[tuple[int, Network]]) -> Figure:
    """The plane at the epochs of `stages`, then the loss over all of them."""
    data = learner.data
    shown = list(stages) if data.plane else []
    left = 16 + len(shown) * (SIDE + GAP)
    title = f"{data.name}{said(': ')}{told(learner.neurons)}"
    figure = Figure(max(left + LOSS, 420), TOP + SIDE + 56, title=title)
    figure.text(16, 26, title, size=15, bold=True)
    for place, (epoch, network) in enumerate(shown):
        x = 16 + place * (SIDE + GAP)
        figure.text(x + SIDE / 2, TOP - 10, said("epoch %d") % epoch, size=12, anchor="middle")
        _plane(figure, network, data, x, TOP)
    epochs = range(1, len(learner.losses) + 1)
    chart = Chart(
        [Series("loss", epochs, learner.losses)], across=said("epoch"), upwards=said("loss")
    )
    chart.draw(figure, left, TOP - 10, LOSS, SIDE + 54)
    _legend(figure, data, 16, TOP + SIDE + 30)
    return figure


def lesson_figure(learners: Sequence[Learner]) -> Figure:
    """The last plane of each act."""
    title = said("One line, one line that is not enough, two lines")
    width = max(16 + len(learners) * (SIDE + GAP), 420)
    figure = Figure(width, TOP + SIDE + 76, title=title)
    figure.text(16, 26, title, size=15, bold=True)
    for place, learner in enumerate(learners):
        x, row = 16 + place * (SIDE + GAP), learner.progress()
        head = f"{row.data}{said(': ')}{told(learner.neurons)}"
        figure.text(x + SIDE / 2, TOP - 10, head, size=12, anchor="middle")
        _plane(figure, learner.network, learner.data, x, TOP)
        right = round(row.accuracy * len(learner.data))
        score = told(f"loss {row.loss:.3f}, right {right} of 4")
        figure.text(x + SIDE / 2, TOP + SIDE + 20, score, size=12, anchor="middle")
    _legend(figure, learners[0].data, 16, TOP + SIDE + 50)
    return figure


def _plane(figure: Figure, network: Network, data: Data, x: float, y: float) -> None:
    """The plane as the network sees it, with the examples."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(colors(grid(network, data, CELLS, CELLS))).save(file, "png")
    figure.picture(x, y, SIDE, SIDE, file.getvalue())
    figure.rect(x, y, SIDE, SIDE, stroke="#999999")
    low, high = data.bounds()
    share = (data.X - low) / (high - low)
    radius = 5 if len(data) <= 8 else 2.5
    for (across, upwards), label in zip(share.tolist(), data.y.tolist(), strict=True):
        point = x + across * SIDE, y + (1 - upwards) * SIDE
        figure.circle(*point, radius, fill=ink(label), stroke="#ffffff", stroke_width=0.7)


def _legend(figure: Figure, data: Data, x: float, y: float) -> None:
    """The colour of each class, side by side."""
    from lmcli.draw.figure import text_width

    for number, name in enumerate(data.classes):
        if x > figure.width - 60:
            return
        figure.circle(x + 6, y, 5, fill=ink(number))
        figure.text(x + 16, y, name, size=12, middle=True)
        x += 34 + text_width(name, 12)
