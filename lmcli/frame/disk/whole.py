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

from lmcli.frame.disk.faults import FULL
from lmcli.frame.disk.folders import make_folder
from lmcli.frame.errors import BadUsage, LmcliError


@contextmanager
def install(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes `target` when the block ends, and vanishes if it fails.

    Raises BadUsage where `target` exists and `force` is not given, or is no folder.
    """
    if is_special(target):
        raise BadUsage(f"{target} is no folder", "name another place")
    if target.exists() and not force:
        raise BadUsage(f"{target} exists", "use --force to replace it, or name another place")
    make_folder(target.parent)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        work.chmod(0o755)
        yield work
        replace_folder(work, target)
    except OSError as error:
        if error.errno in FULL:  # of files that vanish now
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise
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
    if not is_special(target) and not os.access(target.resolve().parent, os.W_OK):
        raise LmcliError(f"{target}: this folder may not be written to", "name another place")


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Give a binary stream; what was written becomes `target` when the block ends. .gz compresses.

    A link stays, and what it names is replaced. A device or a named pipe (/dev/null, >(...)) is written to.
    Raises BadUsage as `check_target` does.
    """
    check_target(target)
    target = target.resolve() if target.is_symlink() else target
    if is_special(target):
        with target.open("wb") as device, _packing(device, target) as stream:
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:  # of the file that nobody named
        raise type(error)(error.errno, error.strerror, str(target)) from None
    work = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw, _packing(raw, target) as stream:
            yield stream
        work.chmod(0o666 & ~_umask())
        work.replace(target)
    except OSError as error:
        if error.filename is None and error.errno in FULL:
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise
    finally:
        work.unlink(missing_ok=True)


def is_special(target: Path) -> bool:
    """Whether there is a device or a named pipe, which is written to and never replaced."""
    return target.exists() and not target.is_file() and not target.is_dir()


def put(new: Path, target: Path) -> None:
    """Move the file `new` to `target`, or write its content there where that is a device or a pipe."""
    if is_special(target):
        target.write_bytes(new.read_bytes())
        new.unlink()
    else:
        new.replace(target)


@contextmanager
def _packing(raw: BinaryIO, target: Path) -> Iterator[BinaryIO]:
    """The stream itself, or one that compresses into it, as the target's name says."""
    if target.suffix != ".gz":
        yield raw
        return
    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
        yield cast(BinaryIO, packed)


def write_text(target: Path, text: str) -> None:
    """Write a text file whole, in UTF-8."""
    with new_file(target) as stream:
        stream.write(text.encode())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
