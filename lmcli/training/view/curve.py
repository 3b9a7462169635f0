"""Loss and score against the steps: drawn in a terminal, and as a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.cells import cell_len

from lmcli.draw.figure import Figure
from lmcli.frame.locale import said
from lmcli.training.history import History

Points = Sequence[tuple[float, float]]

LOSS, HELD, SCORE, BOUND = "#0072b2", "#d55e00", "#009e73", "#777777"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 40, 56, 40
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille letter, row by row


def braille(
    points: Points, width: int, height: int, last: float, low: float, high: float
) -> list[str]:
    """Lines of `width` letters that show points, x from 0 to `last` and y from `low` to `high`."""
    cells = [[0] * width for _ in range(height)]
    span = high - low or 1.0
    before: tuple[int, int] | None = None
    for x, y in points:
        at = min(2 * width - 1, int(x / max(last, 1e-12) * (2 * width - 1)))
        row = min(4 * height - 1, max(0, round((high - y) / span * (4 * height - 1))))
        start = before or (at, row)
        for column in range(start[0], at + 1):
            part = (column - start[0]) / max(1, at - start[0])
            level = round(start[1] + part * (row - start[1])) if column != at else row
            cells[level // 4][column // 2] |= _DOTS[level % 4][column % 2]
        before = (at, row)
    return ["".join(chr(0x2800 + cell) for cell in line) for line in cells]


def curve_lines(history: History, width: int, height: int = 8) -> list[str]:
    """The loss of the steps as letters, its axis before it."""
    points = history.smoothed()
    if not points:
        return []
    values = [value for _, value in points]
    low, high = min(values), max(values)
    lines = braille(points, max(10, width - 9), height, history.total, low, high)
    marks = [f"{high:8.3g}", *[" " * 8] * (height - 2), f"{low:8.3g}"]
    return [f"{mark} {line}" for mark, line in zip(marks, lines, strict=True)]


def curve_figure(history: History, title: str) -> Figure:
    """The losses (left axis) and, where something was held out, the accuracy on it (right axis)."""
    figure = Figure(WIDTH, HEIGHT, title=title)
    figure.text(LEFT, 22, title, size=14, bold=True)
    own, held = history.smoothed(), history.of("loss")
    losses = [value for _, value in [*own, *held]] + list(history.bounds.values())
    low, high = (min(0.0, *losses), max(losses)) if losses else (0.0, 1.0)
    last = max(1, history.total)
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    figure.line((LEFT, TOP), (LEFT, floor), (right, floor))
    for part in range(5):
        share = part / 4
        y = floor - share * (floor - TOP)
        figure.line((LEFT, y), (right, y), stroke="#dddddd")
        figure.text(
            LEFT - 6, y, f"{low + share * (high - low):.3g}", size=10, anchor="end", middle=True
        )
        figure.text(
            LEFT + share * (right - LEFT),
            floor + 16,
            f"{share * last:.0f}",
            size=10,
            anchor="middle",
        )
    figure.text((LEFT + right) / 2, HEIGHT - 8, said("steps"), size=11, anchor="middle")
    shown = [
        (said("loss"), LOSS, own, low, high),
        (said("loss, held out"), HELD, held, low, high),
    ]
    if accuracy := history.of("accuracy"):
        shown.append((said("accuracy, held out"), SCORE, accuracy, 0.0, 1.0))
        for part in range(5):
            y = floor - part / 4 * (floor - TOP)
            figure.text(right + 6, y, f"{part / 4:.2f}", size=10, fill=SCORE, middle=True)
    for name, value in history.bounds.items():
        y = floor - (value - low) / (high - low or 1.0) * (floor - TOP)
        figure.line((LEFT, y), (right, y), stroke=BOUND)
        figure.text(right - 4, y - 4, said(name), size=10, anchor="end", fill=BOUND)
    x = float(right)
    for name, color, points, least, most in reversed(shown):
        if not points:
            continue
        span = most - least or 1.0
        places = [
            (LEFT + step / last * (right - LEFT), floor - (value - least) / span * (floor - TOP))
            for step, value in points
        ]
        if len(places) > 1:
            figure.line(*places, stroke=color, width=2)
        for place in places if len(places) <= 60 else ():
            figure.circle(*place, 2.5, fill=color)
        figure.text(x, 22, name, size=11, anchor="end", fill=color)
        x -= 7 * cell_len(name) + 14
    return figure


def save_curve(history: History, path: Path, title: str, note: Callable[[str], None]) -> None:
    """Write the figure as .svg, .png or .html; `note` is told of letters that no font can draw."""
    curve_figure(history, title).save(path, note=note)
