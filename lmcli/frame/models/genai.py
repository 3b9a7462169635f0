"""genai_config.json: what onnxruntime-genai's folders say of their decoder, in the words of the hub's config.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json

FILE = "genai_config.json"
_OTHER_PARTS = ("encoder", "vision", "speech", "embedding", "encoder_decoder_init")
# genai's names of a decoder's inputs, where the hub has another
_INPUTS = {
    "past_key_names": "past_key_values.%d.key",
    "past_value_names": "past_key_values.%d.value",
}
_OUTPUTS = {"present_key_names": "present.%d.key", "present_value_names": "present.%d.value"}


def graph_of(folder: Path) -> str:
    """The file of the decoder's graph. Raises ModelError where the folder holds another kind of model."""
    model = _model(folder)
    decoder = model.get("decoder")
    kind = model.get("type", "unknown")
    more = [part for part in _OTHER_PARTS if model.get(part)]
    if not isinstance(decoder, dict) or more or decoder.get("pipeline"):
        parts = ", ".join([*(["decoder"] if decoder else []), *more]) or "no decoder"
        if isinstance(decoder, dict) and decoder.get("pipeline"):
            parts = "a pipeline of graphs"
        raise ModelError(
            f"{folder / FILE} describes a model of type {kind} ({parts})",
            "lmcli runs decoders of text that are one graph",
        )
    name = decoder.get("filename")
    if (
        not isinstance(name, str)
        or not name
        or ".." in Path(name).parts
        or Path(name).is_absolute()
    ):
        raise ModelError(f"{folder / FILE} names no graph in its folder")
    return name


def config_of(folder: Path) -> dict[str, Any]:
    """What the file says, as config.json would: the context, ends, heads; {} where there is none."""
    model = _model(folder)
    decoder = model.get("decoder")
    decoder = decoder if isinstance(decoder, dict) else {}
    said = {
        "max_position_embeddings": model.get("context_length"),
        "vocab_size": model.get("vocab_size"),
        **{f"{role}_token_id": model.get(f"{role}_token_id") for role in ("bos", "eos", "pad")},
        "head_dim": decoder.get("head_size"),
        **{
            name: decoder.get(name)
            for name in (
                "num_attention_heads",
                "num_key_value_heads",
                "hidden_size",
                "num_hidden_layers",
            )
        },
    }
    return {name: value for name, value in said.items() if value is not None}


def names_of(folder: Path, layers: int) -> dict[str, str]:
    """The hub's names of inputs and outputs -> those of this graph, where they are others."""
    decoder = _model(folder).get("decoder")
    found: dict[str, str] = {}
    for side, templates in (("inputs", _INPUTS), ("outputs", _OUTPUTS)):
        named = decoder.get(side) if isinstance(decoder, dict) else None
        for key, own in (named if isinstance(named, Mapping) else {}).items():
            if not isinstance(own, str):
                continue
            template = templates.get(key)
            if template is None:
                found[key] = own
            elif "%d" in own:
                found |= {template % layer: own % layer for layer in range(layers)}
    return {hub: own for hub, own in found.items() if hub != own}


def window_of(folder: Path) -> int:
    """The positions that layers with a sliding window look back at; 0 where there are none."""
    decoder = _model(folder).get("decoder")
    said = decoder.get("sliding_window") if isinstance(decoder, dict) else None
    size = said.get("window_size") if isinstance(said, dict) else None
    return size if isinstance(size, int) and size > 0 else 0


def _model(folder: Path) -> dict[str, Any]:
    model = read_json(folder / FILE).get("model", {})
    return model if isinstance(model, dict) else {}
