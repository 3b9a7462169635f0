"""Tiny random models of each family that GGUF files hold: transformers' own, and the file with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.gpt.convert.blocks import F32, KINDS, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0
from lmcli.gpt.convert.gguf import Tensor
from tests.gpt.conftest import byte_tokens
from tests.gpt.convert.test_blocks import random_tensor

TOKENS, WIDTH, HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD = 261, 128, 256, 4, 4, 2, 64
CONTEXT, WINDOW = 256, 6
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool>", "ab"]
WRITTEN = (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0)  # types that the package gguf can write

NAMES = {
    "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "attn_qkv": "self_attn.qkv_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}  # fmt: skip
GEMMA = {"post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm"}
GEMMA |= {"post_ffw_norm": "post_feedforward_layernorm"}
BIASES = ("attn_q", "attn_k", "attn_v", "attn_output")


@dataclass(frozen=True)
class Family:
    """A family: transformers' classes, what its configuration says more, and what the file says of that."""

    kind: str
    config: dict[str, Any]
    says: dict[str, Any]
    names: dict[str, str]

    @property
    def interleaved(self) -> bool:
        """Whether the file has q and k in pairs of neighbours."""
        return self.kind in ("Llama", "SmolLM3")


ROPE = {"rope_type": "default", "rope_theta": 10000.0}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip
QK = {"attention.key_length": HEAD, "attention.value_length": HEAD}
FAMILIES = {
    "llama": Family("Llama", {"rope_parameters": ROPE}, {}, {}),
    "llama-3": Family("Llama", {"rope_parameters": LLAMA3, "attention_bias": True}, {}, {}),
    "qwen2": Family("Qwen2", {"rope_parameters": ROPE}, {}, {}),
    "qwen3": Family("Qwen3", {"rope_parameters": ROPE, "head_dim": HEAD}, QK, {}),
    "gemma3": Family(
        "Gemma3",
        {
            "head_dim": HEAD, "query_pre_attn_scalar": HEAD, "sliding_window": WINDOW,
            "hidden_activation": "gelu_pytorch_tanh",
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                "sliding_attention": ROPE,
            },
        },
        QK | {
            "attention.sliding_window": WINDOW, "attention.sliding_window_pattern": 2,
            "rope.freq_base": 1e6, "rope.scaling.type": "linear", "rope.scaling.factor": 8.0,
        },
        GEMMA,
    ),
    "phi3": Family(
        "Phi3",
        {"rope_parameters": ROPE | {"partial_rotary_factor": 0.75}, "sliding_window": WINDOW},
        {"rope.dimension_count": 24, "attention.sliding_window": WINDOW},
        {"ffn_up": "mlp.gate_up_proj"},
    ),
    "smollm3": Family("SmolLM3", {"rope_parameters": ROPE, "no_rope_layers": [1, 1, 1, 0]}, {}, {}),
}  # fmt: skip


def model_of(name: str, *, tied: bool = True, seed: int = 0):
    """transformers' model of a family, with random weights."""
    import torch
    import transformers

    family = FAMILIES[name]
    torch.manual_seed(seed)
    part = "Text" if family.kind == "Gemma3" else ""
    config = getattr(transformers, f"{family.kind}{part}Config")(
        vocab_size=TOKENS, hidden_size=WIDTH, intermediate_size=HIDDEN, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, tie_word_embeddings=tied,
        max_position_embeddings=CONTEXT, rms_norm_eps=1e-6, initializer_range=0.2, pad_token_id=0,
        **family.config,
    )  # fmt: skip
    model = getattr(transformers, f"{family.kind}ForCausalLM")(config).eval().float()
    with torch.no_grad():
        for key, value in model.named_parameters():
            if "norm" in key or "bias" in key:
                value.add_(0.3 * torch.randn(value.shape))
    return model


