"""Models as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from lmcli.frame.models import Model, Registry, bundled_folder

FEW = 5  # languages that are named in a list


@dataclass(frozen=True, slots=True)
class Listed:
    """A model in the list. `size` in bytes; `place`: bundled, user, $LMCLI_MODELS, or not pulled.

    `languages`: their codes, as its card names them; "" where it makes no claim.
    """

    name: str
    task: str
    size: int
    place: str
    languages: str
    summary: str

    PLAIN: ClassVar[tuple[str, ...]] = ("name", "task", "size", "place", "languages")
    TOLD: ClassVar[tuple[str, ...]] = ("place", "languages", "summary")


def listed(registry: Registry) -> Iterator[Listed]:
    """Every model that lookup by name can reach."""
    for model in registry:
        place, languages = _place(model, registry), _shortened(model.languages)
        yield Listed(model.name, model.task, model.size, place, languages, model.summary)


def _shortened(languages: tuple[str, ...]) -> str:
    """A list of languages for one cell: a hundred of them are counted."""
    return " ".join(languages) if len(languages) <= FEW else f"{len(languages)} languages"


def _place(model: Model, registry: Registry) -> str:
    if not model.present:
        return "not pulled"
    parent = model.folder.parent
    if parent == bundled_folder():
        return "bundled"
    return "user" if parent == registry.user_folder else str(parent)


def described(model: Model) -> dict[str, Any]:
    """A model's description as one row: the fields of model.toml, and its folder."""
    return {
        "name": model.name,
        "task": model.task,
        "summary": model.summary,
        "folder": str(model.folder),
        "present": model.present,
        "size": model.size,
        "licence": model.licence,
        "languages": list(model.languages),
        "origin": dict(model.origin),
        "files": [file.path for file in model.files],
        "inputs": dict(model.inputs),
        "outputs": dict(model.outputs),
        "settings": dict(model.settings),
        "metrics": [dict(metric) for metric in model.metrics],
    }
