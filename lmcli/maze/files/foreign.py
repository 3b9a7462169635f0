"""A map that others drew, translated to lmcli's own characters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lmcli.maze.files.alphabet import Unclear, meanings, read_cells
from lmcli.maze.files.layout import drawing
from lmcli.maze.grid import FREE, GOAL, START, WALL

CORNERS = "no start and no goal are drawn: the top left and the bottom right are taken"


@dataclass(frozen=True, slots=True)
class Translated:
    """A map in lmcli's characters, the line it began on, and what was taken for granted."""

    content: str
    first_line: int
    remarks: tuple[str, ...]


def translated(content: str, cells: str | None) -> Translated:
    """Translate a map; cells: what its characters mean, as `S=A,G=B,#=X`.

    Raises Unclear where it could mean several things, or none; BadUsage for cells that cannot be read.
    """
    given = read_cells(cells) if cells is not None else {}
    numbers: list[str] = []
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(content.split("\n"), start=1):
        text = line.removesuffix("\r")
        if ":" in text and not any(mark in text for mark in "[](){}\"'"):
            numbers.append(text)
        elif not text.lstrip().startswith(";"):
            lines.append((number, text))
    drawn = drawing(lines)
    if not drawn.even:
        raise Unclear("")
    counts = Counter(token for _, tokens in drawn.rows for token in tokens)
    rewards = {line.partition(":")[0].strip() for line in numbers}
    means, remarks = meanings(counts, given, rewards)
    rows = ["".join(means[token] for token in tokens) for _, tokens in drawn.rows]
    if not {START, GOAL} & set(means.values()) and counts.keys() <= {"0", "1", *given}:
        rows = _cornered(rows)
        remarks = [*remarks, CORNERS]
    return Translated(
        "\n".join([*numbers, *rows]) + "\n", drawn.rows[0][0], (*drawn.remarks, *remarks)
    )


def _cornered(rows: list[str]) -> list[str]:
    """A grid of walls and floor with a start at its top left and a goal at its bottom right."""
    if WALL in (rows[0][0], rows[-1][-1]):
        raise Unclear(
            "if 1 is floor here, add --cells '#=0,.=1'; else put 2 on the start and 9 on the goal"
        )
    if len(rows) == len(rows[0]) == 1:
        raise Unclear("")
    assert rows[0][0] == rows[-1][-1] == FREE
    rows = [START + rows[0][1:], *rows[1:]]
    return [*rows[:-1], rows[-1][:-1] + GOAL]
