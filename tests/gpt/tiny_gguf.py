"""A tiny GGUF file of the family qwen2, made of random blocks, and transformers' model with its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lmcli.gpt.convert import gguf
from lmcli.gpt.convert.blocks import Q4_K, Q5_0, Q6_K, Q8_0
from tests.gpt.conftest import byte_tokens
from tests.gpt.convert.test_blocks import random_tensor

WIDTH, HIDDEN, HEADS, KV_HEADS, LAYERS, TOKENS = 128, 256, 4, 2, 2, 261
SIZES = {"attn_q": (WIDTH, WIDTH), "attn_k": (64, WIDTH), "attn_v": (64, WIDTH)} | {
    "attn_output": (WIDTH, WIDTH), "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH),
    "ffn_down": (WIDTH, HIDDEN),
}  # fmt: skip


def write(path: Path, *, tied: bool = False, **changed: object) -> Path:
    """Write the file; `changed` are values of metadata, their dots written as __."""
    import gguf as peer

    name = str(changed.pop("general__architecture", "qwen2"))
    writer = peer.GGUFWriter(path, name)
    for key, value in {
        "block_count": LAYERS, "context_length": 1024, "embedding_length": WIDTH,
        "feed_forward_length": HIDDEN, "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
    }.items():  # fmt: skip
        writer.add_uint32(f"{name}.{key}", value)
    writer.add_float32(f"{name}.rope.freq_base", 10000.0)
    writer.add_float32(f"{name}.attention.layer_norm_rms_epsilon", 1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(str(changed.pop("pre", "qwen2")))
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool>", "ab"]
    writer.add_token_list([*byte_tokens(), *special])
    writer.add_token_types([1] * 256 + [3, 3, 3, 4, 1])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(258)
    for key, value in changed.items():
        writer.add_string(key.replace("__", "."), str(value))
    _add_tensors(writer, tied)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tensors(writer, tied: bool) -> None:
    import gguf as peer

    rng = np.random.default_rng(1)

    def quantised(name: str, kind: int, shape: tuple[int, int]) -> None:
        made = random_tensor(kind, *shape, seed=len(name))
        raw = made.data.reshape(shape[0], -1)
        writer.add_tensor(name, raw, raw_dtype=peer.GGMLQuantizationType(kind))

    def floats(name: str, size: int, mean: float) -> None:
        writer.add_tensor(name, (mean + rng.normal(scale=0.3, size=size)).astype(np.float32))

    quantised("token_embd.weight", Q5_0, (TOKENS, WIDTH))
    floats("output_norm.weight", WIDTH, 1)
    if not tied:
        quantised("output.weight", Q8_0, (TOKENS, WIDTH))
    for layer in range(LAYERS):
        for name, shape in SIZES.items():
            down = Q6_K if layer == 0 else Q4_K
            kind = down if name == "ffn_down" else Q8_0 if name == "attn_v" else Q5_0
            quantised(f"blk.{layer}.{name}.weight", kind, shape)
        for name in ("attn_q", "attn_k", "attn_v"):
            floats(f"blk.{layer}.{name}.bias", SIZES[name][0], 0)
        floats(f"blk.{layer}.attn_norm.weight", WIDTH, 1)
        floats(f"blk.{layer}.ffn_norm.weight", WIDTH, 1)


NAMES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm", "token_embd": "model.embed_tokens",
    "output_norm": "model.norm", "output": "lm_head",
}  # fmt: skip


def qwen2_of(path: Path):
    """transformers' float32 Qwen2 with the values of a GGUF file."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    file = gguf.read(path)
    get = {key.removeprefix("qwen2."): value for key, value in file.metadata.items()}
    tied = "output.weight" not in file.tensors
    config = Qwen2Config(
        vocab_size=file.tensors["token_embd.weight"].shape[0],
        hidden_size=get["embedding_length"], intermediate_size=get["feed_forward_length"],
        num_hidden_layers=get["block_count"], num_attention_heads=get["attention.head_count"],
        num_key_value_heads=get["attention.head_count_kv"], tie_word_embeddings=tied,
        max_position_embeddings=get["context_length"],
        rms_norm_eps=get["attention.layer_norm_rms_epsilon"],
    )  # fmt: skip
    config.rope_parameters = {"rope_type": "default", "rope_theta": get["rope.freq_base"]}
    state = {}
    for name, tensor in file.tensors.items():
        *layer, part, kind = name.removeprefix("blk.").split(".")
        place = f"model.layers.{layer[0]}.{NAMES[part]}" if layer else NAMES[part]
        state[f"{place}.{kind}"] = torch.from_numpy(np.array(tensor.values()))
    model = Qwen2ForCausalLM(config).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert set(missing) <= ({"lm_head.weight"} if tied else set()) and not unexpected
    model.tie_weights()
    return model
