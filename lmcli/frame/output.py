"""The only printing: rows in every format, notes, errors, progress.

Rows are frozen dataclasses (or dicts). A row class may say how it reads in the plain format of pipes:
`KEY` names the field that is printed first when there are several records, `PLAIN` the fields (or properties) after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError, PartialFailure, Reported
from lmcli.frame.text.printable import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    from lmcli.frame.inputs import Outcome, Records

TABLE_BLOCK = 500  # rows that a table holds back to fit its columns
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

_warned: set[str] = set()

Render = Callable[[list[Any]], "RenderableType"]


class Advance(Protocol):
    """Moves a progress bar on, and may give it another label."""

    def __call__(self, advance: float, label: str | None = None, /) -> None: ...


def _advance_nothing(_advance: float, _label: str | None = None, /) -> None:
    """What progress yields where nobody looks."""


def _how_far(label: str, done: float, total: float | None) -> str:
    """What is said of work that Ctrl-C ended."""
    of = f" of {total:.10g}" if total is not None else ""
    return f"{label}: stopped at {done:.10g}{of}"


class Output:
    """The writer of one command. Results go to stdout, everything else to stderr."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._bar: Progress | None = None

    @property
    def format(self) -> str:
        """The format in force: the one asked for, else a table on a terminal and plain in a pipe."""
        return self._env.settings.format or ("table" if self._env.stdout_isatty else "plain")

    # -- results -----------------------------------------------------------------------------

    def rows(
        self, rows: Iterable[Any], *, several: bool = True, render: Render | None = None
    ) -> None:
        """Print rows that belong to no record (or to a single one, with several=False)."""
        writer = self._writer(several, render)
        writer.expect_all()
        with self._env.listing():
            for row in rows:
                writer.write(row, {})
                writer.flush_ready()
            writer.close()

    def stream(
        self,
        outcomes: Iterable[Outcome],
        records: Records | None = None,
        *,
        render: Render | None = None,
        apart: bool = False,
    ) -> None:
        """Print the rows of each outcome as it becomes ready; report errors, and go on.

        apart: each record's rows are a table of their own, printed at once.

        Raises the error itself where a single argument failed, PartialFailure (exit code 5) where
        some records failed and others did not, the first error where all of them failed.
        """
        several = records is None or records.several
        writer = self._writer(several, render)
        given = records is None or not records.from_stdin
        if apart or given:
            writer.expect_all(1 if apart else TABLE_BLOCK)
        errors: list[LmcliError] = []
        typed = not given and self._env.stdin_isatty
        total = 0
        with nullcontext() if typed else self._env.listing():
            for outcome in outcomes:
                total += 1
                for warning in outcome.warnings:
                    self.flush()
                    self.warn(warning, outcome.record.line)
                if error := _write(outcome, writer):
                    errors.append(error)
                    if several:
                        self.flush()
                        self.error(error, outcome.record.line)
                writer.flush_ready()
            writer.close()
        if not errors:
            return
        if total > len(errors):
            raise PartialFailure(len(errors), total)
        raise Reported(errors[0]) if several else errors[0]

    def _writer(self, several: bool, render: Render | None) -> _Writer:
        kind = _WRITERS[self.format] if self._env.keep is None else _Kept
        return kind(self, several, render)

    def render(self, renderable: RenderableType) -> None:
        """Print a rich renderable to stdout."""
        self.console().print(renderable)

    def text(self, text: str, end: str = "\n") -> None:
        """Print text to stdout as it is, at once."""
        self._env.stdout.write(text + end)
        self.flush()

    def write(self, text: str) -> None:
        """Write to stdout without flushing."""
        self._env.stdout.write(text)

    def flush(self) -> None:
        """Hand over what was written so far."""
        self._env.stdout.flush()

    def binary(self) -> BinaryIO:
        """stdout as a stream of bytes, for what is no text."""
        self.flush()
        return self._env.stdout.buffer

    def console(self, stderr: bool = False) -> Console:
        """A rich console on stdout (or stderr) that obeys the settings."""
        from rich.console import Console

        env = self._env
        isatty = env.stderr_isatty if stderr else env.stdout_isatty
        color = env.wants_color(isatty)
        return Console(
            file=env.stderr if stderr else env.stdout,
            force_terminal=True if color else (None if isatty else False),
            no_color=not color,
            color_system=("truecolor" if env.truecolor else "auto") if color else None,
            highlight=False,
            width=None if isatty else env.columns,
            legacy_windows=False,
            _environ=env.variables,
        )

    # -- messages ----------------------------------------------------------------------------

    def note(self, message: str) -> None:
        """Tell a person at a terminal something by the way; silent in scripts and with --quiet."""
        if self._env.stderr_isatty and not self._env.settings.quiet:
            self._say("note", message, "36")

    def warn(self, message: str, line: int | None = None) -> None:
        """Warn on stderr, whoever reads it; `line` is that of the record it is about."""
        self._say("warning", f"line {line}: {message}" if line else message, "33")

    def warn_once(self, message: str) -> None:
        """Warn of what holds for the whole process: the first time only."""
        if message not in _warned:
            _warned.add(message)
            self.warn(message)

    def report(self, message: str) -> None:
        """Say on stderr what an option asked for, whoever reads it."""
        self._say("note", message, "36")

    def error(self, error: LmcliError, line: int | None = None) -> None:
        """Report an error on stderr, with the line of its record."""
        self._say("error", f"line {line}: {error}" if line else str(error), "31")

    def _say(self, kind: str, message: str, color: str) -> None:
        env = self._env
        message = printable(message)
        head = f"\x1b[{color}m{kind}:\x1b[0m" if env.wants_color(env.stderr_isatty) else f"{kind}:"
        if self._bar is not None:  # the bar stays below
            from rich.text import Text

            self._bar.console.print(Text.from_ansi(f"{head} {message}"), soft_wrap=True)
            return
        with suppress(OSError):  # nobody can be told, and the results go on
            env.stderr.write(f"{head} {message}\n")
            env.stderr.flush()

    @contextmanager
    def progress(self, label: str, total: float | None = None) -> Iterator[Advance]:
        """A progress bar on stderr while the block runs; call what it yields with each advance.

        A second argument replaces the label: advance(1, "loss 0.53"). Nothing is shown, and rich is not
        imported, unless stderr is a terminal.
        """
        if not self._env.stderr_isatty or self._env.settings.quiet:
            yield _advance_nothing
            return
        from rich.progress import Progress

        try:
            with Progress(console=self.console(stderr=True), transient=True) as bar:
                task = bar.add_task(label, total=total)

                def move(advance: float, label: str | None = None, /) -> None:
                    bar.update(task, advance=advance, description=label)

                self._bar = bar
                try:
                    yield move
                finally:
                    self._bar = None
        except KeyboardInterrupt:
            self.note(_how_far(bar.tasks[0].description, bar.tasks[0].completed, total))
            raise


