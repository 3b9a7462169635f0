"""From the words of the command line, stdin or JSON lines to records, read as they come.

A command declares its argument with `argument`; the function then gets `Records`, maps its engine over them and
hands the outcomes to `Output.stream`. A record that cannot be read, or that its engine refuses, becomes an outcome
with an error; the others go on.

Every line of stdin is a record, so that what comes out stays in step with what went in: a blank one, which no command
has an answer to, fails by its line as any other bad one does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, TypeVar

import click

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, LmcliError, Noted, no_text
from lmcli.frame.text.lines import decoded, lines_ready

F = TypeVar("F", bound=Callable[..., Any])

JSONL = "lmcli.jsonl"
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
            if keep_blank or line.strip():
                batch.append(_record(line, number, jsonl))
            else:
                batch.append(Record("", number, error=blank()))
        yield batch


def blank() -> BadInput:
    """The error of a line on which nothing stands."""
    return BadInput("the line is blank", "every line is a record: fill it in, or leave it out")


def _record(raw: bytes, number: int, jsonl: str | None) -> Record:
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


def documents(
    name: str,
    *,
    metavar: str | None = None,
    complete: Callable[[click.Context, click.Parameter, str], list[Any]] | None = None,
) -> Callable[[F], F]:
    """Declare a command's documents: each argument names one, and stdin as a whole is one more.

    The records' values are the names; `-`, which no argument on a pipe means too, stands for stdin.
    """

    def records(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Records:
        env = ctx.find_object(Environment)
        assert env is not None
        if not values and env.stdin_isatty:
            raise click.UsageError(
                f"Missing argument '{metavar or name.upper()}': name it, or pipe it in.", ctx
            )
        given = [Record(value) for value in values or ("-",)]
        several = len(given) > 1
        return Records(lambda: iter([given]), several, from_stdin=not values)

    return click.argument(
        name, nargs=-1, metavar=metavar, callback=records, shell_complete=complete
    )


def argument(
    name: str,
    *,
    metavar: str | None = None,
    join: bool | str = False,
    keep_blank: bool = False,
    unless: str | None = None,
    complete: Callable[[click.Context, click.Parameter, str], list[Any]] | None = None,
) -> Callable[[F], F]:
    """Declare a command's records: arguments, or stdin for `-` or no argument on a pipe, or `--jsonl`.

    join: the arguments together are one record, with a blank (or this text) between them.
    keep_blank: a blank line of stdin is a record too.
    unless: an eager option that makes records needless; where it is given, stdin is read for `-` alone.
    """

    def records(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Records:
        env = ctx.find_object(Environment)
        assert env is not None
        jsonl: str | None = ctx.meta.get(JSONL)
        if values and values != ("-",):
            if jsonl:
                raise BadUsage("--jsonl reads stdin, but there are arguments", "leave one out")
            glue = join if isinstance(join, str) else " "
            return Records.of([glue.join(values)] if join else values)
        if not values and not jsonl and unless and ctx.params.get(unless):
            return Records(lambda: iter(()), several=True, from_stdin=False)
        if env.stdin_isatty and not values and not jsonl:
            raise click.UsageError(
                f"Missing argument '{metavar or name.upper()}': name it, or pipe lines in.", ctx
            )
        return Records(
            lambda: records_of_stream(env.stdin, jsonl, keep_blank), several=True, from_stdin=True
        )

    def decorate(function: F) -> F:
        words = click.argument(
            name, nargs=-1, metavar=metavar, callback=records, shell_complete=complete
        )
        return words(jsonl_option("FIELD")(function))

    return decorate


def jsonl_option(taken: str) -> Callable[[F], F]:
    """Declare `--jsonl FIELD`, whose value the context's meta keeps under JSONL; `taken`: what is read of a line."""
    return click.option(
        "--jsonl",
        metavar="FIELD",
        expose_value=False,
        is_eager=True,
        callback=lambda ctx, _param, value: ctx.meta.__setitem__(JSONL, value),
        help=f"Read JSON lines from stdin, take {taken}, keep the other fields.",
    )
