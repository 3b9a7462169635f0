"""Bars of text, lying and standing."""

from __future__ import annotations

import math
from collections.abc import Sequence

EIGHTHS = " ▏▎▍▌▋▊▉"
COLUMNS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int, least: int = 0) -> str:
    """A bar of `share` (0 to 1) of `width` columns, in eighths of a column: `least` of them where share is above 0."""
    eighths = max(round(max(0.0, min(share, 1.0)) * width * 8), least if share > 0 else 0)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[float], low: float | None = None, high: float | None = None) -> str:
    """A column of text for each value, higher the larger it is; a blank for one that is no number.

    low, high: the values of the lowest and the full column, else the smallest and largest.
    """
    finite = [value for value in values if math.isfinite(value)]
    low = min(finite, default=0.0) if low is None else low
    span = (max(finite, default=0.0) if high is None else high) - low
    return "".join(_column((value - low) / span if span > 0 else 0.0) for value in values)


def _column(share: float) -> str:
    return " " if math.isnan(share) else COLUMNS[round(max(0.0, min(share, 1.0)) * 7)]
