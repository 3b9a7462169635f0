"""Files to records: csv, tsv, JSON (an array, or a line each), md with front matter. Faults are told by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, LmcliError, named
from lmcli.frame.text.lines import lines_of

BODY = "text"  # the field of a md file's own text
KINDS = "csv, tsv, jsonl, json or md"
_LONGEST_CELL = 1 << 28

Fault = Callable[[LmcliError], None]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record: the line where it starts, its fields."""

    line: int
    fields: dict[str, Any]


def is_record_file(path: str) -> bool:
    """Whether a file's name is that of a kind that holds records."""
    return Path(path).suffix.lower() in _KINDS


def parse(path: str, text: str, fault: Fault) -> Iterator[Parsed]:
    """The records of a file; `fault` is told of each that cannot be read, and the others go on."""
    name = named(path)

    def tell(line: int, why: object) -> None:
        fault(BadInput(f"{name}:{line}: {why}"))

    return _KINDS[Path(path).suffix.lower()](text, tell)


Tell = Callable[[int, object], None]


def _json_lines(text: str, tell: Tell) -> Iterator[Parsed]:
    for line, raw in enumerate(lines_of(text), 1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError) as error:
            tell(line, f"not JSON: {error}")
            continue
        if isinstance(value, dict):
            yield Parsed(line, value)
        else:
            tell(line, "not a JSON object")


def _json(text: str, tell: Tell) -> Iterator[Parsed]:
    """An array of objects; each begins where its text does."""
    decoder = json.JSONDecoder()
    at = _blank(text, 0)
    if text[at : at + 1] != "[":
        yield from _json_lines(text, tell)
        return
    at, line, counted = _blank(text, at + 1), 1, 0
    while text[at : at + 1] not in ("]", ""):
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            tell(line, f"not JSON, and the rest is not read: {error}")
            return
        if isinstance(value, dict):
            yield Parsed(line, value)
        else:
            tell(line, "not a JSON object")
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
    if at >= len(text):
        tell(1 + text.count("\n"), "the array has no end: the file was cut")


def _blank(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _table(text: str, tell: Tell, separator: str = "") -> Iterator[Parsed]:
    csv.field_size_limit(_LONGEST_CELL)
    head = text.split("\n", 1)[0]
    kinds = (separator,) if separator else (",", ";", "\t")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(kinds, key=head.count))
    names: list[str] = []
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            tell(line, f"not csv: {error}")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = [cell.strip() for cell in cells]
            if twice := {name for name in names if names.count(name) > 1}:
                tell(line, f"two columns are called {', '.join(sorted(twice))!r}")
                return
        elif len(cells) != len(names):
            tell(line, f"{len(cells)} cells, where the head names {len(names)}")
        else:
            yield Parsed(line, {n: c.strip() for n, c in zip(names, cells, strict=True) if n})


def _markdown(text: str, tell: Tell) -> Iterator[Parsed]:
    """One record: the fields of the front matter (YAML between two lines of ---), and the text below."""
    import yaml

    lines = list(lines_of(text))
    fields: dict[str, Any] = {}
    body = 0
    if lines and lines[0].strip() == "---":
        end = next((n for n, one in enumerate(lines[1:], 1) if one.strip() in ("---", "...")), 0)
        if not end:
            tell(1, "the front matter has no end (a line ---)")
            return
        try:
            read = yaml.safe_load("\n".join(lines[1:end]))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            tell(2, f"the front matter is no YAML: {' '.join(str(error).split())[:200]}")
            return
        if not isinstance(read or {}, dict):
            tell(2, "the front matter has no fields")
            return
        fields = {str(name): value for name, value in (read or {}).items()}
        body = end + 1
    fields = json.loads(json.dumps(fields, default=str))  # dates as they are written
    yield Parsed(1, {**fields, BODY: "\n".join(lines[body:]).strip()})


_KINDS: dict[str, Callable[[str, Tell], Iterator[Parsed]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".csv": _table,
    ".tsv": lambda text, tell: _table(text, tell, "\t"),
    ".md": _markdown,
    ".markdown": _markdown,
}