# -- writers ---------------------------------------------------------------------------------


def _write(outcome: Outcome, writer: _Writer) -> LmcliError | None:
    """Write an outcome's rows; return its error, also one that comes with a row."""
    if outcome.error is None:
        try:
            for row in outcome.rows:
                writer.write(row, outcome.record.fields)
        except LmcliError as late:
            return late
    return outcome.error


class _Writer:
    """Writes rows in one format. `several` tells whether rows name the record they belong to."""

    def __init__(self, output: Output, several: bool, render: Render | None) -> None:
        self.output = output
        self.several = several
        self.render = render
        self.started = False

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        """Nobody types records here: a table may hold that many rows."""

    def flush_ready(self) -> None:
        self.output.flush()

    def close(self) -> None:
        self.output.flush()


class _JsonLines(_Writer):
    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        self.output.write(to_json({**extra, **fields_of(row)}) + "\n")


class _Json(_Writer):
    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        self.output.write(",\n " if self.started else "[")
        self.started = True
        self.output.write(to_json({**extra, **fields_of(row)}))

    def close(self) -> None:
        self.output.write("]\n" if self.started else "[]\n")
        super().close()


class _Separated(_Writer):
    """csv and tsv: a header, then every field. The first row decides on the columns."""

    dialect: Mapping[str, Any]

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        values = {**extra, **fields_of(row)}
        if not self.started:
            self.columns = list(values)
            self._line(self.columns)
            self.started = True
        self._line([cell(values.get(column)) for column in self.columns])

    def _line(self, cells: list[str]) -> None:
        raise NotImplementedError


class _Csv(_Separated):
    def _line(self, cells: list[str]) -> None:
        import csv

        csv.writer(_WriteOnly(self.output.write), lineterminator="\n").writerow(cells)


class _Tsv(_Separated):
    def _line(self, cells: list[str]) -> None:
        self.output.write("\t".join(text.translate(_ESCAPES) for text in cells) + "\n")


