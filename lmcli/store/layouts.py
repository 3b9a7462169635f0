"""Which graphs of a listing make a model that runs: the layouts of the hub's, of open_clip's and of immich's exports.

The rule, in this order: the graph that `--file` names; the pair of a text and a vision tower; encoder_model beside a
decoder; decoder_model_merged; decoder_with_past_model beside decoder_model; model; decoder_model; the only graph that
there is. Graphs lie in onnx/ or at the top, towers also in folders of their own (textual/model.onnx). Of a model's
variants (model_quantized.onnx, model_fp16.onnx) quantized is taken, else int8, else float32, the one without a
suffix; `--variant` names another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lmcli.frame.errors import ModelError

_TEXT = ("text_model", "textual", "text_encoder", "text")
_VISION = ("vision_model", "visual", "image_encoder", "vision_encoder", "vision", "image")
_ENCODER = {"encoder": ("encoder_model",)}
# part of the model -> the stems its graph may have, best first; the first group found whole is taken
_GROUPS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"text": _TEXT, "vision": _VISION},
    {**_ENCODER, "decoder": ("decoder_model_merged",)},
    {**_ENCODER, "decoder": ("decoder_with_past_model",), "first": ("decoder_model",)},
    {**_ENCODER, "decoder": ("decoder_model",)},
    {"model": ("decoder_model_merged",)},
    {"model": ("decoder_with_past_model",), "first": ("decoder_model",)},
    {"model": ("model",)},
    {"model": ("decoder_model",)},
)
FULL = "float32"  # the variant without a suffix
_PREFERRED = ("quantized", "int8", FULL)
SPEC, GENAI = "model.toml", "genai_config.json"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which files are the graphs of which parts; `variant` is "" where there was no choice."""

    graphs: dict[str, str]
    variant: str


def choose(names: Iterable[str], variant: str | None = None, file: str | None = None) -> Layout:
    """Pick the graphs of one variant, by default the quantised one where there is one; or the one called `file`.

    Raises ModelError where the listing holds no ONNX export, or not in that variant, or several models.
    """
    listing = sorted(names)
    graphs = [name for name in listing if name.endswith(".onnx")]
    if file is not None:
        if file not in graphs:
            more = [name for name in listing if name.lower().endswith(".gguf")]
            raise ModelError(f"there is no graph {file!r}", _there([*graphs, *more]))
        return Layout({"model": file}, "")
    found = _variants(graphs)
    if not found:
        raise _no_export(listing, graphs)
    if variant is None:
        variant = next((name for name in _PREFERRED if name in found), min(found))
    if variant not in found:
        raise ModelError(
            f"there is no export in the variant {variant!r}",
            f"there are {', '.join(sorted(found))}",
        )
    return Layout(found[variant], variant if len(found) > 1 else "")


def variants(names: Iterable[str]) -> set[str]:
    """The variants in which a listing holds an ONNX export."""
    return set(_variants([name for name in sorted(names) if name.endswith(".onnx")]))


def _there(graphs: Sequence[str]) -> str:
    return f"there are {', '.join(graphs[:9])}" if graphs else "there is no graph at all"


def _variants(graphs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each variant in which a whole group of parts can be had, and its graphs."""
    for group in _GROUPS:
        parts = {part: _by_variant(graphs, stems) for part, stems in group.items()}
        whole = set.intersection(*(set(variants) for variants in parts.values()))
        if whole:
            return {
                variant: {part: variants[variant] for part, variants in parts.items()}
                for variant in whole
            }
    halves = [name for name in graphs if "decoder" in name]
    if len(graphs) == 1 and not halves:
        return {FULL: {"model": graphs[0]}}
    return {}


def _by_variant(graphs: Sequence[str], stems: Sequence[str]) -> dict[str, str]:
    """variant -> file, of the first stem that has any; files in onnx/ before others."""
    ordered = sorted(graphs, key=lambda name: (not name.startswith("onnx/"), name.count("/"), name))
    for stem in stems:
        found: dict[str, str] = {}
        for name in ordered:
            if (variant := _variant_of(name, stem)) is not None:
                found.setdefault(variant, name)
        if found:
            return found
    return {}


def _variant_of(name: str, stem: str) -> str | None:
    """The variant of a graph with this stem; None where it has another. Towers may lie in a folder of the name."""
    path = PurePosixPath(name)
    pattern = rf"(?:.*[-_.:])?{stem}" if stem in _TEXT + _VISION else stem
    match = re.fullmatch(rf"{pattern}(?:[-_.]([A-Za-z0-9][\w.-]*))?", path.stem)
    if match is None and path.parent.name == stem and stem in _TEXT + _VISION:
        match = re.fullmatch(r"model(?:[-_.]([A-Za-z0-9][\w.-]*))?", path.stem)
    if match is None or (match[1] or "").startswith("merged"):
        return None
    return match[1] or FULL


def _no_export(listing: Sequence[str], graphs: Sequence[str]) -> ModelError:
    if any(name.endswith("decoder_with_past_model.onnx") for name in listing):
        return ModelError(
            "of the decoder's export the half that reads the prompt is missing",
            "decoder_model.onnx belongs beside decoder_with_past_model.onnx",
        )
    if graphs:
        return ModelError(
            f"it cannot be told which graph is the model: {_there(graphs)}", "name it with --file"
        )
    if any(name.endswith((".safetensors", "pytorch_model.bin")) for name in listing):
        return ModelError(
            "there are weights here, but no ONNX export of them",
            "make one: lmcli models export SOURCE (needs the extra train)",
        )
    return ModelError("there is no ONNX model here", "expected onnx/model.onnx or the like")


def root_of(names: Iterable[str], file: str | None = None) -> str:
    """The folder of a listing in which the model lies, "" or "a/b/".

    The shallowest folder with a model.toml or genai_config.json, else that of the graphs (above onnx/, and above
    the two towers of one model). Raises ModelError where there are several models side by side, and `file` is no
    path in the listing that would tell which.
    """
    listing = sorted(names, key=lambda name: (name.count("/"), name))
    if file is not None and file in listing:
        return _folder_of(file)
    for description in (SPEC, GENAI):
        if places := [name for name in listing if PurePosixPath(name).name == description]:
            return _only([name.removesuffix(description) for name in places])
    places = [_folder_of(name) for name in listing if name.endswith(".onnx")]
    return _only(places) if places else ""


def _folder_of(graph: str) -> str:
    folder = PurePosixPath(graph).parent
    if folder.name == "onnx" or folder.name in _TEXT + _VISION:
        folder = folder.parent
    return "" if folder == PurePosixPath() else f"{folder}/"


def _only(places: Sequence[str]) -> str:
    """The place that holds the others, or the only one; those made for a CPU before others."""
    first = places[0]
    others = [place for place in dict.fromkeys(places) if not place.startswith(first)]
    if not others:
        return first
    on_cpu = [place for place in dict.fromkeys(places) if "cpu" in place.lower()]
    if len(on_cpu) == 1:
        return on_cpu[0]
    listed = ", ".join(place.rstrip("/") for place in (first, *others))
    raise ModelError(
        f"there are several models here: {listed}",
        "name the folder of one, or its graph with --file",
    )
