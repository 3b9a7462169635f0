"""How results look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lmcli.frame.locale import said, told

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

STATES = {"holds": ("✓", "green"), "missing": ("✗", "red"), "blocked": ("✗", "red")}


def inferences(rows: list[Any]) -> RenderableType:
    """A line a conclusion."""
    from rich.text import Text

    graded = any(one.certainty != 1 for row in rows for one in row.conclusions)
    titles = ("facts", "conclusion", *(["certainty"] if graded else []), "rule", "because")
    table = _empty(titles, ("certainty",))
    for row in rows:
        facts = row.given
        for one in row.conclusions:
            grade = [f"{one.certainty:.2f}"] if graded else []
            because = ", ".join(one.because)
            left = Text(facts), Text(one.fact, "bold green")
            table.add_row(*left, *grade, Text(said(one.rule)), Text(because))
            facts = ""
        if not row.conclusions:
            table.add_row(Text(facts), Text(said("nothing"), "dim"))
    return table


def steps(rows: list[Any]) -> RenderableType:
    """The firings of rules, in order."""
    columns = {"step": "step", "fact": "fact", "rule": "rule", "because": "premises"}
    if any(row.certainty != 1 for row in rows):
        columns["certainty"] = "certainty"
    return _table(rows, columns, ("step", "certainty"))


def proof(rows: list[Any], graded: bool) -> RenderableType:
    """Proofs as trees; several stand below each other."""
    from rich.console import Group
    from rich.text import Text
    from rich.tree import Tree

    trees: list[Tree] = []
    branch: list[Tree] = []
    for row in rows:
        label = Text(row.fact, "bold" if row.depth == 0 else "")
        if graded:
            label.append(f" {row.certainty:.2f}", "cyan")
        if row.rule:
            label.append(f"  {said(row.rule)}", "dim")
        if row.explanation:
            label.append(f"  {row.explanation}", "italic")
        if row.depth == 0:
            trees.append(Tree(label))
            branch = [trees[-1]]
        else:
            del branch[row.depth :]
            branch.append(branch[-1].add(label))
    return Group(*trees)


def repairs(rows: list[Any]) -> RenderableType:
    """A line a repair; ≤ where a cheaper one may exist."""
    from rich.text import Text

    table = _empty(("goal", "cost", "add", "give up"), ("cost",))
    last = None
    for row in rows:
        goal = "" if row.goal == last else row.goal
        cost = f"{row.cost}" if row.proven else f"≤ {row.cost}"
        table.add_row(Text(goal), cost, Text(", ".join(row.add)), Text(", ".join(row.remove)))
        last = row.goal
    return table


def attempts(rows: list[Any]) -> RenderableType:
    """Rules that did not fire, each condition marked as met or not."""
    from rich.text import Text

    table = _empty(("fact", "rule", "conditions"))
    for row in rows:
        conditions = Text()
        for one in row.conditions:
            sign, colour = STATES[one.state]
            conditions.append(f"{sign} ", colour).append(f"{one.condition}  ")
        table.add_row(Text("  " * row.depth + row.fact), Text(row.rule), conditions)
    return table


def _empty(titles: Iterable[str], right: tuple[str, ...] = ()) -> Table:
    """A table without rows; the columns named in `right` hold numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", overflow="fold")
    return table


def _table(rows: list[Any], columns: dict[str, str], right: tuple[str, ...] = ()) -> RenderableType:
    """The named fields under their titles."""
    from rich.text import Text

    table = _empty(columns, right)
    for row in rows:
        table.add_row(*(Text(_text(getattr(row, name))) for name in columns.values()))
    return table


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return said("yes") if value else ""
    return f"{value:.2f}" if isinstance(value, float) else str(value or "")


def bases(rows: list[Any]) -> RenderableType:
    """The bundled bases."""
    columns = {name: name for name in ("name", "title", "rules", "goals", "certainty")}
    return _table(rows, columns, ("rules", "goals"))


def rules(rows: list[Any]) -> RenderableType:
    """Rules as text; certainties and explanations only where there are any."""
    columns = {"rule": "rule", "text": "text"}
    if any(row.certainty != 1 for row in rows):
        columns["certainty"] = "certainty"
    if any(row.explanation for row in rows):
        columns["explanation"] = "explanation"
    return _table(rows, columns, ("certainty",))


def problems(rows: list[Any]) -> RenderableType:
    """Problems by line, with what to do."""
    from rich.text import Text

    table = _empty(("line", "severity", "problem", "hint"), ("line",))
    for row in rows:
        words = Text(said(row.severity)), Text(told(row.message)), Text(told(row.hint or ""))
        table.add_row(str(row.line or ""), *words)
    return table
