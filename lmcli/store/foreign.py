"""Files of other tools of which models are made: told by how they begin, and converted once."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model, Registry, sha256_of
from lmcli.store import layouts
from lmcli.store.fetch.transfer import unlike

# Fills a folder with the model that a file holds, model.toml included: file, folder, name, origin.
Converter = Callable[[Path, Path, str, Mapping[str, Any]], None]

CONVERTERS = {
    b"GGUF": "lmcli.gpt.convert.from_file:fill"
}  # the first bytes: who reads what follows
ENDING = ".gguf"
_PART = re.compile(r"-\d{5}-of-(\d{5})\.gguf$", re.IGNORECASE)
_BESIDE = re.compile(r"mmproj|imatrix", re.IGNORECASE)  # what lies beside a model and is none


def converter(path: Path) -> Converter | None:
    """What makes a model of a file; None for what is no file, or of no kind that is known.

    Raises ModelError for a file that is named as one of those kinds, and is none.
    """
    if not path.is_file():
        return None
    with path.open("rb") as file:
        start = file.read(max(map(len, CONVERTERS)))
    for magic, place in CONVERTERS.items():
        if start == magic:
            module, _, function = place.partition(":")
            found: Converter = getattr(importlib.import_module(module), function)
            return found
    if path.suffix.lower() == ENDING:
        raise ModelError(f"{path}: not a GGUF file, whatever its name says", "fetch it again")
    return None


def origin_of(path: Path, sha256: str | None = None) -> dict[str, Any]:
    """What model.toml says of the file that a model is made of. Raises ModelError where it is another one."""
    if wrong := unlike(path, sha256):
        raise ModelError(f"{path} is another file: {wrong}")
    stand = path.stat()
    place = str(path.resolve())
    return {
        **{"source": place, "pulled": place, "sha256": sha256 or sha256_of(path)},
        **{"size": stand.st_size, "modified": stand.st_mtime_ns},
    }


def known(registry: Registry, sha256: str) -> Model | None:
    """The user's model that was made of a file with that hash."""
    inside = (model for model in registry if model.folder.parent == registry.user_folder)
    return next((model for model in inside if model.origin.get("sha256") == sha256), None)


def name_for(path: Path) -> str:
    """What a model is called that is made of a file: the file's name, as far as it can name a model."""
    name = re.sub(r"[^\w.-]+", "-", path.stem)
    return name if re.match(r"[A-Za-z0-9]", name) else f"gguf-{name.lstrip('.-_')}"


def choose(names: Iterable[str], variant: str | None = None, file: str | None = None) -> str | None:
    """The file of a listing to make a model of; None where a graph is to be taken, or there is no such file.

    Graphs come first, unless `file` names one of these, or `variant` a part of their names and of no graph's: q4_k_m.
    Raises ModelError where there are several.
    """
    listing = list(names)
    files = sorted(name for name in listing if name.lower().endswith(ENDING))
    if file is not None:
        return file if file in files else None
    files = [name for name in files if not _BESIDE.match(PurePosixPath(name).name)]
    graphs = any(name.endswith(".onnx") for name in listing)
    if not files or (graphs and (variant is None or variant in layouts.variants(listing))):
        return None
    wanted = [name for name in files if variant is None or variant.lower() in name.lower()]
    if len(wanted) == 1:
        return wanted[0]
    if not wanted and graphs:
        return None
    if (
        len({part[1] for name in wanted if (part := _PART.search(name))})
        == 1
        == len({_PART.sub("", name) for name in wanted})
    ):
        raise ModelError(
            f"{wanted[0]} is one of {len(wanted)} parts of a model",
            "join them: llama-gguf-split --merge FIRST.gguf WHOLE.gguf",
        )
    shown = ", ".join(PurePosixPath(name).name for name in (wanted or files)[:8])
    if not wanted:
        raise ModelError(f"no GGUF file has {variant!r} in its name", f"there are {shown}")
    raise ModelError(
        f"there are {len(wanted)} GGUF files: {shown}",
        f"choose by a part of the name, --variant q4_k_m, or by all of it: --file {wanted[0]}",
    )
