"""A graph as a picture: edges, nodes by community and degree, names while they are few."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lmcli.draw.figure import Figure
from lmcli.graph.graph import Graph
from lmcli.graph.layout import Placed
from lmcli.graph.view.braille import ink, scaled

WIDTH, HEIGHT = 860, 640
LEFT, TOP, RIGHT, BOTTOM = 40, 60, 110, 30
NAMED = 120  # nodes up to which all names are written
EDGES = 20_000  # edges that are drawn


def graph_figure(graph: Graph, places: Sequence[Placed], title: str) -> Figure:
    """Draw a graph whose nodes have places."""
    figure = Figure(WIDTH, HEIGHT, title=title)
    figure.text(16, 28, title, size=15, bold=True)
    inner = scaled(places, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
    at = [(LEFT + x, TOP + y) for x, y in inner]
    a, b, w = graph.pairs()
    most = float(w.max())
    rows = zip(a[:EDGES].tolist(), b[:EDGES].tolist(), w[:EDGES].tolist(), strict=True)
    for one, other, weight in rows:
        width = 0.5 + 2 * weight / most if graph.weighted else 0.8
        figure.line(at[one], at[other], stroke="#999999", width=width, opacity=0.45)
    top = max(int(graph.degrees.max()), 1)
    for number, place in enumerate(places):
        radius = 3 + 6 * math.sqrt(int(graph.degrees[number]) / top)
        figure.circle(*at[number], radius, fill=ink(place.community))
        if len(places) <= NAMED:
            x, y = at[number]
            figure.text(x + radius + 2, y, place.node, size=11, middle=True)
    return figure
