"""A session: one environment, its variables, settings and context: what outlives a line."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, Exit
from lmcli.frame.loaded import resident
from lmcli.repl.language import contexts
from lmcli.repl.language.grammar import Reference, Token
from lmcli.repl.language.values import Row, Variables

REMEMBERED = 10_000  # rows that `_` holds at most
STATE_WORDS = ("use", "..")


class Quit(Exception):
    """The session is over; `code` is its exit code."""

    def __init__(self, code: int = Exit.OK) -> None:
        super().__init__()
        self.code = code


def code_of(left: SystemExit) -> int:
    """The exit code of a command that ended its process, or would have."""
    if left.code is None:
        return Exit.OK
    return left.code if isinstance(left.code, int) else Exit.FAILURE


@dataclass
class Session:
    """What outlives a line. `env` holds the streams, the settings (`overrides`) and the loaded models."""

    env: Environment
    shell: bool = True
    variables: Variables = field(default_factory=Variables)
    context: contexts.Context = contexts.ROOT
    aliases: dict[str, str] = field(default_factory=dict)
    timing: bool = False
    memory: int | None = None  # bytes that loaded models may bring together
    last_seconds: float | None = None
    history: Callable[[], Sequence[str]] = tuple
    log: Callable[[Path | None], None] | None = None
    read_for: Callable[[], float] = float  # seconds that pagers waited for their reader

    def __post_init__(self) -> None:
        self.env = replace(self.env, overrides={**self.env.overrides}, lasting=True)

    @property
    def overrides(self) -> dict[str, Any]:
        """The settings of this session, as in the settings file."""
        assert isinstance(self.env.overrides, dict)
        return self.env.overrides

    @property
    def models(self) -> Mapping[str, str]:
        """The default models by task."""
        from lmcli.frame.config import model_names
        from lmcli.frame.models import DEFAULTS

        return {**DEFAULTS, **model_names(self.env.variables, self.overrides)}

    @property
    def shared(self) -> Mapping[str, Any]:
        """The settings of all commands: the file's under this session's."""
        from lmcli.frame.config import defaults

        return dict(defaults(self.env.variables, self.overrides) or {})

    @contextmanager
    def charging(self) -> Iterator[None]:
        """Charge the memory that comes to the models in use, and keep to the cap in the end."""
        cache, since = self.env.cache, time.monotonic()
        before = resident() - cache.grown
        yield
        cache.charge(resident() - cache.grown - before, since)
        if self.memory is not None:
            cache.shrink(self.memory)

    def use(self, words: Sequence[str]) -> None:
        """Open the context of `use NAME`, leave it for `..`. Raises BadUsage where there is no such name."""
        if words[0] == "..":
            self.context = contexts.ROOT
        elif not words[1:]:
            raise BadUsage("use needs a name", f"one of {', '.join(contexts.names())}")
        else:
            self.context = contexts.context_of(words[1:])

    # -- words -------------------------------------------------------------------------------

    def words(self, tokens: Sequence[Token]) -> list[str]:
        """The words of a command: variables put in, ~ and * of bare words expanded as a shell does."""
        return [word for token in tokens for word in self._expand(token)]

    def word(self, token: Token) -> str:
        """One word, as a file's name."""
        words = self._expand(token)
        if len(words) != 1:
            raise BadUsage(f"a file has one name, and here are {len(words)} words")
        return words[0]

    def _expand(self, token: Token) -> list[str]:
        if len(token.parts) == 1 and isinstance(token.parts[0], Reference) and token.bare:
            return self.variables.words(token.parts[0])
        text = "".join(
            part if isinstance(part, str) else " ".join(self.variables.words(part))
            for part in token.parts
        )
        if token.bare:
            if text.startswith("~"):
                text = os.path.expanduser(text)  # noqa: PTH111 (an unknown user's stays as it is)
            if "*" in text and (files := sorted(glob.glob(text))):  # noqa: PTH207
                return files
        return [text]

    def remember(self, rows: list[Row], name: str | None) -> None:
        """Let `_`, and $name where it is given, hold the rows."""
        self.variables.rows["_"] = rows[:REMEMBERED]
        if name:
            self.variables.rows[name] = rows
