"""Edges in lines: csv, tsv, words between blanks, JSON lines. Each fault is told by its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import BinaryIO

from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import refuse_utf16
from lmcli.graph.files.edges import Columns, EdgeList, places_of

LONGEST = 100_000  # bytes of a line


def table(stream: BinaryIO, edges: EdgeList, columns: Columns, tabs: bool = False) -> None:
    """Read rows of cells: the first names the columns where their names are known, or asked for."""
    separator: str | None = "\t" if tabs else None
    places: tuple[int, int, int | None] | None = None
    begun = False
    first = width = 0  # of a file without a head: its first line, and the cells there
    for line, text in _lines(stream, edges):
        if not text.strip() or text.startswith(("#", "%")):
            continue
        if not begun and separator is None:
            separator = _separator(text)
        try:
            cells = _cells(text, separator or ",")
        except csv.Error as error:
            edges.fault(line, BadInput(f"not csv: {error}"))
            continue
        if not begun:
            begun = True
            places = places_of(cells, columns, edges.name)
            if places is not None:
                continue
            weight = 2 if len(cells) == 3 and _number(cells[2]) else None
            places = (0, 1, weight)
            first, width = line, len(cells)
        assert places is not None
        try:
            if len(cells) <= max(place for place in places if place is not None):
                raise BadInput(f"{len(cells)} cell{'s' * (len(cells) != 1)}, where an edge has two"
                               + (" and a weight" if places[2] is not None else ""))  # fmt: skip
            if width and len(cells) > width:
                raise BadInput(f"{len(cells)} cells, where the first line has {width}")
            weight_cell = None if places[2] is None else cells[places[2]]
            edges.add(cells[places[0]], cells[places[1]], weight_cell)
        except BadInput as error:
            edges.fault(line, error)
    if first:
        edges.doubt_head(first)


def json_lines(stream: BinaryIO, edges: EdgeList, columns: Columns) -> None:
    """Read objects, or arrays of two or three, one a line."""
    for line, text in _lines(stream, edges):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
            if isinstance(value, dict):
                keys = list(value)
                places = places_of(keys, columns, edges.name)
                if places is None and len(keys) < 2:
                    raise BadInput("an edge has two fields, as source and target")
                a, b, w = places or (0, 1, None)
                parts = list(value.values())
                edges.add(parts[a], parts[b], None if w is None else parts[w])
            elif isinstance(value, list) and len(value) in (2, 3):
                edges.add(*value)
            else:
                raise BadInput("not an object with source and target")
        except (ValueError, RecursionError) as error:
            edges.fault(line, BadInput(f"not JSON: {error}"))
        except BadInput as error:
            edges.fault(line, error)


def _lines(stream: BinaryIO, edges: EdgeList) -> Iterator[tuple[int, str]]:
    """Numbered lines in UTF-8; what is none is a fault."""
    number = 0
    while raw := stream.readline():
        number += 1
        if number == 1:
            refuse_utf16(raw, edges.name)
        if len(raw) > LONGEST:
            edges.fault(number, BadInput(f"{len(raw):,} bytes are too many for an edge"))
            continue
        try:
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            edges.fault(number, BadInput("not UTF-8"))


def _separator(text: str) -> str:
    for one in ("\t", ",", ";", "，"):
        if one in text:
            return one
    return " "


def _cells(text: str, separator: str) -> list[str]:
    if separator == " ":
        return text.split()
    if '"' not in text:
        return text.split(separator)
    return next(csv.reader(io.StringIO(text), delimiter=separator))


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
