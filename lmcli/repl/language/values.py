"""What variables hold: rows, with the words that stand for them on a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmcli.frame.errors import BadUsage, did_you_mean
from lmcli.frame.printing.cells import cell, fields_of, plain_columns, to_json
from lmcli.frame.text.lines import lines_of as text_lines
from lmcli.repl.language.grammar import Reference


@dataclass(frozen=True, slots=True)
class Row:
    """A row that a command wrote: the row itself, the other fields of its record, and whether rows name theirs."""

    row: Any
    extra: Mapping[str, Any] = field(default_factory=dict)
    several: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """All fields, in order."""
        return {**self.extra, **fields_of(self.row)}

    @property
    def shown(self) -> Any:
        """What `Output.rows` takes: the row as it was, or a mapping where it has further fields."""
        return self.fields if self.extra else self.row

    @property
    def word(self) -> str:
        """The value that stands for the row: its first column in a pipe (of an analogy, the answer)."""
        columns = plain_columns(self.row, False)
        values = fields_of(self.row)
        return cell(self._value(columns[0]) if columns else next(iter(values.values()), ""))

    def _value(self, name: str) -> Any:
        fields = fields_of(self.row)
        return fields[name] if name in fields else getattr(self.row, name)

    @property
    def plain(self) -> str:
        """The row as a line of a pipe, without a line end."""
        values = fields_of(self.row)
        columns = plain_columns(self.row, self.several) or tuple(values)
        cells = [cell(value) for value in self.extra.values()]
        cells += [cell(self._value(name)) for name in columns]
        return "\t".join(cells)

    @property
    def saved(self) -> dict[str, Any]:
        """The row for a journal."""
        return {"fields": self.fields, "word": self.word, "several": self.several}


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text as a row."""

    text: str


class Restored(dict[str, Any]):
    """The fields of a row read from a journal. PLAIN is the field that stood for it."""

    PLAIN: tuple[str, ...] | None = None


def restore(saved: Mapping[str, Any]) -> Row:
    """The row that `Row.saved` described."""
    row = Restored(saved["fields"])
    for name, value in row.items():
        if cell(value) == saved["word"]:
            row.PLAIN = (name, *(other for other in row if other != name))
            break
    return Row(row, several=saved["several"])


def rows_of_text(text: str) -> list[Row]:
    """The lines of a text as rows; of JSON lines, their objects."""
    rows = []
    for line in text_lines(text):
        try:
            value = json.loads(line) if line.startswith("{") else None
        except ValueError:
            value = None
        rows.append(Row(value if isinstance(value, dict) and value else Text(line)))
    return rows


def lines_of(rows: Sequence[Row], jsonl: bool) -> bytes:
    """Rows as the stdin of a command: the word of each on a line, or their fields as JSON lines."""
    if jsonl:
        return "".join(to_json(row.fields) + "\n" for row in rows).encode()
    return "".join(row.word.replace("\n", " ") + "\n" for row in rows).encode()


class Variables:
    """The rows that $name and _ hold."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}

    def words(self, reference: Reference) -> list[str]:
        """The words a reference stands for, one a row. Raises BadUsage where there is no such thing."""
        return [row.word for row in self.recall(reference)]

    def recall(self, reference: Reference) -> list[Row]:
        """The rows a reference stands for; of a field, its values. Raises BadUsage as `words` does."""
        name = reference.name
        if name not in self.rows:
            if name == "_":
                raise BadUsage("there is no last result yet", "quote '_' where you mean the sign")
            from difflib import get_close_matches

            near = did_you_mean(f"${one}" for one in get_close_matches(name, self.rows))
            raise BadUsage(
                f"no variable is called ${name}", near or "write \\$ for the sign itself"
            )
        rows = self.rows[name]
        if reference.index is not None:
            try:
                rows = [rows[reference.index]]
            except IndexError:
                raise BadUsage(
                    f"${name} has {len(rows)} rows, and [{reference.index}] is none"
                ) from None
        if reference.field is None:
            return rows
        return [Row(Text(_field(row, reference.field, name))) for row in rows]

    def set_text(self, name: str, text: str) -> None:
        """Let a variable hold one text."""
        self.rows[name] = [Row(Text(text))]


def _field(row: Row, name: str, variable: str) -> str:
    fields = row.fields
    if name not in fields:
        raise BadUsage(f"${variable} has no field {name!r}", f"it has {', '.join(fields)}")
    return cell(fields[name])
