"""The log of a session: what is typed and printed, copied to a file in words alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from lmcli.frame.errors import BadUsage
from lmcli.repl.terminal.modes import words_of


class Log:
    """A copy of the session in a file, where one is named. `warn` says why a log ended by itself."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._file: IO[str] | None = None

    def to(self, path: Path | None) -> None:
        """Write to the end of a file from now on; None ends it. A file that cannot be opened changes nothing."""
        if path is not None and path.is_dir():
            raise BadUsage(f"{path} is a folder", "name a file")
        file = path.open("a", encoding="utf-8", errors="backslashreplace") if path else None
        before, self._file = self._file, file
        if before:
            before.close()

    def add(self, text: str) -> None:
        """Write what a text says; a log that takes no more is given up."""
        if self._file is None:
            return
        try:
            self._file.write(words_of(text))
            self._file.flush()
        except OSError as error:
            file, self._file = self._file, None
            with suppress(OSError):
                file.close()
            self._warn(f"{file.name}: {error.strerror}: the log ends here")
