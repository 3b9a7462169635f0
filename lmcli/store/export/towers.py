"""The graphs of transformers' models of CLIP's kind: a text and a vision tower, each with its projection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile.torch_export import Part, torch
from lmcli.store.export.parts import token_ids


@dataclass(frozen=True, slots=True)
class _Family:
    """What sets a kind of model apart.

    masked: its text tower reads an attention mask. padded: it was trained on texts filled up to the whole context,
    which counts. context: tokens of a text, where that is less than there are positions. text, image: the vectors in
    the common space, (batch, d), not normalised, of what a tower gives.
    """

    text: Callable[[Any, Any], Any]
    image: Callable[[Any, Any], Any]
    loss: str = "softmax"
    masked: bool = True
    padded: bool = False
    context: int | None = None


def _text_of_clip(model: Any, given: Any) -> Any:
    return model.text_projection(
        given.pooler_output
    )  # of the end of the text, as its configuration says


def _text_of_chinese_clip(model: Any, given: Any) -> Any:
    return model.text_projection(given.last_hidden_state[:, 0])  # of [CLS]


def _image_of_clip(model: Any, given: Any) -> Any:
    return model.visual_projection(given.pooler_output)


def _pooled(_model: Any, given: Any) -> Any:
    return given.pooler_output


_FAMILIES = {
    "clip": _Family(_text_of_clip, _image_of_clip),
    "chinese_clip": _Family(_text_of_chinese_clip, _image_of_clip, context=52),
    "siglip": _Family(_pooled, _pooled, loss="sigmoid", masked=False, padded=True),
}


def towers(model: Any) -> list[Part]:
    """text_embeds of texts of any length and image_embeds of pictures of the model's size, and all their last states.

    OpenAI's CLIP, OpenCLIP's models as CLIPModel, SigLIP and SigLIP 2 of fixed size, Chinese CLIP. Raises ModelError
    for another kind.
    """
    kind = str(model.config.model_type)
    if kind not in _FAMILIES:
        raise ModelError(
            f"models of the kind {kind} cannot be exported as two towers",
            f"those of {', '.join(_FAMILIES)} can",
        )
    family = _FAMILIES[kind]
    return [_text(model, family), _vision(model, family)]


def _text(model: Any, family: _Family) -> Part:
    package = torch()
    config = model.config.text_config
    positions = int(config.max_position_embeddings)
    context = min(positions, family.context or positions)
    vocabulary = int(config.vocab_size)
    end = int(getattr(config, "eos_token_id", None) or 0)
    last = end if 2 < end < vocabulary else vocabulary - 1  # 2: the largest id is the end

    class Text(package.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, *mask: Any) -> Any:
            named = {"attention_mask": mask[0]} if mask else {}
            given = self.model.text_model(input_ids=input_ids, **named)
            return family.text(self.model, given), given.last_hidden_state

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        shape = (sizes["batch"], sizes["sequence"])
        ids = token_ids(package, shape, vocabulary - 1)
        ids[:, -1] = last
        if not family.masked:
            return {"input_ids": ids}
        mask = package.ones(shape, dtype=package.long)
        if shape[0] > 1:  # one text is shorter
            short = shape[1] // 2 + 1
            ids[-1, short - 1 :] = last
            mask[-1, short:] = 0
        return {"input_ids": ids, "attention_mask": mask}

    grid, batch = {0: "batch", 1: "sequence"}, {0: "batch"}
    names = ("input_ids", "attention_mask", "last_hidden_state")
    lengths = ((2, min(7, context)), (1, min(3, context)), (3, context))
    settings = {
        "loss": family.loss,
        "logit_scale": float(model.logit_scale.detach().exp()),
        "context": context,
    }
    if hasattr(model, "logit_bias"):
        settings["logit_bias"] = float(model.logit_bias.detach())
    if family.padded:
        settings["pad"] = "max"
    return Part(
        "text",
        Text(),
        sample,
        ("text_embeds", "last_hidden_state"),
        {**dict.fromkeys(names, grid), "text_embeds": batch},
        tuple({"batch": count, "sequence": length} for count, length in lengths),
        settings,
    )


def _vision(model: Any, family: _Family) -> Part:
    package = torch()
    config = model.config.vision_config
    pixels = (int(config.num_channels), int(config.image_size), int(config.image_size))

    class Vision(package.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixel_values: Any) -> Any:
            given = self.model.vision_model(pixel_values=pixel_values)
            return family.image(self.model, given), given.last_hidden_state

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        generator = package.Generator().manual_seed(sizes["batch"])
        return {"pixel_values": package.randn((sizes["batch"], *pixels), generator=generator)}

    outputs = ("image_embeds", "last_hidden_state")
    axes = {name: {0: "batch"} for name in ("pixel_values", *outputs)}
    return Part("vision", Vision(), sample, outputs, axes, ({"batch": 2}, {"batch": 1}))
