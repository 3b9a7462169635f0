"""Words on stderr: notes, warnings, errors, progress bars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from lmcli.frame.errors import LmcliError
from lmcli.frame.locale import said, told
from lmcli.frame.streams import Streams
from lmcli.frame.text.printable import printable

if TYPE_CHECKING:
    from rich.progress import Progress

_COLORS = {"note": "36", "warning": "33", "error": "31"}  # in the numbers of ANSI terminals

_warned: set[str] = set()


class Advance(Protocol):
    """Moves a progress bar on, and may give it another label."""

    def __call__(self, advance: float, label: str | None = None, /) -> None: ...


class Messages:
    """What one command says on stderr, above its progress bar where there is one."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._bar: Progress | None = None

    def note(self, message: str) -> None:
        """Tell a person at a terminal something by the way; silent in scripts and with --quiet."""
        if self._streams.stderr_isatty and not self._streams.settings.quiet:
            self._say("note", told(message))

    def report(self, message: str) -> None:
        """Say what an option asked for, whoever reads it."""
        self._say("note", told(message))

    def warn(self, message: str, line: int | None = None) -> None:
        """Warn, whoever reads it; `line` is that of the record it is about."""
        self._say("warning", told(message), line)

    def warn_once(self, message: str) -> None:
        """Warn of what holds for the whole process: the first time only."""
        if message not in _warned:
            _warned.add(message)
            self.warn(message)

    def error(self, error: LmcliError, line: int | None = None) -> None:
        """Report an error, with the line of its record."""
        parts = (error.message, error.hint) if error.hint else (error.message,)
        self._say("error", said("; ").join(map(told, parts)), line)

    def _say(self, kind: str, message: str, line: int | None = None) -> None:
        streams = self._streams
        message = printable(f"{said('line %d') % line}{said(': ')}{message}" if line else message)
        color = streams.wants_color(streams.stderr_isatty)
        mark = said(": ")
        head = said(kind) + mark.rstrip()
        head = f"\x1b[{_COLORS[kind]}m{head}\x1b[0m" if color else head
        head += " " * mark.endswith(" ")
        if self._bar is not None:  # the bar stays below
            from rich.text import Text

            self._bar.console.print(Text.from_ansi(head + message), soft_wrap=True)
            return
        with suppress(OSError):  # nobody can be told, and the results go on
            streams.stderr.write(f"{head}{message}\n")
            streams.stderr.flush()

    @contextmanager
    def progress(self, label: str, total: float | None = None) -> Iterator[Advance]:
        """A progress bar while the block runs; call what it yields with each advance.

        A second argument replaces the label: advance(1, "loss 0.53"). Nothing is shown, and rich is not
        imported, unless stderr is a terminal.
        """
        if not self._streams.stderr_isatty or self._streams.settings.quiet:
            yield _advance_nothing
            return
        from rich.progress import Progress

        try:
            with Progress(console=self._streams.console(stderr=True), transient=True) as bar:
                task = bar.add_task(told(label), total=total)

                def move(advance: float, label: str | None = None, /) -> None:
                    bar.update(task, advance=advance, description=label and told(label))

                self._bar = bar
                try:
                    yield move
                finally:
                    self._bar = None
        except KeyboardInterrupt:
            self.note(_how_far(bar.tasks[0].description, bar.tasks[0].completed, total))
            raise


def _advance_nothing(_advance: float, _label: str | None = None, /) -> None:
    """What progress yields where nobody looks."""


def _how_far(label: str, done: float, total: float | None) -> str:
    """What is said of work that Ctrl-C ended."""
    if total is None:
        return f"{label}: stopped at {done:.10g}"
    return f"{label}: stopped at {done:.10g} of {total:.10g}"
