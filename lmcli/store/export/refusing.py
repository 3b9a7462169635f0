"""What cannot be exported, told by config.json alone, before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmcli.frame.errors import ModelError

# kinds whose layers keep a state that is no list of keys and values
_STATES = (
    "mamba", "mamba2", "falcon_mamba", "falcon_h1", "codestral_mamba", "rwkv", "recurrent_gemma", "jamba", "bamba",
    "zamba", "zamba2", "granitemoehybrid", "nemotron_h", "xlstm", "lfm2", "lfm2_moe", "qwen3_next", "minimax",
    "kimi_linear", "plamo2", "hyena", "retnet", "olmo_hybrid", "qwen3_5", "qwen3_5_text",
)  # fmt: skip
_EXPERTS = (
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "moe_num_experts",
    "num_experts_per_tok",
)
_SOUND = (
    "num_mel_bins",
    "feat_extract_activation",
    "sampling_rate",
    "codebook_size",
    "num_codebooks",
)
_OF_STATES = ("layers_block_type", "ssm_cfg", "state_size", "conv_kernel")
CAN = "lmcli exports encoders and decoders of text and CLIP's kin"


def refuse(config: Mapping[str, Any], task: str, folder: object) -> None:
    """Raise ModelError with what stands in the way of exporting this model."""
    kind = str(config.get("model_type", "unknown"))
    text = config.get("text_config")
    text = text if isinstance(text, Mapping) else {}
    why = _reason({**text, **config}, kind, task, has_text=bool(text))
    if why:
        raise ModelError(f"{folder}: a model of type {kind} cannot be exported: {why}", CAN)


def _reason(config: Mapping[str, Any], kind: str, task: str, has_text: bool) -> str | None:
    """What stands in the way, the first that is found."""
    clip = task == "zero-shot-image-classification"
    alone = any(str(name).endswith("EncoderModel") for name in config.get("architectures") or ())
    quantised = config.get("quantization_config") or {}
    method = quantised.get("quant_method") if isinstance(quantised, Mapping) else None
    text = isinstance(config.get("vocab_size"), int)
    pictures = any(name in config for name in ("image_size", "patch_size", "num_channels"))
    more = (config.get("vision_config") or config.get("audio_config")) and has_text
    state = kind in _STATES or any(config.get(name) for name in _OF_STATES)
    experts = any(isinstance(config.get(name), int) and config[name] > 1 for name in _EXPERTS)
    found = {
        "its code comes with the weights, and lmcli runs none of it": config.get("auto_map"),
        "its layers keep a state, not keys and values": state,
        "it is a mixture of experts": experts,
        "it reads or makes sound": any(name in config for name in _SOUND),
        f"its weights are quantised ({method or 'in torch'}): take the original ones": quantised,
        "it reads more than text": more and not clip,
        "it reads pictures, not text": pictures and not text and not clip,
        "its config.json says no vocab_size": not text and not clip,
        "it is an encoder with a decoder": config.get("is_encoder_decoder")
        and not alone
        and not clip,
    }
    return next((why for why, holds in found.items() if holds), None)
