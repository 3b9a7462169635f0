"""A model's scores: the confusion matrix as a heatmap, the calibration as bars, and both as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.classify.evaluation import Bin, Evaluation, ece
from lmcli.draw.bars import bar
from lmcli.draw.colormap import PALETTE
from lmcli.draw.figure import Figure
from lmcli.draw.heatmap import Heatmap
from lmcli.draw.heatmap_figure import heatmap_figure
from lmcli.frame.locale import said, told

MOST = 30  # labels whose confusion is drawn as a heatmap
PAIRS = 10  # of confused labels, where there are more
BAR = 24
FINE = 0.03  # a calibration error that is none
SIDE = 320.0  # pixels of the diagram


def evaluation(rows: Sequence[Evaluation]) -> RenderableType:
    """The scores, each label's own, and what was taken for what."""
    (row,) = rows
    head = Text.assemble((row.model, "bold"), told(f" on {row.texts} texts of {row.data}"))
    scores = told(f"accuracy {row.accuracy:.4f}   macro F1 {row.macro_f1:.4f}   ECE {row.ece:.4f}")
    return Group(head, Text(scores), Text(), _labels(row), Text(), _confusion(row))


def _labels(row: Evaluation) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    grid.add_column("label", overflow="fold", max_width=30)
    for name in ("texts", "precision", "recall", "F1"):
        grid.add_column(name, justify="right")
    for one in row.by_label:
        cells = (f"{value:.4f}" for value in (one.precision, one.recall, one.f1))
        grid.add_row(Text(one.label), str(one.texts), *cells)
    return grid


def _confusion(row: Evaluation) -> RenderableType:
    if not row.confusion:
        none = said("a text may have several labels: no confusion matrix")
        return Text(none, style="dim")
    if len(row.labels) > MOST:
        return Group(*(Text(line) for line in most_confused(row)))
    shares, rows = _shares(row)
    title = said("what is (rows) and what was said (columns), as shares of each row")
    return Heatmap(shares, rows, row.labels, low=0.0, high=1.0, title=title)


def _shares(row: Evaluation) -> tuple[list[list[float]], list[str]]:
    """The confusion as shares of each row, and the rows' names with their counts."""
    sums = [sum(line) for line in row.confusion]
    shares = [
        [count / (total or 1) for count in line]
        for line, total in zip(row.confusion, sums, strict=True)
    ]
    return shares, [f"{label} ({total})" for label, total in zip(row.labels, sums, strict=True)]


def most_confused(row: Evaluation) -> list[str]:
    """The pairs of labels most often taken for each other, as words."""
    pairs = [
        (count, row.labels[i], row.labels[j])
        for i, line in enumerate(row.confusion)
        for j, count in enumerate(line)
        if i != j and count
    ]
    pairs.sort(key=lambda pair: -pair[0])
    return [told(f"{count} x {label} called {other}") for count, label, other in pairs[:PAIRS]]


def calibration(rows: Sequence[Bin]) -> RenderableType:
    """For each range of confidence how many answers there are, and what share is right."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("confidence", "answers", "mean", said("right", about="answers")):
        grid.add_column(name, justify="right")
    grid.add_column("", no_wrap=True)
    for one in rows:
        grid.add_row(
            f"{one.low:.1f} {said('to')} {one.high:.1f}",
            str(one.count),
            f"{one.confidence:.3f}",
            f"{one.accuracy:.3f}",
            Text(bar(one.accuracy, BAR), style="cyan"),
        )
    return Group(grid, Text(_said(rows)))


def _said(rows: Sequence[Bin]) -> str:
    """The calibration error, and which way it leans."""
    total = sum(one.count for one in rows)
    lean = sum(one.count * (one.confidence - one.accuracy) for one in rows) / total
    error = ece(rows)
    if error < FINE:
        way = "well calibrated"
    elif abs(lean) <= error / 2:
        way = "too sure here, too modest there"
    else:
        way = "it is too sure" if lean > 0 else "it is too modest"
    return told(f"ECE {error:.4f} over {total} answers: {way}")


def figure(rows: Sequence[Any]) -> Figure:
    """The confusion matrix, or for bins the reliability diagram."""
    if isinstance(rows[0], Bin):
        return _reliability(rows)
    row: Evaluation = rows[0]
    title = told(
        f"{row.model} on {row.data}: accuracy {row.accuracy:.3f}, macro F1 {row.macro_f1:.3f}"
    )
    if not row.confusion:
        values = [[one.precision, one.recall, one.f1] for one in row.by_label]
        columns = [said(name) for name in ("precision", "recall", "F1")]
        return heatmap_figure(values, row.labels, columns, title=title, low=0.0, high=1.0)
    shares, names = _shares(row)
    caption = [said("rows: what is; columns: what was said; shares of each row")]
    return heatmap_figure(
        shares, names, row.labels, title=title, low=0.0, high=1.0, caption=caption
    )


def _reliability(rows: Sequence[Bin]) -> Figure:
    """Accuracy against confidence; a perfect model's bars end on the diagonal."""
    left, top = 70.0, 60.0
    drawing = Figure(
        left + SIDE + 40, top + SIDE + 80, title=told(f"calibration: ECE {ece(rows):.3f}")
    )
    drawing.text(16, 28, drawing.title, size=15, bold=True)
    base = top + SIDE
    total = sum(one.count for one in rows)
    for one in rows:
        x, width = left + one.low * SIDE, (one.high - one.low) * SIDE
        shade = 0.35 + 0.65 * one.count / total
        high = one.accuracy * SIDE
        drawing.rect(x + 1, base - high, width - 2, high, fill=PALETTE[0], opacity=shade)
        middle = x + width / 2
        drawing.text(middle, base - high - 6, str(one.count), size=10, anchor="middle")
        drawing.circle(left + one.confidence * SIDE, base - high, 3, fill=PALETTE[1])
    drawing.line((left, base), (left + SIDE, top), stroke="#888888")
    drawing.line((left, top), (left, base), (left + SIDE, base))
    for part in range(0, 11, 2):
        share = part / 10
        drawing.text(left + share * SIDE, base + 18, f"{share:.1f}", size=11, anchor="middle")
        drawing.text(
            left - 8, base - share * SIDE, f"{share:.1f}", size=11, anchor="end", middle=True
        )
    drawing.text(left + SIDE / 2, base + 40, said("confidence"), anchor="middle")
    drawing.text(22, top + SIDE / 2, said("share that is right"), anchor="middle", angle=-90)
    drawing.text(16, base + 64, said("numbers: answers; line: a perfect model"), size=11)
    return drawing
