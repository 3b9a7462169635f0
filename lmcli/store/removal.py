"""Remove models from the user's data folder."""

from __future__ import annotations

from pathlib import Path

from lmcli.frame.disk.lock import locked
from lmcli.frame.errors import ModelError
from lmcli.frame.models import SPEC, Registry
from lmcli.store.fetch.preparing import remove_folder


def remove(name: str, registry: Registry, *, missing_ok: bool = False) -> Path | None:
    """Remove a model by name and return where it was; damaged ones can be removed, too.

    Raises ModelError where the user's folder has no such model: bundled ones and those in
    $LMCLI_MODELS are not lmcli's to remove. With `missing_ok` a model that is nowhere gives None.
    """
    folder = registry.user_folder / name
    if Path(name).name != name or not (folder / SPEC).is_file():
        if missing_ok and not any(model.name == name for model in registry):
            return None
        model = registry.find(name)
        raise ModelError(
            f"{model.name} lies in {model.folder.parent}, not among the models that were pulled",
            "remove its folder yourself, if it is yours",
        )
    with locked(folder):
        remove_folder(folder)
    return folder
