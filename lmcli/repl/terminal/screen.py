"""The screen of the interactive session: what does not fit goes through a pager."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

from prompt_toolkit.utils import get_cwidth

from lmcli.repl.terminal.log import Log
from lmcli.repl.terminal.modes import COLOUR, SANE, Drawing, moves_cursor
from lmcli.repl.terminal.pager import Pager, PagerLeft, pager_command
from lmcli.repl.terminal.streams import Aside, Bytes, Standing

MANY = 1000  # pieces of a list that wait at most


class Screen(Standing):
    """Text to the terminal. What is written between two flushes is shown as one piece, paged where it is too long.

    A view that is drawn again and again (its cursor is hidden, or moved) and a dialogue are never paged.
    """

    def __init__(
        self, terminal: TextIO, stderr: TextIO, variables: Mapping[str, str], *, pager: bool
    ) -> None:
        super().__init__(terminal)
        self.aside = Aside(stderr)
        self.log = Log(self.aside.warn)
        self.buffer = cast(BinaryIO, Bytes(self))
        self._variables = variables
        self._command = pager_command(variables) if pager else None
        self._open: Pager | None = None
        self.read_for = 0.0  # seconds that pagers waited for their reader, after all was there
        self._waiting: list[str] = []
        self.drawing = Drawing()
        self._dialogue = False
        self._listing = False
        self._listed = ""  # what a list has shown that fitted

    def take(self, text: str) -> None:
        """Keep text for the next flush."""
        self._waiting.append(text)
        if self._listing and len(self._waiting) >= MANY:
            self.flush()

    def flush(self) -> None:
        """Show what was written."""
        text = "".join(self._waiting)
        self._waiting = []
        if not text:
            return
        self.log.add(text)
        if self._open is not None:
            self._open.write(text)
        elif self._pages(text):
            self._page(text)
        else:
            self._show(text)

    def _show(self, text: str) -> None:
        self.aside.in_line = not text.endswith("\n")
        self.stream.write(text)
        self.stream.flush()
        self._listed += text if self._listing else ""

    def _pages(self, text: str) -> bool:
        """Whether a text, with what the list had before it, is one for the pager."""
        self.drawing.see(text)
        if self._command is None or self._dialogue or self.drawing.on or moves_cursor(text):
            return False
        return not _fits(self._listed + text, self._size())

    def _size(self) -> os.terminal_size:
        """The window's size now, also after it was changed."""
        try:
            return os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):  # no terminal of the system's
            return shutil.get_terminal_size()

    # -- the pager ---------------------------------------------------------------------------

    def _page(self, text: str) -> None:
        """Open the pager on the list so far and `text`; what is no list ends there."""
        assert self._command is not None
        try:
            self._open = Pager(self._command, self._variables)
        except OSError as error:
            self._without_pager(error.strerror or str(error))
            self._show(text)
            return
        self.aside.held = True
        if self._listing:
            self._open.write(self._listed + text)
            return
        try:
            with suppress(PagerLeft):
                self._open.write(text)
        finally:
            self._leave_pager()

    def _leave_pager(self) -> None:
        if self._open is None:
            return
        start, pager = time.perf_counter(), self._open
        code = pager.wait()
        self._open = None
        self.read_for += time.perf_counter() - start
        if pager.failed:
            self._show(pager.begun)
            self._without_pager(f"exit code {code}")
        self.aside.release()

    def _without_pager(self, reason: str) -> None:
        """Give the pager up, and say so."""
        name = " ".join(self._command or ())
        self._command = None
        self.aside.warn(f"the pager {name!r} failed ({reason}): nothing is paged now")

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

    @contextmanager
    def dialogue(self) -> Iterator[None]:
        """What is written within is part of a dialogue with the user: nothing of it is paged."""
        before, self._dialogue = self._dialogue, True
        try:
            yield
        finally:
            self._dialogue = before

    def restore(self) -> None:
        """Show the main screen and the cursor again, after a line that was cut or failed."""
        self._waiting = []
        self._leave_pager()
        self.drawing.forget()
        if self.stream.isatty() and self._variables.get("TERM", "dumb") != "dumb":
            self.stream.write(SANE)
            self.stream.flush()


def _fits(text: str, size: os.terminal_size) -> bool:
    """Whether a text fits the screen with room for the next prompt."""
    if text.count("\n") < size.lines - 2 and len(text) < size.columns // 2:
        return True
    columns = max(1, size.columns)
    plain = COLOUR.sub("", text).split("\n")
    return sum(max(1, -(-get_cwidth(line.expandtabs()) // columns)) for line in plain) < size.lines
