"""Model folders put in place, whole or not at all.

A folder is prepared beside its place, on the same disk, and moved by a rename. What a pull that was
cut had fetched stays in the preparation folder, and the next pull goes on with it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from lmcli.frame.disk.folders import make_folder


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
