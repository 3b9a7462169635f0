"""How things are fetched in this process: whether at all, what is shown meanwhile, where downloads
are kept.

Recipes and sources fetch several calls deep; the command says once, with `fetching`, how that goes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from lmcli.frame.disk.faults import FULL
from lmcli.frame.errors import ModelError
from lmcli.frame.variables import is_set, of_process

Say = Callable[[str], None]
Progress = Callable[[str, float | None], AbstractContextManager[Callable[[float], None]]]


def silent(_text: str) -> None:
    """Say nothing."""


def _no_progress(
    _label: str, _total: float | None
) -> AbstractContextManager[Callable[[float], None]]:
    return nullcontext(lambda _advance: None)


@dataclass(frozen=True, slots=True)
class Fetching:
    """`offline` forbids sockets; `say` tells what goes on; `progress` is `Output.progress`.

    variables: the environment variables that name caches, endpoints and time limits.
    """

    offline: bool = False
    say: Say = silent
    progress: Progress = _no_progress
    variables: Mapping[str, str] = field(default_factory=of_process)


_current: ContextVar[Fetching | None] = ContextVar("fetching", default=None)


@contextmanager
def fetching(
    *,
    offline: bool = False,
    say: Say = silent,
    progress: Progress = _no_progress,
    variables: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Fetch like this while the block runs; `variables` are the process's where none are given."""
    given = of_process() if variables is None else variables
    token = _current.set(Fetching(offline, say, progress, given))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Fetching:
    """How to fetch now; outside of `fetching`, LMCLI_OFFLINE alone decides."""
    return _current.get() or Fetching(offline=is_set(of_process(), "LMCLI_OFFLINE"))


def online(what: str) -> Fetching:
    """How to fetch `what`. Raises ModelError where no socket may be opened."""
    how = current()
    if how.offline:
        raise ModelError(
            f"{what} is not here and lmcli is offline",
            "run again without --offline and LMCLI_OFFLINE",
        )
    return how


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, says that the disk (or a quota) is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def disk_full(folder: Path, needed: int | None = None) -> ModelError:
    """The error for a disk that cannot take what was to be written into `folder`."""
    free = shutil.disk_usage(folder).free // 10**6 if folder.exists() else 0
    wanted = f", {needed // 10**6} MB are needed" if needed else ""
    return ModelError(
        f"{folder}: no space left: {free} MB are free{wanted}",
        "make room, or set LMCLI_DATA or LMCLI_CACHE to a folder on another disk",
    )
