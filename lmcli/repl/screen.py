"""stdout of the interactive session: what does not fit the screen goes through a pager, a log gets a copy."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from lmcli.core.errors import BadUsage

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """Text to the terminal. What is written between two flushes is shown as one piece, paged where it is too long."""

    def __init__(self, terminal: TextIO, variables: Mapping[str, str], *, pager: bool) -> None:
        self.terminal = terminal
        self.encoding = "utf-8"
        self.errors = "backslashreplace"
        self._variables = variables
        self._pager = _pager(variables) if pager else None
        self._waiting: list[str] = []
        self._log: IO[str] | None = None

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
        if self._pager and text and not _fits(text):
            _page(self._pager, text, self._variables)
        else:
            self.terminal.write(text)
            self.terminal.flush()

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


def _fits(text: str) -> bool:
    """Whether a text fits the screen with room for the next prompt."""
    size = shutil.get_terminal_size()
    lines = text.count("\n")
    if lines < size.lines - 2 and len(text) < size.columns:
        return True
    plain = ESCAPE.sub("", text).split("\n")
    return sum(max(1, -(-len(line) // size.columns)) for line in plain) < size.lines


def _pager(variables: Mapping[str, str]) -> list[str] | None:
    """The pager's command, or None where there is none that works here."""
    if variables.get("TERM", "dumb") == "dumb":
        return None
    words = shlex.split(variables.get("LMCLI_PAGER") or variables.get("PAGER") or "less")
    return words if words and words[0] != "cat" and shutil.which(words[0]) else None


def _page(pager: list[str], text: str, variables: Mapping[str, str]) -> None:
    environment = {**os.environ, "LESS": variables.get("LESS", "RX"), "LESSCHARSET": "utf-8"}
    with subprocess.Popen(pager, stdin=subprocess.PIPE, env=environment) as child:
        assert child.stdin is not None
        try:
            child.stdin.write(text.encode())
            child.stdin.close()
        except BrokenPipeError:
            pass  # it was left before the end
        while child.poll() is None:
            try:
                child.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C is the pager's as long as it shows
