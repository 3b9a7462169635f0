"""Checkpoints of transformers: which class loads one, and which graphs it has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import LmcliError, MissingExtra, ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.onnxfile.torch_export import Part, torch
from lmcli.store.description import task_of
from lmcli.store.export.parts import decoder, encoder
from lmcli.store.export.refusing import refuse
from lmcli.store.export.towers import towers

# task -> the class of transformers that loads it, and what makes its parts
_KINDS: dict[str, tuple[str, Callable[[Any], list[Part]]]] = {
    "feature-extraction": ("AutoModel", encoder("last_hidden_state")),
    "fill-mask": ("AutoModelForMaskedLM", encoder("logits")),
    "text-classification": ("AutoModelForSequenceClassification", encoder("logits")),
    "text-generation": ("AutoModelForCausalLM", decoder),
    "zero-shot-image-classification": ("AutoModel", towers),
}


@dataclass(frozen=True)
class Checkpoint:
    """A model in torch, with its parts; `settings` go into model.toml."""

    task: str
    parts: list[Part]
    settings: dict[str, Any]


def load(folder: Path, task: str | None = None) -> Checkpoint:
    """Load a checkpoint (config.json and safetensors) and describe its graphs.

    Raises ModelError where it is incomplete, of a kind that cannot be exported, or only a pickle.
    """
    folder = folder / place_of(folder)
    config = _config(folder)
    task = task or task_of(None, config, {}, {})
    if task not in _KINDS:
        raise ModelError(
            f"{folder}: models for {task} cannot be exported",
            f"those for {', '.join(_KINDS)} can",
        )
    _check_weights(folder)
    refuse(config, task, folder)
    loader, parts_of = _KINDS[task]
    if task == "feature-extraction":
        loader = next((n for n in _architectures(config) if n.endswith("EncoderModel")), loader)
    model = _load(folder, loader)
    try:
        parts = parts_of(model)
    except LmcliError:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[:1] or [type(error).__name__]
        kind = config.get("model_type", "unknown")
        raise ModelError(
            f"{folder}: a model of type {kind} cannot be exported: {first[0]}"
        ) from error
    return Checkpoint(task, parts, {key: v for part in parts for key, v in part.settings.items()})


def place_of(folder: Path) -> str:
    """The folder within a checkpoint where the transformer lies: "", or as sentence-transformers' modules.json says."""
    if (folder / "config.json").is_file():
        return ""
    for module in read_json(folder / "modules.json", list):
        place = str(module.get("path", "")) if isinstance(module, dict) else ""
        if ".." not in Path(place).parts and (folder / place / "config.json").is_file():
            return place
    return ""


def _architectures(config: dict[str, Any]) -> list[str]:
    listed = config.get("architectures")
    return [str(name) for name in listed] if isinstance(listed, list) else []


def _check_weights(folder: Path) -> None:
    """Raise ModelError where there are no safetensors, or one of several files is missing."""
    if not any(folder.glob("*.safetensors")):
        raise ModelError(f"{folder} has no *.safetensors", "pickled weights are never loaded")
    listed = read_json(folder / "model.safetensors.index.json").get("weight_map", {})
    for name in dict.fromkeys(listed.values()) if isinstance(listed, dict) else ():
        if not (folder / str(name)).is_file():
            raise ModelError(
                f"{folder / str(name)}: No such file or directory", "copy or pull that file too"
            )


def _load(folder: Path, loader: str) -> Any:
    from lmcli.frame.telemetry import switch_off

    package = torch()
    switch_off()  # it brings huggingface_hub
    try:
        import transformers
    except ImportError:
        raise MissingExtra("transformers", "train") from None
    logs: Any = transformers.logging
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    try:
        model = getattr(transformers, loader).from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            attn_implementation="eager",  # unfused, so that the weights of attention can be seen
            dtype=package.float32,
        )
    except Exception as error:
        first = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise ModelError(f"{folder}: transformers cannot load it: {first[0]}") from error
    return model.eval()


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror}", "a checkpoint of transformers is expected"
        ) from None
    except ValueError as error:
        raise ModelError(f"{path}: {error}") from None
    if not isinstance(values, dict):
        raise ModelError(f"{path} holds no configuration")
    return values
