"""A pager that text is handed to as it comes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress


class PagerLeft(BrokenPipeError):
    """The pager was left before the end of the text: nobody wants the rest."""


class Pager:
    """A running pager. It has the keyboard until it is left."""

    def __init__(self, command: list[str], variables: Mapping[str, str]) -> None:
        own = {"LESS": variables.get("LESS", "RX"), "LESSCHARSET": "utf-8"}
        self._process = subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, env={**os.environ, **own}
        )

    def write(self, text: str) -> None:
        """Show more text. Raises PagerLeft where nobody reads any more."""
        assert self._process.stdin is not None
        data = memoryview(text.encode(errors="backslashreplace"))
        try:
            while data:
                data = data[self._process.stdin.write(data) or 0 :]
        except BrokenPipeError:
            raise PagerLeft from None

    def wait(self) -> None:
        """End the text and wait until the pager is left; Ctrl-C is the pager's as long as it shows."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        while self._process.poll() is None:
            with suppress(KeyboardInterrupt):
                self._process.wait()


def pager_command(variables: Mapping[str, str]) -> list[str] | None:
    """$LMCLI_PAGER, $PAGER or less; None where that does not work here."""
    if variables.get("TERM", "dumb") == "dumb":
        return None
    try:
        words = shlex.split(variables.get("LMCLI_PAGER") or variables.get("PAGER") or "less")
    except ValueError:  # a quote is not closed
        return None
    return words if words and words[0] != "cat" and shutil.which(words[0]) else None
