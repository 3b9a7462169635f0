"""Tiny checkpoints of transformers' classes, with random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

VOCABULARY, CONTEXT = 608, 96
_PLAIN = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}
_GROUPED = {**_PLAIN, "num_key_value_heads": 2}
_HEADS = {**_GROUPED, "head_dim": 8}
_SLIDING = {**_HEADS, "sliding_window": 8}
_GPT = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
_DIM = {"dim": 32, "n_layers": 2, "n_heads": 4}

DECODERS: dict[str, dict[str, Any]] = {
    "gpt2": _GPT,
    "gpt_neo": {
        **{"hidden_size": 32, "num_layers": 2, "num_heads": 4, "max_position_embeddings": CONTEXT},
        **{"attention_types": [[["global", "local"], 1]], "window_size": 8},
    },
    "gpt_neox": _PLAIN,
    "gptj": {**_GPT, "rotary_dim": 4},
    "codegen": {**_GPT, "rotary_dim": 4},
    "gpt_bigcode": {**_GPT, "multi_query": True},
    "opt": {**_PLAIN, "ffn_dim": 64, "word_embed_proj_dim": 32},
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 4},
    "mpt": {"d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": CONTEXT},
    "falcon": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    "llama": _GROUPED,
    "mistral": {**_GROUPED, "sliding_window": 8},
    "qwen2": _GROUPED,
    "qwen3": _HEADS,
    "gemma": _HEADS,
    "gemma2": {**_SLIDING, "query_pre_attn_scalar": 8},
    "gemma3_text": {**_SLIDING, "query_pre_attn_scalar": 8},
    "phi": _GROUPED,
    "phi3": {**_GROUPED, "pad_token_id": 0},
    "stablelm": _GROUPED,
    "starcoder2": {**_GROUPED, "sliding_window": 8},
    "olmo": _GROUPED,
    "olmo2": _GROUPED,
    "granite": _GROUPED,
    "cohere": _GROUPED,
    "smollm3": {**_GROUPED, "pad_token_id": 0},
    "nemotron": _GROUPED,
    "biogpt": _PLAIN,
    "exaone4": _HEADS,
}
NO_DECODERS: dict[str, tuple[dict[str, Any], str]] = {
    "mamba": ({"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}, "keep a state"),
    "mixtral": ({**_GROUPED, "num_local_experts": 4}, "a mixture of experts"),
    "xlnet": ({"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64}, "no cache"),
    "openai-gpt": (_GPT, "no cache"),
}
ENCODERS: dict[str, dict[str, Any]] = {
    "bert": _PLAIN,
    "roberta": _PLAIN,
    "xlm-roberta": _PLAIN,
    "camembert": _PLAIN,
    "distilbert": {**_DIM, "hidden_dim": 64, "max_position_embeddings": CONTEXT},
    "electra": {**_PLAIN, "embedding_size": 16},
    "albert": {**_PLAIN, "embedding_size": 16},
    "mpnet": _PLAIN,
    "deberta": {**_PLAIN, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "deberta-v2": {**_PLAIN, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "mobilebert": {
        **_PLAIN,
        **{"embedding_size": 16, "true_hidden_size": 16, "intra_bottleneck_size": 16},
    },
    "squeezebert": {**_PLAIN, "embedding_size": 32},
    "convbert": {**_PLAIN, "embedding_size": 32},
    "modernbert": {
        **_PLAIN,
        "pad_token_id": 0,
        "local_attention": 8,
        "global_attn_every_n_layers": 2,
    },
    "roformer": {**_PLAIN, "embedding_size": 32},
    "nystromformer": {**_PLAIN, "num_landmarks": 8, "segment_means_seq_len": 8},
    "ernie": _PLAIN,
    "xlm": {"emb_dim": 32, "n_layers": 2, "n_heads": 4, "max_position_embeddings": CONTEXT},
    "flaubert": {"emb_dim": 32, "n_layers": 2, "n_heads": 4, "max_position_embeddings": CONTEXT},
    "data2vec-text": _PLAIN,
    "megatron-bert": _PLAIN,
    "t5": {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4},
    "big_bird": {**_PLAIN, "attention_type": "original_full"},
    "fnet": _PLAIN,
    "qwen2": _GROUPED,
}


def save(kind: str, sizes: dict[str, Any], folder: Path, tokenizer: Path, loader: str) -> Any:
    """Write a checkpoint with the files of a tokenizer; return transformers' model of it."""
    import torch
    import transformers

    special = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1}
    config = transformers.AutoConfig.for_model(
        kind, **{"vocab_size": VOCABULARY, **special, **sizes}
    )
    torch.manual_seed(3)
    model = getattr(transformers, loader)
    model = model.from_config(config) if loader.startswith("Auto") else model(config)
    model = model.float().eval()
    with torch.no_grad():  # weights large enough that tokens differ clearly
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
    return model


def rename_tokens(tokenizer: Path, target: Path) -> Path:
    """The same tokenizer with a token for padding apart from the end, and no chat template."""
    target.mkdir()
    shutil.copy(tokenizer / "tokenizer.json", target)
    config = json.loads((tokenizer / "tokenizer_config.json").read_text())
    config.pop("chat_template")
    pad = json.loads((tokenizer / "tokenizer.json").read_text())["model"]["vocab"]
    named = next(token for token, number in pad.items() if number == 1)
    (target / "tokenizer_config.json").write_text(json.dumps({**config, "pad_token": named}))
    return target
