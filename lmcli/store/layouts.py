"""Which files of a listing make a model that runs: the hub's layouts of ONNX exports.

Exports lie in onnx/ or at the top: model.onnx for encoders and for decoders with a cache,
decoder_model_merged.onnx, text_model.onnx beside vision_model.onnx, encoder_model.onnx beside a
decoder; each maybe in variants, model_quantized.onnx, model_fp16.onnx and so on, and with weights
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lmcli.frame.errors import ModelError

# part of the model -> the stems its graph may have, best first; the first group found whole is taken
_GROUPS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"text": ("text_model",), "vision": ("vision_model",)},
    {"encoder": ("encoder_model",), "decoder": ("decoder_model_merged", "decoder_model")},
    {"model": ("decoder_model_merged",)},
    {"model": ("model",)},
)
FULL = "float32"  # the variant without a suffix
_PREFERRED = ("quantized", "int8", FULL)
BESIDE = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
)
PAPERS = re.compile(r"(README\.md|LICEN[CS]E[^/]*|NOTICE[^/]*)", re.IGNORECASE)
_DATA = re.compile(r"_data(_\d+)?|\.data")  # after the graph's name: weights too large for it


@dataclass(frozen=True, slots=True)
class Layout:
    """The files to take, and which of them are the graphs of which parts.

    `variant` is "" where there was no choice.
    """

    files: tuple[str, ...]
    graphs: dict[str, str]
    variant: str


def choose(names: Iterable[str], variant: str | None = None) -> Layout:
    """Pick the files of one variant, by default the quantised one where there is one.

    Raises ModelError where the listing holds no ONNX export, or not in that variant.
    """
    listing = sorted(names)
    graphs = [name for name in listing if name.endswith(".onnx")]
    found = _variants(graphs)
    if not found:
        raise _no_export(listing)
    if variant is None:
        variant = next((name for name in _PREFERRED if name in found), min(found))
    if variant not in found:
        raise ModelError(
            f"there is no export in the variant {variant!r}",
            f"there are {', '.join(sorted(found))}",
        )
    chosen = found[variant]
    weights = [name for name in listing for graph in chosen.values() if _holds_weights(name, graph)]
    beside = [name for name in listing if name in BESIDE or PAPERS.fullmatch(name)]
    files = dict.fromkeys([*chosen.values(), *weights, *beside])
    return Layout(tuple(files), chosen, variant if len(found) > 1 else "")


def _holds_weights(name: str, graph: str) -> bool:
    return name.startswith(graph) and _DATA.fullmatch(name[len(graph) :]) is not None


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
    ordered = sorted(graphs, key=lambda name: (not name.startswith("onnx/"), name))
    for stem in stems:
        found: dict[str, str] = {}
        for name in ordered:
            match = re.fullmatch(rf"{stem}(?:_([A-Za-z0-9_]+))?", PurePosixPath(name).stem)
            if match is not None:
                found.setdefault(match[1] or FULL, name)
        if found:
            return found
    return {}


def _no_export(listing: Sequence[str]) -> ModelError:
    if any(name.endswith("decoder_with_past_model.onnx") for name in listing):
        return ModelError(
            "the decoder's export is in two halves, of an old kind", "lmcli models export makes one"
        )
    if any(name.endswith((".safetensors", "pytorch_model.bin")) for name in listing):
        return ModelError(
            "there are weights here, but no ONNX export of them",
            "make one: lmcli models export SOURCE (needs the extra train)",
        )
    return ModelError("there is no ONNX model here", "expected onnx/model.onnx or the like")


def root_of(names: Iterable[str]) -> str:
    """The folder of a listing in which the model lies, "" or "a/b/".

    The shallowest folder with a model.toml, else that of the first graph (above its onnx/ folder).
    """
    listing = sorted(names, key=lambda name: (name.count("/"), name))
    for name in listing:
        if PurePosixPath(name).name == "model.toml":
            return name.removesuffix("model.toml")
    for name in listing:
        if name.endswith(".onnx"):
            folder = PurePosixPath(name).parent
            folder = folder.parent if folder.name == "onnx" else folder
            return "" if folder == PurePosixPath() else f"{folder}/"
    return ""
