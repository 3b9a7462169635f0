"""The streams of the interactive session: what does not fit the screen goes through a pager, a log gets a copy."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from prompt_toolkit.utils import get_cwidth

from lmcli.frame.errors import BadUsage
from lmcli.repl.terminal.pager import Pager, PagerLeft, pager_command

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """Text to the terminal. What is written between two flushes is shown as one piece, paged where it is too long."""

    def __init__(
        self, terminal: TextIO, stderr: TextIO, variables: Mapping[str, str], *, pager: bool
    ) -> None:
        self.terminal = terminal
        self.aside = Aside(stderr, self)
        self.encoding = "utf-8"
        self.errors = "backslashreplace"
        self._variables = variables
        self._command = pager_command(variables) if pager else None
        self._open: Pager | None = None
        self.read_for = 0.0  # seconds that pagers waited for their reader, after all was there
        self._waiting: list[str] = []
        self._listing = False
        self._listed = ""  # what a list has shown that fitted
        self._log: IO[str] | None = None

    @property
    def paging(self) -> bool:
        """Whether a pager shows at the moment."""
        return self._open is not None

    @property
    def buffer(self) -> BinaryIO:
        """The terminal as a stream of bytes."""
        return self.terminal.buffer

    def fileno(self) -> int:
        """The terminal's."""
        return self.terminal.fileno()

    def isatty(self) -> bool:
        """True where the terminal is one."""
        return self.terminal.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Take text; it is shown at the next flush."""
        self._waiting.append(text)
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        text = "".join(self._waiting)
        self._waiting = []
        if text and self._log:
            self._log.write(ESCAPE.sub("", text))
            self._log.flush()
        if self._open is not None:
            self._open.write(text)
        elif self._command and text and not _fits(self._listed + text):
            self._page(text)
        else:
            self.terminal.write(text)
            self.terminal.flush()
            self._listed += text if self._listing else ""

    def _page(self, text: str) -> None:
        """Open the pager on the list so far and `text`; what is no list ends there."""
        assert self._command is not None
        self._open = Pager(self._command, self._variables)
        if self._listing:
            self._open.write(self._listed + text)
            return
        with suppress(PagerLeft):
            self._open.write(text)
        self._leave_pager()

    def _leave_pager(self) -> None:
        if self._open is not None:
            start = time.perf_counter()
            self._open.wait()
            self._open = None
            self.read_for += time.perf_counter() - start
            self.aside.show()

    @contextmanager
    def listing(self) -> Iterator[None]:
        """What is flushed within is one list: shown as it comes, in a pager from where it no longer fits.

        Leaving the pager early ends the list.
        """
        self._listing = True
        try:
            yield
        except PagerLeft:
            self._waiting = []
        finally:
            self._listing, self._listed = False, ""
            self._leave_pager()

    def log_to(self, path: Path | None) -> None:
        """Write a copy to the end of a file from now on; None ends it."""
        if self._log:
            self._log.close()
        self._log = None
        if path is not None:
            if path.is_dir():
                raise BadUsage(f"{path} is a folder", "name a file")
            self._log = path.open("a", encoding="utf-8")

    def typed(self, line: str) -> None:
        """Note in the log what was typed."""
        if self._log:
            self._log.write(line + "\n")


class Aside:
    """stderr beside a `Screen`: what is said while a pager shows appears when it is left."""

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        self.encoding = "utf-8"
        self._stream = stream
        self._screen = screen
        self._waiting: list[str] = []

    def fileno(self) -> int:
        """The terminal's."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """True where stderr is a terminal."""
        return self._stream.isatty()

    def write(self, text: str) -> int:
        """Say something, at once or after the pager."""
        if self._screen.paging:
            self._waiting.append(text)
            return len(text)
        return self._stream.write(text)

    def flush(self) -> None:
        """Hand over what was written."""
        self._stream.flush()

    def show(self) -> None:
        """Say what had to wait."""
        self._stream.write("".join(self._waiting))
        self._stream.flush()
        self._waiting = []


def _fits(text: str) -> bool:
    """Whether a text fits the screen with room for the next prompt."""
    size = shutil.get_terminal_size()
    if text.count("\n") < size.lines - 2 and len(text) < size.columns // 2:
        return True
    plain = ESCAPE.sub("", text).split("\n")
    return (
        sum(max(1, -(-get_cwidth(line.expandtabs()) // size.columns)) for line in plain)
        < size.lines
    )
