"""Model folders put in place: by one process at a time, and whole or not at all.

A folder is prepared beside its place, on the same disk, and moved by a rename. What a pull that was
cut had fetched stays in the preparation folder, and the next pull goes on with it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmcli.frame.disk.folders import make_folder
from lmcli.store.fetch.fetching import Say, silent


@contextmanager
def locked(target: Path, say: Say = silent) -> Iterator[None]:
    """Hold the lock on a model folder's place; waits for the process that has it.

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


def preparation(target: Path) -> Path:
    """The folder in which `target` is prepared; it outlives a process that is cut."""
    folder = target.parent / f".{target.name}.part"
    make_folder(folder)
    return folder


def discard(target: Path) -> None:
    """Forget what was prepared for `target`."""
    shutil.rmtree(target.parent / f".{target.name}.part", ignore_errors=True)


def remove_folder(target: Path) -> None:
    """Remove a model folder; it is out of sight before the first file goes."""
    grave = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(grave / "old")
    shutil.rmtree(grave)
    discard(target)


def _sweep(target: Path) -> None:
    """Remove what processes that were cut have left beside `target` a day ago or earlier."""
    yesterday = time.time() - 86400
    for left in target.parent.glob(f".{target.name}-*"):
        if left.is_dir() and left.stat().st_mtime < yesterday:
            shutil.rmtree(left, ignore_errors=True)
