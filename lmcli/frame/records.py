"""Records: the inputs of a command, read as they come, and what became of each.

A command maps its engine over `Records` and hands the outcomes to `Output.stream`. A record that cannot be read, or
that its engine refuses, becomes an outcome with an error; the others go on.

Every line of stdin is a record, so that what comes out stays in step with what went in: a blank one, which no command
has an answer to, fails by its line as any other bad one does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from lmcli.frame.errors import BadInput, LmcliError, Noted, no_text
from lmcli.frame.text.lines import Line, decoded, lines_ready

LARGEST_BATCH = 256


@dataclass(frozen=True, slots=True)
class Record:
    """One input. `line` counts from 1 (None for an argument); `fields` are a JSON line's other fields."""

    value: str
    line: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: LmcliError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record: its rows, or the error that stopped it; `warnings` are said beside either."""

    record: Record
    rows: Iterable[Any] = ()
    error: LmcliError | None = None
    warnings: tuple[str, ...] = ()


def with_query(outcome: Outcome) -> Outcome:
    """An outcome whose rows name the query that they answer."""
    fields = {**outcome.record.fields, "query": outcome.record.value}
    return replace(outcome, record=replace(outcome.record, fields=fields))


class Records:
    """The inputs of one command. `several` says whether rows must name the record they belong to."""

    def __init__(
        self, batches: Callable[[], Iterator[list[Record]]], several: bool, from_stdin: bool
    ) -> None:
        self._batches = batches
        self.several = several
        self.from_stdin = from_stdin

    def __iter__(self) -> Iterator[Record]:
        for batch in self._batches():
            yield from batch

    def changed(self, change: Callable[[str], str]) -> Records:
        """The same records with their values changed; those with an error stay as they are."""

        def batches() -> Iterator[list[Record]]:
            for batch in self._batches():
                yield [
                    record if record.error else replace(record, value=change(record.value))
                    for record in batch
                ]

        return Records(batches, self.several, self.from_stdin)

    @classmethod
    def of(cls, values: Sequence[str]) -> Records:
        """Records of values that are at hand; one that is no text becomes a record with an error."""
        given = [Record(value, error=no_text(value)) for value in values]
        return cls(lambda: iter([given]), several=len(given) > 1, from_stdin=False)

    def split_first(self) -> tuple[Records, list[str]]:
        """Where only the first argument is a record: that one, and the other arguments."""
        if self.from_stdin:
            return self, []
        first, *rest = (record.value for record in self)
        return Records.of([first]), rest

    def map(self, answer: Callable[[str], Any]) -> Iterator[Outcome]:
        """Apply `answer` to each value; it returns a row, a list or an iterator of rows, or raises LmcliError.

        Rows may come `Noted`.
        """
        for record in self:
            try:
                if record.error:
                    raise record.error
                rows = answer(record.value)
            except LmcliError as error:
                yield Outcome(record, error=error)
            else:
                yield _outcome(record, rows)

    def map_batches(
        self, answer: Callable[[list[str]], Sequence[Any]], largest: int = LARGEST_BATCH
    ) -> Iterator[Outcome]:
        """Apply `answer` to lists of values; it returns, in order, rows or an LmcliError for each.

        A batch holds what stdin has ready, never waits for more, and starts small: the first answer
        comes at once, a long file in full batches.
        """
        size = 1
        for ready in self._batches():
            start = 0
            while start < len(ready):
                batch = ready[start : start + size]
                start += size
                size = min(2 * size, largest)
                yield from _answer_batch(batch, answer)


def _answer_batch(
    batch: list[Record], answer: Callable[[list[str]], Sequence[Any]]
) -> Iterator[Outcome]:
    answers = iter(answer([record.value for record in batch if not record.error]))
    for record in batch:
        yield _outcome(record, record.error or next(answers))


def _outcome(record: Record, rows: Any) -> Outcome:
    """What an engine gave for a record, as its outcome."""
    if isinstance(rows, Noted):
        return replace(_outcome(record, rows.rows), warnings=rows.warnings)
    if isinstance(rows, LmcliError):
        return Outcome(record, error=rows)
    return Outcome(record, rows if isinstance(rows, (list, tuple, Iterator)) else (rows,))


def records_of_stream(
    stream: BinaryIO, jsonl: str | None = None, keep_blank: bool = False
) -> Iterator[list[Record]]:
    """Records of a binary stream in UTF-8, one a line; a blank line is an error of its own, unless it is kept."""
    number = 0
    for lines in lines_ready(stream):
        batch = []
        for line in lines:
            number += 1
            if keep_blank or isinstance(line, BadInput) or line.strip():
                batch.append(_record(line, number, jsonl))
            else:
                batch.append(Record("", number, error=blank()))
        yield batch


def blank() -> BadInput:
    """The error of a line on which nothing stands."""
    return BadInput("the line is blank", "every line is a record: fill it in, or leave it out")


def _record(raw: Line, number: int, jsonl: str | None) -> Record:
    try:
        text = decoded(raw)
    except BadInput as fault:
        return Record("", number, error=fault)
    if jsonl is None:
        return Record(text, number)
    try:
        value = json.loads(text)
        if not isinstance(value, dict):
            raise BadInput("not a JSON object")
        if not isinstance(value.get(jsonl), str) or not value[jsonl].strip():
            raise BadInput(f"no text in the field {jsonl!r}")
    except (ValueError, RecursionError) as error:
        return Record("", number, error=BadInput(f"not JSON: {error}"))
    except LmcliError as error:
        return Record("", number, error=error)
    text = value.pop(jsonl)
    return Record(text, number, value, no_text(text))
