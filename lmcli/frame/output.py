"""The one writer of a command: rows and text on stdout, messages on stderr."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO

from lmcli.frame.errors import LmcliError, PartialFailure, Reported
from lmcli.frame.printing.messages import Messages
from lmcli.frame.printing.writers import TABLE_BLOCK, Render, Writer, writer_of
from lmcli.frame.records import Outcome, Records

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class Output(Messages):
    """The writer of one command. Results go to stdout, everything else to stderr."""

    @property
    def format(self) -> str:
        """The format in force: the one asked for, else a table on a terminal and plain in a pipe."""
        return self._streams.settings.format or (
            "table" if self._streams.stdout_isatty else "plain"
        )

    def rows(
        self, rows: Iterable[Any], *, several: bool = True, render: Render | None = None
    ) -> None:
        """Print rows that belong to no record (or to a single one, with several=False)."""
        writer = writer_of(self.format, self._streams, several, render)
        writer.expect_all()
        with self._streams.listing():
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
        writer = writer_of(self.format, self._streams, several, render)
        given = records is None or not records.from_stdin
        if apart or given:
            writer.expect_all(1 if apart else TABLE_BLOCK)
        errors: list[LmcliError] = []
        typed = not given and self._streams.stdin_isatty
        total = 0
        with nullcontext() if typed else self._streams.listing():
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

    def render(self, renderable: RenderableType) -> None:
        """Print a rich renderable to stdout."""
        self.console().print(renderable)

    def text(self, text: str, end: str = "\n") -> None:
        """Print text to stdout as it is, at once."""
        self.write(text + end)
        self.flush()

    def write(self, text: str) -> None:
        """Write to stdout without flushing."""
        self._streams.stdout.write(text)

    def flush(self) -> None:
        """Hand over what was written so far."""
        self._streams.stdout.flush()

    def binary(self) -> BinaryIO:
        """stdout as a stream of bytes, for what is no text."""
        self.flush()
        return self._streams.stdout.buffer

    def console(self, stderr: bool = False) -> Console:
        """A rich console on stdout (or stderr) that obeys the settings."""
        return self._streams.console(stderr)


def _write(outcome: Outcome, writer: Writer) -> LmcliError | None:
    """Write an outcome's rows; return its error, also one that comes with a row."""
    if outcome.error is None:
        try:
            for row in outcome.rows:
                writer.write(row, outcome.record.fields)
        except LmcliError as late:
            return late
    return outcome.error
