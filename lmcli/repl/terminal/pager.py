"""A pager that text is handed to as it comes."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress

NO_TERMINAL = ("", "dumb", "unknown")
FAILED = (1, 126, 127)  # exit codes of a pager that could not start or did not know its options
KEPT = 100_000  # characters that are shown without the pager where it fails


class PagerLeft(BrokenPipeError):
    """The pager was left before the end of the text: nobody wants the rest."""


class Pager:
    """A running pager, which holds the keyboard until it exits. `begun`: the start of what it was given.

    variables: those of the process, which the pager gets, with less's options where it has none.
    """

    def __init__(self, command: list[str], variables: Mapping[str, str]) -> None:
        own = {"LESS": variables.get("LESS", "RX"), "LESSCHARSET": "utf-8", "LESSHISTFILE": "-"}
        self.begun = ""
        self._process = subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, env={**variables, **own}
        )

    @property
    def failed(self) -> bool:
        """Whether it ended by itself, having shown nothing."""
        return self._process.returncode in FAILED

    def write(self, text: str) -> None:
        """Show more text. Raises PagerLeft where nobody reads any more."""
        assert self._process.stdin is not None
        if len(self.begun) < KEPT:
            self.begun += text
        data = memoryview(text.encode(errors="backslashreplace"))
        try:
            while data:
                data = data[self._process.stdin.write(data) or 0 :]
        except (BrokenPipeError, ValueError):  # closed by the other side, or by this one
            raise PagerLeft from None

    def wait(self) -> int:
        """End the text and wait until the pager is left; Ctrl-C is the pager's as long as it shows."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        while self._process.poll() is None:
            with suppress(KeyboardInterrupt):
                self._process.wait()
        return self._process.returncode


def pager_command(variables: Mapping[str, str]) -> list[str] | None:
    """$LMCLI_PAGER, $PAGER or less; None where that does not work here."""
    if not _is_known(variables.get("TERM", "")):
        return None
    line = variables.get("LMCLI_PAGER") or variables.get("PAGER") or "less"
    try:
        words = shlex.split(line)
    except ValueError:  # a quote is not closed
        return None
    if not words or words[0] == "cat" or not shutil.which(words[0]):
        return None
    return ["sh", "-c", line] if {"|", ";", "&&"} & set(words) else words


def _is_known(terminal: str) -> bool:
    """Whether pagers can know the terminal: less asks its user to press Return where they do not."""
    if terminal in NO_TERMINAL:
        return False
    try:
        import curses

        curses.setupterm(terminal)
    except ImportError:  # a Python without it: trust the name
        return True
    except (curses.error, OSError, ValueError, TypeError):
        return False
    return True
