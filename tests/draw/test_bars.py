"""Bars of text in eighths of a column."""

import pytest

from lmcli.draw.bars import bar, sparkline


@pytest.mark.parametrize(
    ("share", "least", "drawn"),
    [(0.0, 1, ""), (1e-9, 0, ""), (1e-9, 1, "▏"), (1 / 16, 0, "▌"), (0.5, 0, "████"),
     (0.5 + 7 / 64, 1, "████▉"), (1.0, 0, "█" * 8), (3.0, 0, "█" * 8), (-1.0, 1, "")],
)  # fmt: skip
def test_a_bar_is_as_long_as_its_share(share, least, drawn):
    assert bar(share, 8, least) == drawn


def test_a_sparkline_has_a_column_a_value():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([1.0, float("nan"), 0.5], 0.0, 1.0) == "█ ▅"
    assert sparkline([2.0, 2.0]) == "▁▁" and sparkline([]) == ""
