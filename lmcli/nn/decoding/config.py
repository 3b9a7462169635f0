"""What a folder's configurations say of its decoder: context, ends of a text, sizes of the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models import genai
from lmcli.nn.tokenize import Tokenizer

CONFIGS = ("config.json", "generation_config.json")
_CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "seq_length",
    "max_seq_len",
    "max_sequence_length",
)


def read_config(folder: Path) -> dict[str, Any]:
    """config.json (of its text part), generation_config.json and genai_config.json of a folder as one.

    `eos_token_id` has the ends that any of them names. Raises ModelError for a file that is no JSON.
    """
    values: dict[str, Any] = {}
    ends: list[int] = []
    for said in (*(_json(folder / name) for name in CONFIGS), genai.config_of(folder)):
        text = said.get("text_config")
        whole = {**(text if isinstance(text, Mapping) else {}), **said}
        ends += numbers(whole.get("eos_token_id"))
        values |= whole
    return {**values, "eos_token_id": list(dict.fromkeys(ends))}


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: {error}") from None
    if not isinstance(values, dict):
        raise ModelError(f"{path} holds no configuration")
    return values


def numbers(value: Any) -> list[int]:
    """Token ids that stand alone or in a list."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, int) and not isinstance(one, bool)]


def ends_of(config: Mapping[str, Any], tokenizer: Tokenizer) -> frozenset[int]:
    """The tokens that end a text: those that the configurations name, and the tokenizer's."""
    own = tokenizer.special_id("eos")
    return frozenset([*numbers(config.get("eos_token_id")), *([] if own is None else [own])])


def context_of(config: Mapping[str, Any], tokenizer: Tokenizer) -> int:
    """The most tokens that the decoder reads and writes together."""
    return first_number(config, *_CONTEXT) or tokenizer.max_length or 1024


def cache_sizes(config: Mapping[str, Any]) -> dict[str, int]:
    """Heads and head size of the cache, where the configuration tells them."""
    heads = first_number(config, "num_attention_heads", "n_head", "num_heads", "n_heads") or 0
    width = first_number(config, "hidden_size", "n_embd", "d_model") or 0
    kv_heads = first_number(config, "num_key_value_heads", "num_kv_heads", "multi_query_group_num")
    if (
        kv_heads is None
        and config.get("multi_query")
        and not config.get("new_decoder_architecture")
    ):
        kv_heads = 1
    head = first_number(config, "head_dim", "kv_channels", "head_size") or (
        width // heads if heads else 0
    )
    return {"heads": kv_heads or heads, "head": head}


def first_number(config: Mapping[str, Any], *names: str) -> int | None:
    """The first of these that the configuration has as a number."""
    found = (config[name] for name in names if isinstance(config.get(name), int))
    return next(found, None)
