"""What a process keeps loaded: models and data, how long each took, how much memory it brought, when it was used."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
Key = tuple[str, ...]


@dataclass
class Entry:
    """One loaded thing. `grown`: bytes by which the process grew while it was loaded."""

    value: Any
    grown: int
    seconds: float
    used: float


class Loaded:
    """Loaded things by key; each is loaded once, until it is dropped. `told`: notes that were given about them."""

    def __init__(self) -> None:
        self.entries: dict[Key, Entry] = {}
        self.told: set[str] = set()

    def obtain(self, key: Key, load: Callable[[], T]) -> T:
        """What `load` gives, loaded at the first call only."""
        entry = self.entries.get(key)
        if entry is None:
            start, before = time.perf_counter(), resident()
            value = load()
            grown = max(0, resident() - before)
            entry = self.entries[key] = Entry(value, grown, time.perf_counter() - start, 0.0)
        entry.used = time.monotonic()
        found: T = entry.value
        return found

    def drop(self, wanted: Callable[[Key], bool] = lambda _key: True) -> list[Key]:
        """Forget what `wanted` names and give its memory back; return the keys."""
        gone = [key for key in self.entries if wanted(key)]
        for key in gone:
            del self.entries[key]
        if gone:
            sessions = sys.modules.get("lmcli.nn.onnx")
            if sessions is not None:  # users that stay keep theirs
                sessions.close_sessions()
            gc.collect()
            _trim()
        return gone

    def shrink(self, limit: int) -> list[Key]:
        """Forget what was used longest ago until the process has at most `limit` bytes in RAM."""
        gone: list[Key] = []
        while len(self.entries) > 1 and resident() > limit:  # the one used last stays
            oldest = min(self.entries, key=lambda key: self.entries[key].used)
            gone += self.drop(lambda key, oldest=oldest: key == oldest)  # type: ignore[misc]
        return gone

    def charge(self, grown: int, since: float) -> None:
        """Count memory that came while things worked to those used `since` (a time.monotonic)."""
        users = [entry for entry in self.entries.values() if entry.used >= since]
        for entry in users:
            entry.grown += max(0, grown) // len(users)

    @property
    def grown(self) -> int:
        """What all entries brought, in bytes."""
        return sum(entry.grown for entry in self.entries.values())


def resident() -> int:
    """The memory of this process in RAM, in bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
            pages = int(file.read().split()[1])
    except OSError:
        return _peak()
    import resource

    return pages * resource.getpagesize()


def _peak() -> int:
    """The largest memory so far: what systems without /proc tell."""
    try:
        import resource
    except ImportError:
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _trim() -> None:
    """Ask glibc to return free pages; elsewhere the allocator does as it likes."""
    if sys.platform != "linux":
        return
    import ctypes
    from contextlib import suppress

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
