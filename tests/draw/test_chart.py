"""Lines over axes: ticks, scales, gaps."""

import math

import pytest

from lmcli.draw.chart import Chart, Series, ticks
from lmcli.draw.shapes import Line, Text


@pytest.mark.parametrize(
    ("low", "high", "whole", "found"),
    [(0, 1, False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0, 5, False, [0, 1, 2, 3, 4, 5]),
     (-30, 0, True, [-30, -25, -20, -15, -10, -5, 0]), (-1.5, 0.2, True, [-1, 0]), (3, 3, False, [3])],
)  # fmt: skip
def test_ticks_are_round_numbers(low, high, whole, found):
    assert ticks(low, high, whole) == pytest.approx(found)


def test_a_chart_draws_each_line_and_its_name():
    series = [
        Series("rnn", [1, 2, 3], [1e-8, 1e-4, 1.0]),
        Series("lstm", [1, 2, 3], [0.1, 0.2, 1.0]),
    ]
    figure = Chart(series, title="norms", across="step", upwards="norm", log=True).figure()
    texts = {shape.text for shape in figure.shapes if isinstance(shape, Text)}
    assert {"norms", "step", "norm", "rnn", "lstm", "1e-8", "1e0"} <= texts
    lines = [shape for shape in figure.shapes if isinstance(shape, Line) and shape.width == 2]
    assert [len(line.points) for line in lines] == [3, 3]
    left, middle, right = lines[0].points
    assert left[0] < middle[0] < right[0]
    assert left[1] - middle[1] == pytest.approx(
        middle[1] - right[1]
    )  # equal steps of powers of ten


def test_what_a_scale_lacks_leaves_a_gap():
    lines = [Series("x", [1, 2, 3, 4, 5], [1.0, 2.0, math.nan, 1.0, 2.0])]
    drawn = Chart(lines).figure().shapes
    assert sum(isinstance(shape, Line) and shape.width == 2 for shape in drawn) == 2
    assert (
        Chart([Series("x", [1, 2], [0.0, -1.0])], log=True).figure().shapes
    )  # nothing to draw, no error
