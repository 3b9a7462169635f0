"""The environment of a program that uses lmcli from Python: no terminal, warnings as Python's, models kept loaded."""

from __future__ import annotations

import io
import warnings
from typing import Any

from lmcli.frame.environment import Environment, Settings
from lmcli.frame.errors import LmcliError, Noted
from lmcli.frame.loaded import Loaded
from lmcli.frame.variables import of_process
from lmcli.store.arrival import pull_missing

_loaded = Loaded()


def environment(
    *, provider: str = "auto", threads: int | None = None, offline: bool = False
) -> Environment:
    """What a command would get of this process, but for its streams; what is loaded is shared by all calls.

    provider, threads, offline: as the options of those names.
    """
    return Environment(
        stdin=io.BytesIO(),
        stdout=io.StringIO(),
        stderr=_Warnings(),
        variables=of_process(),
        settings=Settings(provider=provider, threads=threads, offline=offline),
        cache=_loaded,
        lasting=True,
        pull=pull_missing,
    )


def taken(answer: Any) -> Any:
    """The rows of an answer. What is to be said of them is warned of; raises the error where there is one."""
    if isinstance(answer, LmcliError):
        raise answer
    if not isinstance(answer, Noted):
        return answer
    for warning in answer.warnings:
        warnings.warn(warning, stacklevel=3)
    return answer.rows


class _Warnings(io.StringIO):
    """stderr whose lines become warnings of Python, which a program filters as any others."""

    def write(self, text: str) -> int:
        """Warn of a line that says something."""
        if line := text.strip().removeprefix("warning: "):
            warnings.warn(line, stacklevel=2)
        return len(text)