def write(path: Path, name: str, model, kinds: dict[str, int] | int = Q8_0, **says: Any) -> Path:
    """Write the model's weights as a GGUF file, and give the model the values that the file then holds.

    kinds: the type of all matrices, or of those named; says: further metadata.
    """
    import gguf as peer
    import torch

    family = FAMILIES[name]
    architecture = name.partition("-")[0]
    writer = peer.GGUFWriter(path, architecture)
    _describe(writer, architecture, {**family.says, **says})
    state, taken = model.state_dict(), set()
    for own, theirs in _pairs(family, state):
        if model.config.tie_word_embeddings and own == "output.weight":
            continue
        values = state[theirs].numpy()
        heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(own.split(".")[-2])
        if heads and family.interleaved:
            values = _paired(values, heads)
        kind = kinds if isinstance(kinds, int) else kinds.get(own.split(".")[-2], Q8_0)
        kind = F32 if values.ndim == 1 else kind
        grown = float(family.kind == "Gemma3" and "norm" in own)  # the file holds them with the 1
        values = _add(writer, own, values + grown, kind) - grown
        if heads and family.interleaved:
            values = _paired(values, heads, back=True)
        state[theirs].copy_(torch.from_numpy(np.ascontiguousarray(values)))
        taken.add(theirs)
    assert not {key for key in state if key not in taken} - {"lm_head.weight"}
    if "llama3" in str(model.config.rope_parameters):
        plain = 10000.0 ** -(np.arange(0, model.config.head_dim, 2) / model.config.head_dim)
        factors = plain / model.model.rotary_emb.inv_freq.numpy()
        writer.add_tensor("rope_freqs.weight", factors.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _describe(writer, architecture: str, says: dict[str, Any]) -> None:
    sizes = {
        "block_count": LAYERS, "context_length": CONTEXT, "embedding_length": WIDTH,
        "feed_forward_length": HIDDEN, "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS, "attention.layer_norm_rms_epsilon": 1e-6,
    }  # fmt: skip
    for key, value in {**sizes, **says}.items():
        kind = {int: "uint32", float: "float32", str: "string"}[type(value)]
        place = (
            key if key.startswith(("general.", "split.", "tokenizer.")) else f"{architecture}.{key}"
        )
        getattr(writer, f"add_{kind}")(place, value)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*byte_tokens(), *SPECIAL])
    writer.add_token_types([1] * 256 + [3, 3, 3, 4, 1])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(258)


def _pairs(family: Family, state):
    """The names of the tensors in the file and in transformers."""
    names = {**NAMES, **family.names}
    for own in ("token_embd.weight", "output_norm.weight", "output.weight"):
        yield own, names.pop(own)
    for layer in range(LAYERS):
        for own, theirs in names.items():
            for kind in ("weight", "bias"):
                key = f"model.layers.{layer}.{theirs}.{kind}"
                if key in state:
                    yield f"blk.{layer}.{own}.{kind}", key


def _paired(values: np.ndarray, heads: int, *, back: bool = False) -> np.ndarray:
    """Rows in pairs of neighbours, as files of llama have them; or in halves again."""
    rows = values.shape[0]
    inner = (rows // heads // 2, 2) if back else (2, rows // heads // 2)
    return values.reshape(heads, *inner, -1).swapaxes(1, 2).reshape(values.shape)


def _add(writer, name: str, values: np.ndarray, kind: int) -> np.ndarray:
    """Write a tensor; returns the values that the file holds."""
    import gguf as peer
    from gguf.quants import dequantize, quantize

    kind_ = peer.GGMLQuantizationType(kind)
    values = np.ascontiguousarray(values, np.float32)
    if kind == F32:
        writer.add_tensor(name, values)
        return values
    if kind in WRITTEN or KINDS[kind].values == 1:
        raw = quantize(values, kind_)
    else:  # random blocks, as large as the values
        raw = random_tensor(kind, *values.shape, seed=len(name)).data.reshape(values.shape[0], -1)
    writer.add_tensor(name, raw, raw_dtype=kind_)
    held = Tensor(kind, values.shape, np.ascontiguousarray(raw).view(np.uint8).reshape(-1))
    np.testing.assert_array_equal(held.values(), dequantize(raw, kind_).reshape(values.shape))
    return held.values()
