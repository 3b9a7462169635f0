"""The streams, variables and settings of one command, and what follows from them: colour, width, consoles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from lmcli.frame.variables import is_set

if TYPE_CHECKING:
    from rich.console import Console

# Takes (row, the record's other fields, several) as it is written; says whether to print it too.
Keep = Callable[[Any, Mapping[str, Any], bool], bool]


@dataclass
class Settings:
    """The values of the options that many commands share; `frame.options` fills them in."""

    format: str | None = None
    color: str = "auto"
    quiet: bool = False
    debug: bool = False
    big: bool = False
    offline: bool = False
    provider: str = "auto"
    threads: int | None = None


@dataclass
class Streams:
    """Where one command reads and writes.

    `keep` sees every row that is written. `listing` surrounds the rows of one list that nobody types the
    records of: a session pages it where it is long. `dialogue` surrounds what is typed and answered in
    turn: a session pages nothing of it.
    """

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    variables: Mapping[str, str]
    stdin_isatty: bool = False
    stdout_isatty: bool = False
    stderr_isatty: bool = False
    settings: Settings = field(default_factory=Settings)
    keep: Keep | None = None
    listing: Callable[[], AbstractContextManager[None]] = nullcontext
    dialogue: Callable[[], AbstractContextManager[None]] = nullcontext

    def wants_color(self, isatty: bool) -> bool:
        """Whether to colour a stream: `--color`, then NO_COLOR, then FORCE_COLOR, then the terminal."""
        if self.settings.color != "auto":
            return self.settings.color == "always"
        if self.variables.get("NO_COLOR"):
            return False
        if self.variables.get("FORCE_COLOR"):
            return True
        return isatty and self.variables.get("TERM") != "dumb"

    @property
    def truecolor(self) -> bool:
        """Whether the terminal says that it shows 16 million colours."""
        return self.variables.get("COLORTERM", "") in ("truecolor", "24bit")

    @property
    def big(self) -> bool:
        """Whether what is shown is for a projector: `--big`, or LMCLI_BIG=1."""
        return self.settings.big or is_set(self.variables, "LMCLI_BIG")

    @property
    def columns(self) -> int:
        """The width, in letters, of what is not printed to a terminal."""
        text = self.variables.get("COLUMNS", "")
        return int(text) if text.isdigit() and int(text) > 0 else 80

    def console(self, stderr: bool = False) -> Console:
        """A rich console on stdout (or stderr) that obeys the settings."""
        from lmcli.frame.printing.console import Console

        isatty = self.stderr_isatty if stderr else self.stdout_isatty
        color = self.wants_color(isatty)
        return Console(
            big=self.big,
            file=self.stderr if stderr else self.stdout,
            force_terminal=True if color else (None if isatty else False),
            no_color=not color,
            color_system=("truecolor" if self.truecolor else "auto") if color else None,
            highlight=False,
            width=None if isatty else self.columns,
            legacy_windows=False,
            _environ=self.variables,
        )
