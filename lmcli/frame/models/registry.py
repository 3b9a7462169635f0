"""Where models lie: $LMCLI_MODELS, the user's data folder, those bundled with lmcli; the default of each task."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from lmcli.frame.disk.folders import data_folder, is_file, is_folder
from lmcli.frame.errors import BadUsage, ModelError, did_you_mean, quoted
from lmcli.frame.models.files import sha256_of
from lmcli.frame.models.spec import SPEC, Model, read_spec

DEFAULTS = {
    "word-vectors": "glove-50d",
    "text-generation": "smollm2-135m-instruct",
    "feature-extraction": "all-minilm-l6-v2",
    "text-classification": "sentiment-en",
    "zero-shot-image-classification": "clip-lite",
    "image-classification": "digits-cnn",
    "translation": "zh-en",
}
# task -> language -> the model that answers where the default does not know the language
BY_LANGUAGE = {
    "word-vectors": {"en": "glove-50d", "zh": "words-zh"},
    "text-classification": {"en": "sentiment-en", "zh": "sentiment-zh"},
    "feature-extraction": {"en": "all-minilm-l6-v2", "zh": "e5-small-multilingual"},
}
_GRAPHS = (".onnx", ".gguf")  # what `models pull` makes a model of


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

    def name_for(self, task: str, language: str | None) -> str | None:
        """The name of the model of `task` for a text in `language` where nobody names one.

        None stands for the task's default; it answers unless it is made for other languages and lmcli
        comes with a model for this one. Raises ModelError.
        """
        fitting = BY_LANGUAGE.get(task, {}).get(language or "")
        if fitting in (None, self.defaults[task]):
            return None
        known = self.find(None, task).languages
        return fitting if known and language not in known else None

    def made_of(self, path: Path, *, elsewhere: bool = False) -> Model | None:
        """The model that was made of another tool's file, if it was, and the file is as it was then.

        elsewhere: one made of the same bytes counts, too, wherever they lay (the file is read whole).
        """
        stand = path.stat()
        made = {"source": str(path.resolve()), "size": stand.st_size, "modified": stand.st_mtime_ns}
        alike = [model for model in self if model.origin.get("size") == stand.st_size]
        for model in alike:
            if made.items() <= model.origin.items():
                return model
        if not (elsewhere and alike):
            return None
        sha256 = sha256_of(path)
        return next((model for model in alike if model.origin.get("sha256") == sha256), None)

    def _locate(self, name: str) -> Model:
        if is_file(Path(name)):
            model = self.made_of(Path(name), elsewhere=True)
            if model is None:
                raise ModelError(f"no model has been made of {name}", f"lmcli models pull {name}")
            return model
        if os.sep in name and not Path(name).exists():
            raise ModelError(
                f"{name}: no such file or folder", "lmcli models list shows what is here"
            )
        if os.sep in name or name in (".", "..") or is_file(Path(name) / SPEC):
            return self._in_folder(name)
        for folder in self.folders:
            if is_file(folder / name / SPEC):
                return read_spec(folder / name)
        known = [model.name for model in self]
        longer = [other for other in known if other.startswith(f"{name}-")]
        longer = [model.name for model in self if model.name in longer and model.present] or longer
        if len(longer) == 1:  # smollm2 for smollm2-135m-instruct
            return self._locate(longer[0])
        from difflib import get_close_matches

        near = did_you_mean(longer or get_close_matches(name, known))
        raise ModelError(f"no model named {name!r}", near or "lmcli models list shows what is here")

    def _in_folder(self, name: str) -> Model:
        folder = Path(name)
        if not is_folder(folder) or is_file(folder / SPEC):
            return read_spec(folder)
        weights = (path.suffix for path in folder.rglob("*") if path.suffix in _GRAPHS)
        kind = next(weights, None) or next(iter(folder.glob("*.safetensors")), None)
        if kind is None:
            return read_spec(folder)
        way = "pull" if kind in _GRAPHS else "export"
        raise ModelError(
            f"{name} is a folder of another tool, without a {SPEC}",
            f"lmcli models {way} {name} --name NAME makes a model of it",
        )


def bundled_folder() -> Path:
    """The models that come with lmcli: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "bundled"
    return inside if inside.is_dir() else package.parent / "models"
