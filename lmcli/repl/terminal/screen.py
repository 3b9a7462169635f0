"""The streams of the interactive session: what does not fit the screen goes through a pager, a log gets a copy."""

from __future__ import annotations

import codecs
import io
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO, cast

from prompt_toolkit.utils import get_cwidth

from lmcli.frame.errors import BadUsage
from lmcli.repl.terminal.modes import COLOUR, SANE, Drawing, moves_cursor, words_of
from lmcli.repl.terminal.pager import Pager, PagerLeft, pager_command

MANY = 1000  # pieces of a list that wait at most


class Screen(io.TextIOBase):
    """Text to the terminal. What is written between two flushes is shown as one piece, paged where it is too long.

    A view that is drawn again and again (its cursor is hidden, or moved) and a dialogue are never paged.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(
        self, terminal: TextIO, stderr: TextIO, variables: Mapping[str, str], *, pager: bool
    ) -> None:
        super().__init__()
        self.terminal = terminal
        self.aside = Aside(stderr, self)
        self.buffer = cast(BinaryIO, _Bytes(self))
        self._variables = variables
        self._command = pager_command(variables) if pager else None
        self._open: Pager | None = None
        self.read_for = 0.0  # seconds that pagers waited for their reader, after all was there
        self._waiting: list[str] = []
        self.drawing = Drawing()
        self.in_line = (
            False  # whether what was last shown, here or on stderr, is a line without its end
        )
        self._dialogue = False
        self._listing = False
        self._listed = ""  # what a list has shown that fitted
        self._log: IO[str] | None = None

    @property
    def paging(self) -> bool:
        """Whether a pager shows at the moment."""
        return self._open is not None

    def fileno(self) -> int:
        """The terminal's."""
        return self.terminal.fileno()

    def isatty(self) -> bool:
        """True where the terminal is one."""
        return self.terminal.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str, /) -> int:
        """Take text; it is shown at the next flush. Raises TypeError for bytes, by which a text stream is known."""
        if not isinstance(text, str):
            raise TypeError(f"a text stream takes str, not {type(text).__name__}")
        self._waiting.append(text)
        if self._listing and len(self._waiting) >= MANY:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        text = "".join(self._waiting)
        self._waiting = []
        if not text:
            return
        self._copy(text)
        if self._open is not None:
            self._open.write(text)
        elif self._pages(text):
            self._page(text)
        else:
            self._show(text)

    def _show(self, text: str) -> None:
        self.in_line = not text.endswith("\n")
        self.terminal.write(text)
        self.terminal.flush()
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
            return os.get_terminal_size(self.terminal.fileno())
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
        self.aside.show()

    def _without_pager(self, reason: str) -> None:
        """Give the pager up, and say so."""
        name = " ".join(self._command or ())
        self._command = None
        self.aside.write(f"warning: the pager {name!r} failed ({reason}): nothing is paged now\n")
        self.aside.flush()

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
        if self.terminal.isatty() and self._variables.get("TERM", "dumb") != "dumb":
            self.terminal.write(SANE)
            self.terminal.flush()

    # -- the log -----------------------------------------------------------------------------

    def log_to(self, path: Path | None) -> None:
        """Write a copy to the end of a file from now on; None ends it. A file that cannot be opened changes nothing."""
        if path is not None and path.is_dir():
            raise BadUsage(f"{path} is a folder", "name a file")
        log = path.open("a", encoding="utf-8", errors="backslashreplace") if path else None
        before, self._log = self._log, log
        if before:
            before.close()

    def typed(self, line: str) -> None:
        """Note in the log what was typed."""
        self._copy(line + "\n")

    def _copy(self, text: str) -> None:
        """Write to the log, in words alone; a log that takes no more is given up, and that is said."""
        if self._log is None:
            return
        try:
            self._log.write(words_of(text))
            self._log.flush()
        except OSError as error:
            log, self._log = self._log, None
            with suppress(OSError):
                log.close()
            self.aside.write(f"warning: {log.name}: {error.strerror}: the log ends here\n")
            self.aside.flush()


class _Bytes(io.BufferedIOBase):
    """A `Screen` as a stream of bytes; those that are no UTF-8 are shown as escapes."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes; whole characters are shown at the next flush."""
        view = memoryview(data)
        self._screen.write(self._decoder.decode(view.tobytes()))
        return view.nbytes

    def flush(self) -> None:
        """Show what was written."""
        self._screen.flush()


class Aside(io.TextIOBase):
    """stderr beside a `Screen`: what is said while a pager shows appears when it is left."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        super().__init__()
        self._stream = stream
        self._screen = screen
        self._waiting: list[str] = []

    def fileno(self) -> int:
        """The terminal's."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """True where stderr is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str, /) -> int:
        """Say something, at once or after the pager. Raises TypeError for bytes, as `Screen.write` does."""
        if not isinstance(text, str):
            raise TypeError(f"a text stream takes str, not {type(text).__name__}")
        if self._screen.paging:
            self._waiting.append(text)
            return len(text)
        self._screen.in_line = not text.endswith("\n")
        return self._stream.write(text)

    def flush(self) -> None:
        """Hand over what was written."""
        if not self._screen.paging:
            self._stream.flush()

    def show(self) -> None:
        """Say what had to wait; of a progress bar drawn meanwhile, nothing."""
        said, self._waiting = words_of("".join(self._waiting)), []
        self._stream.write(said)
        self._stream.flush()


def _fits(text: str, size: os.terminal_size) -> bool:
    """Whether a text fits the screen with room for the next prompt."""
    if text.count("\n") < size.lines - 2 and len(text) < size.columns // 2:
        return True
    columns = max(1, size.columns)
    plain = COLOUR.sub("", text).split("\n")
    return sum(max(1, -(-get_cwidth(line.expandtabs()) // columns)) for line in plain) < size.lines
