"""How models are made from their published parts: name -> the function that writes the folder."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from lmcli.core.errors import BadUsage, ModelError
from lmcli.core.models import Model, read_spec

# A recipe writes all the model's files, model.toml among them, into an empty folder.
RECIPES: dict[str, str] = {
    "glove-50d": "lmcli.words.build:build_glove",
}

Say = Callable[[str], None]


def build(name: str, target: Path, *, force: bool = False, say: Say = lambda _text: None) -> Model:
    """Make the model `name` from its pinned parts in the folder `target`, in one rename.

    Raises ModelError for an unknown name or parts that cannot be had, BadUsage where `target` exists
    and `force` is not given.
    """
    if name not in RECIPES:
        raise ModelError(f"no recipe for {name!r}", f"there are recipes for {', '.join(RECIPES)}")
    if target.exists() and not force:
        raise BadUsage(f"{target} exists", "use --force to replace it, or --out for another folder")
    module, _, function = RECIPES[name].partition(":")
    recipe: Callable[[Path, Say], None] = getattr(importlib.import_module(module), function)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        recipe(work, say)
        read_spec(work)
        work.chmod(0o755)
        replace_folder(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return read_spec(target)


def replace_folder(new: Path, target: Path) -> None:
    """Put the folder `new` in `target`'s place; what stood there is removed afterwards."""
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent)) / "old"
        target.rename(old)
    new.rename(target)
    if old:
        shutil.rmtree(old.parent)