class _Plain(_Writer):
    """Tab-separated values without a header: what cut, sort and awk take."""

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        values = fields_of(row)
        columns = plain_columns(row, self.several) or tuple(values)
        cells = [cell(value) for value in extra.values()]
        cells += [
            cell(values[column] if column in values else getattr(row, column)) for column in columns
        ]
        self.output.write("\t".join(text.translate(_ESCAPES) for text in cells) + "\n")


class _Table(_Writer):
    """A rich table; rows wait until a block of them can be fitted to the terminal's width."""

    def __init__(self, output: Output, several: bool, render: Render | None) -> None:
        super().__init__(output, several, render)
        self.waiting: list[tuple[Any, Mapping[str, Any]]] = []
        env = output._env
        self.block = 1 if env.stdin_isatty and several else TABLE_BLOCK

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        self.block = block

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        self.waiting.append((row, extra))

    def flush_ready(self) -> None:
        if len(self.waiting) >= self.block:
            self._print()

    def close(self) -> None:
        self._print()
        super().close()

    def _print(self) -> None:
        if not self.waiting:
            return
        if self.render:
            self.output.render(self.render([row for row, _ in self.waiting]))
        else:
            from lmcli.frame.tables import table

            self.output.render(table(self.waiting, self.several))
        self.waiting = []
        self.output.flush()


class _WriteOnly:
    """The least file that csv.writer takes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write


_WRITERS: dict[str, type[_Writer]] = {
    "table": _Table,
    "plain": _Plain,
    "json": _Json,
    "jsonl": _JsonLines,
    "csv": _Csv,
    "tsv": _Tsv,
}


class _Kept(_Writer):
    """Hands rows to the environment's `keep` and writes those that it lets through."""

    def __init__(self, output: Output, several: bool, render: Render | None) -> None:
        super().__init__(output, several, render)
        self._inner = _WRITERS[output.format](output, several, render)
        self._held_back = False

    def expect_all(self, block: int = TABLE_BLOCK) -> None:
        self._inner.expect_all(block)

    def write(self, row: Any, extra: Mapping[str, Any]) -> None:
        keep = self.output._env.keep
        if keep is None or keep(row, extra, self.several):
            self.started = True
            self._inner.write(row, extra)
        else:
            self._held_back = True

    def flush_ready(self) -> None:
        self._inner.flush_ready()

    def close(self) -> None:
        if self.started or not self._held_back:  # else even an empty list would be too much
            self._inner.close()


# -- rows and cells --------------------------------------------------------------------------


_names: dict[type, tuple[str, ...]] = {}


def _field_names(kind: type) -> tuple[str, ...]:
    if kind not in _names:
        from dataclasses import fields

        _names[kind] = tuple(field.name for field in fields(kind))
    return _names[kind]


def fields_of(row: Any) -> dict[str, Any]:
    """A row's fields, in order. Rows are dataclasses or mappings."""
    if isinstance(row, Mapping):
        return dict(row)
    return {name: getattr(row, name) for name in _field_names(type(row))}


def plain_columns(row: Any, several: bool) -> tuple[str, ...] | None:
    """The columns of a row class that declares PLAIN (and KEY), else None."""
    columns: tuple[str, ...] | None = getattr(row, "PLAIN", None)
    key: str | None = getattr(row, "KEY", None)
    if columns and key and several:
        return (key, *columns)
    return columns


def _jsonable(value: Any) -> Any:
    """What json cannot write by itself: dataclasses, numpy scalars and arrays, paths."""
    if hasattr(value, "__dataclass_fields__"):
        return fields_of(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def to_json(value: Any) -> str:
    """One line of JSON, in full precision; a number that JSON lacks (nan, infinity) becomes null."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_jsonable)
    except ValueError:
        return json.dumps(_without_nan(value), ensure_ascii=False, default=_jsonable)


def _without_nan(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__") or hasattr(value, "tolist"):
        value = _jsonable(value)
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_nan(item) for item in value]
    return value


def cell(value: Any) -> str:
    """A value as text for machines: full precision, nested values as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return to_json(value)


def people_cell(value: Any) -> str:
    """A value as text for people: numbers rounded to four places."""
    if isinstance(value, float):
        small = value != 0 and abs(value) < 0.001
        return f"{value:.3g}" if small or abs(value) >= 1e6 else f"{value:.4f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(people_cell(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {people_cell(item)}" for key, item in value.items())
    return cell(value)
