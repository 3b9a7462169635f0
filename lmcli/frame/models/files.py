"""The files of a model: whether they are whole, the model.toml of new ones, the JSON files of the hub's layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lmcli.frame.disk.folders import is_file
from lmcli.frame.disk.whole import write_text
from lmcli.frame.errors import ModelError
from lmcli.frame.models.spec import SPEC, Model, ModelFile, read_spec

_BARE = re.compile(r"[A-Za-z0-9_-]+")  # TOML keys that need no quotes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a model's file."""

    model: str
    file: str
    fault: str
    hint: str

    TOLD: ClassVar[tuple[str, ...]] = ("fault", "hint")


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(model: Model) -> Iterator[Fault]:
    """Read a model's files whole and yield what is wrong with them."""
    for file in model.files:
        path = model.folder / file.path
        fault = _fault_of(path, file)
        if fault:
            yield Fault(model.name, str(path), fault, model.mend())


def _fault_of(path: Path, file: ModelFile) -> str | None:
    try:
        size = path.stat().st_size
        if size != file.size:
            return f"{size} bytes where {file.size} belong"
        if sha256_of(path) != file.sha256:
            return "the sha256 differs: the content was changed"
    except OSError as error:
        return error.strerror or str(error)
    return None


def write_spec(folder: Path, values: Mapping[str, Any], files: tuple[str, ...]) -> Model:
    """Write model.toml into `folder`: `values` and the size and sha256 of each of `files`."""
    listed = []
    for name in files:
        path = folder / name
        listed.append({"path": name, "size": path.stat().st_size, "sha256": sha256_of(path)})
    text = _toml({**values, "files": listed})
    (folder / SPEC).write_text(text, encoding="utf-8")
    return read_spec(folder)


def change_origin(folder: Path, changes: Mapping[str, Any]) -> Model:
    """Write other values into the [origin] of a model.toml; the rest stays."""
    import tomllib

    values = tomllib.loads((folder / SPEC).read_text(encoding="utf-8"))
    values["origin"] = {**values.get("origin", {}), **changes}
    write_text(folder / SPEC, _toml(values))
    return read_spec(folder)


def _toml(values: Mapping[str, Any], prefix: str = "") -> str:
    """TOML for what model.toml holds: scalars, lists of scalars, tables, lists of tables."""
    lines, tables = [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            tables.append(f"\n[{prefix}{key}]\n{_toml(value, f'{prefix}{key}.')}")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            tables += [f"\n[[{prefix}{key}]]\n{_toml(entry)}" for entry in value]
        else:
            name = key if _BARE.fullmatch(key) else json.dumps(key)
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines + tables)


def read_json(path: Path, kind: type = dict) -> Any:
    """What a JSON file of a model holds; an empty `kind` where there is none, or another kind of value.

    Raises ModelError where it cannot be read.
    """
    if not is_file(path):
        return kind()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ModelError(f"{path}: nested too deeply") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ModelError(f"{path}: {error}") from None
    return values if isinstance(values, kind) else kind()
