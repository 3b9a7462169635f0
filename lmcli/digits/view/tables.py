"""What a measurement found, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.digits.evaluating import Evaluation, LabelScore, Mistake, Robust, as_floats
from lmcli.digits.files.sources import Part
from lmcli.digits.view.render import grey
from lmcli.frame.locale import said, told

MOST = 12  # labels of a confusion that fits a terminal
SHORT = 4  # letters of a label above a column


def scores_shown(rows: Sequence[LabelScore], found: Evaluation, name: str) -> RenderableType:
    """The accuracy, the labels, and the confusion."""
    scores = found.scores
    head: RenderableType = Text(
        told(
            f"{name}: {scores.accuracy:.2%} of {scores.count} right, macro F1 {scores.macro_f1:.4f}"
        ),
        style="bold",
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("label", overflow="fold")
    for column in ("count", "precision", "recall"):
        table.add_column(column, justify="right")
    table.add_column("taken most for", overflow="fold")
    for row in rows:
        confused = f"{row.confused} ({row.times})" if row.times else ""
        table.add_row(
            Text(row.label),
            str(row.count),
            _number(row.precision),
            _number(row.recall),
            Text(confused),
        )
    parts: list[RenderableType] = [head, table]
    if len(rows) <= MOST:
        parts += [Text(""), _confusion(found)]
    return Group(*parts)


def _confusion(found: Evaluation) -> RenderableType:
    """How often what is (a row) was called what (a column): counts, for shares would hide a few mistakes."""
    matrix = found.scores.confusion
    places = [place for place in range(len(found.names)) if matrix[place].any()]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for place in places:
        table.add_column(Text(found.names[place][:SHORT]), justify="right")
    for row in places:
        cells = [
            Text(str(matrix[row, column]) if matrix[row, column] else "\N{MIDDLE DOT}", style)
            for column, style in ((one, "dim" if one == row else "") for one in places)
        ]
        table.add_row(Text(found.names[row]), *cells)
    return Group(Text(said("what is (row) called what (column), pictures"), style="bold"), table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def mistakes_shown(rows: Sequence[Mistake], part: Part) -> RenderableType:
    """The surest mistakes as pictures."""
    if not rows:
        return Text(said("no mistakes"))
    shown = []
    for row in rows:
        grid = Table.grid()
        grid.add_column(width=28)
        read = told(f"[{row.index}] {row.label}, read as {row.guess} ({row.score:.2f})")
        grid.add_row(Text(read))
        grid.add_row(grey(as_floats(part.pixels[row.index])))
        shown.append(grid)
    return Group(Text(said("the surest mistakes"), style="bold"), Columns(shown, padding=(1, 2)))


def robust_table(rows: Sequence[Robust]) -> RenderableType:
    """A line for each change, a column for each model."""
    models = list(dict.fromkeys(row.model for row in rows))
    found = {(row.change, row.amount, row.model): row.accuracy for row in rows}
    head = said("accuracy on pictures that are shifted by pixels, or noisy (1 is full ink)")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("change", "amount", *models):
        table.add_column(column, justify="left" if column == "change" else "right")
    for change, amount in dict.fromkeys((row.change, row.amount) for row in rows):
        values = [found[change, amount, model] for model in models]
        best = max(values)
        cells = [Text(f"{value:.4f}", style="bold" if value == best else "") for value in values]
        table.add_row(said(change), f"{amount:g}", *cells)
    return Group(Text(head, style="bold"), table)
