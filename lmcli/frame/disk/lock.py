"""One process at a time at a place on disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lmcli.frame.disk.folders import make_folder

ABANDONED = 86400  # seconds after which what lies beside a place is taken for a dead process's


@contextmanager
def locked(target: Path, say: Callable[[str], object] = lambda _text: None) -> Iterator[None]:
    """Hold the lock on a place; waits for the process that has it, and says so.

    The system lets go of the lock when its process ends, however that happens.
    """
    from filelock import FileLock, Timeout

    make_folder(target.parent)
    lock = FileLock(target.parent / f".{target.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another process is making {target.name}; waiting for it")
        lock.acquire()
    try:
        _sweep(target)
        yield
    finally:
        lock.release()


def _sweep(target: Path) -> None:
    """Remove the folders that processes that were cut have left beside `target` a day ago or earlier."""
    yesterday = time.time() - ABANDONED
    for left in target.parent.glob(f".{target.name}-*"):
        if left.is_dir() and left.stat().st_mtime < yesterday:
            shutil.rmtree(left, ignore_errors=True)
