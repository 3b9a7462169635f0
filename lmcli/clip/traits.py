"""What a CLIP model's files say of it: model.toml's settings first, then the configurations of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model
from lmcli.frame.models.files import read_json

SOFTMAX, SIGMOID = "softmax", "sigmoid"
# logit scale and bias of models whose files do not say: what OpenAI's and Google's base models were trained to
DEFAULT_LOGITS = {SOFTMAX: (100.0, 0.0), SIGMOID: (117.33, -12.93)}
TEMPLATES = {
    "chinese_clip": ("一张{}的照片",),
    SIGMOID: ("This is a photo of {}.",),
    SOFTMAX: ("a photo of a {}",),
}
CHINESE_CONTEXT = 52  # tokens that Chinese CLIP was trained with; its configuration says BERT's 512


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads texts.

    context: the most tokens. padded: texts are filled up to that with `pad_id`, which is read like the rest.
    lowercase: it was trained on lower case, whatever its tokenizer does. canonical: and without punctuation.
    """

    context: int | None
    padded: bool
    pad_id: int | None
    lowercase: bool = False
    canonical: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """What a model needs beside its graphs.

    logits: scale and bias, None where the files do not say. joint: one graph is both towers. text_encoder: the
    sentence model whose vectors the text graph reads, "" where it reads tokens.
    """

    loss: str
    templates: tuple[str, ...]
    reading: Reading
    logits: tuple[float, float] | None
    joint: bool
    text_encoder: str
    lexicon: str


def traits_of(model: Model) -> Traits:
    """Read a model's traits. Raises ModelError where they make no sense."""
    settings, config = model.settings, _config(model)
    kind = str(config.get("model_type", "clip"))
    loss = settings.get("loss", SIGMOID if kind.startswith("siglip") else SOFTMAX)
    if loss not in DEFAULT_LOGITS:
        raise ModelError(f"{model.name}: no loss is called {loss!r}", "it is softmax or sigmoid")
    logits = None
    if "logit_scale" in settings:
        logits = float(settings["logit_scale"]), float(settings.get("logit_bias", 0))
    graphs = settings.get("graphs", {})
    return Traits(
        loss=loss,
        templates=tuple(settings.get("templates", TEMPLATES.get(kind, TEMPLATES[loss]))),
        reading=_reading(settings, config.get("text_config") or {}, kind),
        logits=logits,
        joint="vision" not in graphs and not any(f.path == "vision.onnx" for f in model.files),
        text_encoder=settings.get("text_encoder", ""),
        lexicon=settings.get("lexicon", ""),
    )


def _config(model: Model) -> dict[str, Any]:
    """config.json in the hub's words, whether it is the hub's or open_clip's."""
    config = read_json(model.folder / "open_clip_config.json") or read_json(
        model.folder / "config.json"
    )
    inner = config.get("model_cfg")
    config = inner if isinstance(inner, dict) else config
    text = config.get("text_cfg")
    if not isinstance(text, dict):
        return dict(config)
    sigmoid = (
        "init_logit_bias" in config or "siglip" in str(text.get("hf_tokenizer_name", "")).lower()
    )
    clean = (text.get("tokenizer_kwargs") or {}).get("clean")
    said = {
        "max_position_embeddings": text.get("context_length", 77),
        "canonical": clean == "canonicalize",
    }
    return {"model_type": "siglip-open_clip" if sigmoid else "open_clip", "text_config": said}


def _reading(settings: Mapping[str, Any], text: Mapping[str, Any], kind: str) -> Reading:
    siglip = kind.startswith("siglip")
    context = text.get("max_position_embeddings", 64 if siglip else None)
    if kind == "chinese_clip":
        context = CHINESE_CONTEXT
    return Reading(
        context=settings.get("context", context),
        padded=settings.get("pad", "max" if siglip else "") == "max",
        pad_id=settings.get("pad_id"),
        lowercase=settings.get("lowercase", siglip),
        canonical=text.get("canonical") is True,
    )
