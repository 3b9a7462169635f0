"""A csv file as examples: a row each, its class in one column, numbers in the others."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from io import StringIO

import numpy as np

from lmcli.frame.errors import BadInput, BadUsage, did_you_mean, quoted
from lmcli.frame.text.printable import printable
from lmcli.frame.text.textfile import decoded
from lmcli.mlp.data import Data

MOST_CLASSES = 20
SEPARATORS = ",\t;"


def read_table(content: bytes, name: str, label: str | None = None) -> Data:
    """Examples of a csv file (also tab or semicolon), each feature moved to mean 0 and scaled to spread 1.

    A first row that is no numbers names the columns. label: the column of the class, else the last.
    Raises BadInput with the line for what cannot be used, BadUsage for a label that is no column.
    """
    lines = _rows(decoded(content, name), name)
    header = lines.pop(0)[1] if lines and not _numbers(lines[0][1][:-1]) else None
    if not lines:
        raise BadInput(f"{name}: no examples", "give a row for each: numbers, and the class last")
    width = len(header or lines[0][1])
    for number, row in lines:
        if len(row) != width:
            raise BadInput(f"{name}:{number}: {len(row)} columns where the first row has {width}")
    place = _column(header, label, width, name)
    if width < 2:
        raise BadInput(f"{name}: one column only", "give numbers, and the class last")
    names = header or [f"x{i}" for i in range(1, width + 1)]
    classes = _classes([row[place] for _, row in lines], lines, name, names[place])
    others = [i for i in range(width) if i != place]
    X = np.array([[_number(row[i], name, n, names[i]) for i in others] for n, row in lines])
    mean, spread = X.mean(axis=0), X.std(axis=0)
    spread[spread == 0] = 1.0
    y = np.array([classes.index(row[place]) for _, row in lines])
    features = tuple(names[i] for i in others)
    return Data(name, (X - mean) / spread, y, tuple(classes), features, mean, spread)


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with its line number."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for row in reader:
            cells = [printable(cell.strip()) for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise BadInput(f"{name}:{reader.line_num}: not csv: {error}") from None
    return rows


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return all(math.isfinite(float(cell)) for cell in cells)
    except ValueError:
        return False


def _number(cell: str, name: str, line: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e100:
        raise BadInput(
            f"{name}:{line}: {quoted(cell)} in the column {quoted(column)} is no number to learn from",
            "every column but the class holds numbers; name the class's with --label",
        )
    return value


def _column(header: list[str] | None, label: str | None, width: int, name: str) -> int:
    """Where the class stands."""
    if label is None:
        return width - 1
    if header is None:
        raise BadUsage(f"--label {label}: {name} has no row of names", "the class stands last")
    if label not in header:
        from difflib import get_close_matches

        near = get_close_matches(label, header, n=3) or header[:10]
        raise BadUsage(f"--label {label}: no such column in {name}", did_you_mean(near))
    return header.index(label)


def _classes(
    labels: Sequence[str], lines: Sequence[tuple[int, list[str]]], name: str, column: str
) -> list[str]:
    """The classes in order: of numbers by size, else by text."""
    if "" in labels:
        raise BadInput(f"{name}:{lines[labels.index('')][0]}: no class in {quoted(column)}")
    found = sorted(set(labels), key=float if _numbers(labels) else None)
    if len(found) == 1:
        raise BadInput(f"{name}: every example is {quoted(found[0])}", "two classes at least")
    if len(found) > MOST_CLASSES:
        raise BadInput(
            f"{name}: {len(found)} different values in {quoted(column)} are too many classes",
            f"name the column of the class with --label; at most {MOST_CLASSES} are learnt",
        )
    return found
