"""Files and folders that appear whole or not at all: written beside their place, moved there in one rename."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmcli.core.errors import BadUsage, LmcliError


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a path to write; it becomes `target` when the block ends, and is removed when it fails.

    Raises LmcliError where the folder of `target` is missing or cannot be written.
    """
    target = _resolved(target)
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}-", dir=target.parent))
    except OSError as error:
        raise LmcliError(f"{target.parent}: {error.strerror}", "name another place") from None
    try:
        path = work / target.name
        yield path
        _move(path, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def new_folder(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes `target` when the block ends.

    Raises BadUsage where `target` exists and `force` is not set, LmcliError where it cannot be written.
    """
    target = _resolved(target)
    refuse_existing(target, force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}-", dir=target.parent))
    except OSError as error:
        raise LmcliError(f"{target.parent}: {error.strerror}", "name another place") from None
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        refuse_existing(target, force)
        if target.exists():
            _move(target, work / "old")
        _move(fresh, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def refuse_existing(target: Path, force: bool = False) -> None:
    """Raise BadUsage where `target` exists, unless `force` is set: said before any work is done."""
    if not force and (target.exists() or target.is_symlink()):
        raise BadUsage(f"{target} exists", "--force replaces it")


def _resolved(target: Path) -> Path:
    """The path itself, through a link to where it leads: a link stays a link."""
    return target.resolve() if target.is_symlink() else target


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        raise LmcliError(f"{target}: {error.strerror}", "name another place") from None
