"""Writing files and folders so that others see them whole or not at all: made beside the target, then renamed."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from lmcli.core.errors import BadUsage


@contextmanager
def install(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes `target` when the block ends, and vanishes if it fails.

    Raises BadUsage where `target` exists and `force` is not given.
    """
    if target.exists() and not force:
        raise BadUsage(f"{target} exists", "use --force to replace it, or name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        work.chmod(0o755)
        yield work
        replace_folder(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def replace_folder(new: Path, target: Path) -> None:
    """Put the folder `new` in `target`'s place; what stood there is removed afterwards."""
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / "old")
    new.rename(target)
    if old:
        shutil.rmtree(old)


def check_target(target: Path) -> None:
    """Raise BadUsage, before long work, where no file can be written to `target`."""
    if not target.parent.is_dir():
        raise BadUsage(f"{target.parent}: no such folder", "make it first, or name another place")
    if target.is_dir():
        raise BadUsage(f"{target} is a folder", "name a file in it")


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Give a binary stream; what was written becomes `target` when the block ends. .gz compresses.

    What is no file (/dev/null, a named pipe) is written to, not replaced. Raises BadUsage as
    `check_target` does.
    """
    check_target(target)
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    work = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if target.suffix == ".gz":
                with gzip.GzipFile(
                    filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0
                ) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield raw
        work.chmod(0o666 & ~_umask())
        work.replace(target)
    finally:
        work.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file whole, in UTF-8."""
    with new_file(target) as stream:
        stream.write(text.encode())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
