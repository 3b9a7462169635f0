"""The graph of a base as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmcli.draw.figure import Figure, text_width
from lmcli.expert.analysis.graph import Graph

SIZE = 13
ROW = 30
GAP = 90  # between layers
MARGIN = 24
COLOURS = {
    "observed": ("#f4f4f4", "#888888"),
    "derived": ("#e3f0fa", "#0072b2"),
    "goal": ("#ddf3ea", "#009e73"),
}


def draw(graph: Graph, title: str = "") -> Figure:
    """Layers from left to right, each centred; the picture is as large as the graph needs."""
    widths = [max(map(_width, layer), default=0) for layer in graph.layers]
    height = max((_height(graph, layer) for layer in graph.layers), default=0) + 2 * MARGIN
    figure = Figure(sum(widths) + GAP * (len(widths) - 1) + 2 * MARGIN, height, title=title)
    places: dict[str, tuple[float, float]] = {}
    left = float(MARGIN)
    for layer, width in zip(graph.layers, widths, strict=True):
        y = (height - _height(graph, layer)) / 2
        for name in layer:
            step = _step(graph, name)
            places[name] = (left + width / 2, y + step / 2)
            y += step
        left += width + GAP
    for edge in graph.edges:
        start, end = places[edge.source], places[edge.target]
        from_x = start[0] + _width(edge.source) / 2
        to_x = end[0] - _width(edge.target) / 2
        colour = "#d55e00" if edge.denied else "#999999"
        figure.line(*_curve((from_x, start[1]), (to_x, end[1])), stroke=colour, width=1.2)
    for name, (x, y) in places.items():
        kind = graph.kinds[name]
        if kind == "joint":
            figure.circle(x, y, 3, fill="#555555")
            continue
        fill, stroke = COLOURS[kind]
        figure.rect(x - _width(name) / 2, y - 11, _width(name), 22, fill=fill, stroke=stroke)
        figure.text(x, y, name, size=SIZE, anchor="middle", middle=True)
    return figure


def save(graph: Graph, path: Path, title: str, note: Callable[[str], None]) -> None:
    """Write the picture as .svg, .png or .html."""
    draw(graph, title).save(path, note=note)


def _width(name: str) -> float:
    return 6 if name.startswith("\0") else text_width(name, SIZE) + 16


def _step(graph: Graph, name: str) -> float:
    return ROW / 2 if graph.kinds[name] == "joint" else ROW


def _height(graph: Graph, layer: list[str]) -> float:
    return sum(_step(graph, name) for name in layer)


def _curve(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """A cubic curve that leaves and arrives level, as points."""
    (x0, y0), (x1, y1) = start, end
    bend = max(abs(x1 - x0) / 2, 20)
    points = []
    for n in range(17):
        t = n / 16
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append(
            (a * x0 + b * (x0 + bend) + c * (x1 - bend) + d * x1, (a + b) * y0 + (c + d) * y1)
        )
    return points
