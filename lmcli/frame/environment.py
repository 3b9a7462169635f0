"""What a command knows of the world outside: streams, terminals, environment variables, shared settings.

Everything that a command reads or prints passes through one `Environment`, so that a test, the REPL or a batch
script can hand in its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from lmcli.frame.disk.folders import is_file
from lmcli.frame.errors import ModelError
from lmcli.frame.loaded import Loaded
from lmcli.frame.streams import Settings, Streams
from lmcli.frame.variables import is_set, of_process

if TYPE_CHECKING:
    from lmcli.frame.models import Model, Registry
    from lmcli.frame.output import Output

__all__ = ["Environment", "Pull", "Settings"]

T = TypeVar("T")

# Brings a model of this name to this machine; handed in from above, for the frame knows no store.
Pull = Callable[["Environment", str], None]


def _nowhere(_env: Environment, name: str) -> None:
    raise ModelError(f"the model {name} is not here", f"pull it: lmcli models pull {name}")


@dataclass
class Environment(Streams):
    """One command's streams, variables and settings; `cache` outlives it and is shared in a process.

    `overrides` are defaults of options that go before those of the settings file: {"k": 5, "analogy":
    {"method": "mul"}}. `lasting`: other commands follow in this process, so that what a second use needs
    is worth preparing at the first. `pull` brings a model that is not here yet.
    """

    cache: Loaded = field(default_factory=Loaded)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    lasting: bool = False
    pull: Pull = _nowhere

    @classmethod
    def of_process(cls) -> Environment:
        """The environment of this process: its standard streams, in UTF-8 whatever the locale says."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        if hasattr(sys.stdin, "reconfigure"):  # where lines are typed
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        return cls(
            stdin=sys.stdin.buffer if sys.stdin else open(os.devnull, "rb"),  # noqa: PTH123
            stdout=sys.stdout,
            stderr=sys.stderr,
            variables=of_process(),
            stdin_isatty=bool(sys.stdin) and sys.stdin.isatty(),
            stdout_isatty=sys.stdout.isatty(),
            stderr_isatty=sys.stderr.isatty(),
        )

    def for_command(self, **changes: Any) -> Environment:
        """A copy with fresh settings (and other `changes`) for one more command; streams and cache are shared."""
        return replace(self, settings=Settings(), **changes)

    def cached(self, key: tuple[str, ...], load: Callable[[], T]) -> T:
        """What `load` gives, loaded once in this process. `key` names the thing and its options."""
        return self.cache.obtain(key, load)

    @cached_property
    def output(self) -> Output:
        """The one writer of this command."""
        from lmcli.frame.output import Output

        return Output(self)

    @cached_property
    def models(self) -> Registry:
        """The models that can be found from here."""
        from lmcli.frame.config import model_names
        from lmcli.frame.models import Registry

        return Registry(self.variables, model_names(self.variables, self.overrides))

    def limit_blas(self, threads: int = 1) -> None:
        """Give numpy's BLAS `--threads`, else `threads`: on small products more than one only spin.

        BLAS reads its variable when numpy is first imported, so call this before.
        """
        if "numpy" not in sys.modules:
            of_process().setdefault("OPENBLAS_NUM_THREADS", str(self.settings.threads or threads))

    def model(self, name: str | None, task: str | None) -> Model:
        """The model that `--model name` means, whole: one that is not here yet is pulled first.

        `name` may be a file of another tool, of which a model is made once. Raises ModelError where there
        is none, it is for another task, or it cannot be had.
        """
        if name and self._is_new_file(name):
            self.pull(self, name)
        model = self.models.find(name, task)
        if model.present:
            return model
        self.pull(self, model.name)
        return self.models.find(name, task)

    def _is_new_file(self, name: str) -> bool:
        """Whether `name` is a file of which no model was made yet."""
        from pathlib import Path

        return is_file(Path(name)) and self.models.made_of(Path(name)) is None

    def model_for(self, texts: Iterable[str], task: str, *, tell: bool = True) -> str | None:
        """The name of the model for texts where --model names none; None for the task's default.

        Texts with Chinese characters, which the default does not read, go to a model that is here and reads
        them; with `tell` that is said once in a process. Raises ModelError.
        """
        from lmcli.frame.text.languages import CHINESE, language_of

        if not any(language_of(text) == CHINESE for text in texts):
            return None
        name = self.models.name_for(task, CHINESE)
        if name is None or not self.models.find(name, task).present:
            return None
        say = f"{name} reads the Chinese characters (--model names another)"
        if tell:
            self.note_once(say)
        return name

    def note_once(self, message: str) -> None:
        """Tell by the way what holds as long as this process runs: the first time only."""
        if message not in self.cache.told:
            self.cache.told.add(message)
            self.output.note(message)

    @property
    def offline(self) -> bool:
        """True where no socket may be opened: `--offline` or LMCLI_OFFLINE."""
        return self.settings.offline or is_set(self.variables, "LMCLI_OFFLINE")
