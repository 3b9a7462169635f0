"""A GGUF file written here, without any package: a decoder of one layer with random weights."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

from lmcli.gpt.convert.blocks import F32, KINDS, Q8_0
from tests.gpt.conftest import byte_tokens
from tests.gpt.convert.test_blocks import random_tensor

WIDTH, HIDDEN, HEADS, KV_HEADS, TOKENS = 32, 64, 2, 1, 257
MATRICES = {
    "token_embd": (TOKENS, WIDTH), "blk.0.attn_q": (WIDTH, WIDTH), "blk.0.attn_k": (16, WIDTH),
    "blk.0.attn_v": (16, WIDTH), "blk.0.attn_output": (WIDTH, WIDTH),
    "blk.0.ffn_gate": (HIDDEN, WIDTH), "blk.0.ffn_up": (HIDDEN, WIDTH),
    "blk.0.ffn_down": (WIDTH, HIDDEN),
}  # fmt: skip
NORMS = ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")


def metadata() -> dict[str, Any]:
    """What the file says of itself."""
    return {
        "general.architecture": "llama", "llama.block_count": 1, "llama.context_length": 64,
        "llama.embedding_length": WIDTH, "llama.feed_forward_length": HIDDEN,
        "llama.attention.head_count": HEADS, "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": [*byte_tokens(), "<end>"],
        "tokenizer.ggml.token_type": [1] * 256 + [3], "tokenizer.ggml.merges": ["a b"][:0],
        "tokenizer.ggml.eos_token_id": 256,
    }  # fmt: skip


def write(
    path: Path,
    changed: dict[str, Any] | None = None,
    *,
    without: str = "",
    kinds: dict[str, int] | None = None,
    seed: int = 0,
) -> Path:
    """Write the file: metadata `changed` (None takes a key away), a tensor left `without`, types of tensors."""
    says = {
        key: value for key, value in {**metadata(), **(changed or {})}.items() if value is not None
    }
    head = b"".join(text(key) + _typed(value) for key, value in says.items())
    data, infos, count = b"", b"", 0
    for name, shape in {**MATRICES, **dict.fromkeys(NORMS, (WIDTH,))}.items():
        if name == without:
            continue
        kind = (kinds or {}).get(name, F32 if name in NORMS else Q8_0)
        data += b"\0" * (-len(data) % 32)
        infos += text(f"{name}.weight") + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack(
            "<IQ", kind, len(data)
        )
        if kind in KINDS:
            columns = shape[-1]
            data += random_tensor(kind, math.prod(shape) // columns, columns, seed).data.tobytes()
        count += 1
    start = b"GGUF" + struct.pack("<IQQ", 3, count, len(says)) + head + infos
    path.write_bytes(start + b"\0" * (-len(start) % 32) + data)
    return path


def text(value: str) -> bytes:
    """A string as the format has it."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _typed(value: Any) -> bytes:
    kinds = {bool: (7, "<?"), int: (4, "<I"), float: (6, "<f")}
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        of = type(value[0]) if value else str
        inner = {str: 8, int: 5, float: 6}[of]
        items = (
            text(one) if of is str else struct.pack("<i" if of is int else "<f", one)
            for one in value
        )
        return struct.pack("<IIQ", 9, inner, len(value)) + b"".join(items)
    number, code = kinds[type(value)]
    return struct.pack("<I", number) + struct.pack(code, value)
