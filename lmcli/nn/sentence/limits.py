"""How many tokens an encoder can read: its positions, as config.json tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# positions of these begin after the padding's: the table has some more rows than a text can have tokens
_AFTER_PADDING = {
    "roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "mpnet", "longformer",
    "data2vec-text", "xmod", "ibert", "luke", "mluke", "big_bird_roberta", "mega",
}  # fmt: skip
_NAMES = ("max_position_embeddings", "n_positions", "max_seq_len")
_RELATIVE = {
    "t5",
    "mt5",
    "umt5",
    "xlnet",
}  # distances between tokens, whatever the configuration says


# these mix what stands beside: padding changes a text's vector, whatever the mask says
MIXING = {"convbert", "nystromformer", "fnet", "funnel", "yoso", "reformer", "canine", "longformer"}


def positions_of(config: Mapping[str, Any]) -> int | None:
    """The most tokens that there are positions for; None where the configuration does not say, or any number."""
    kind = str(config.get("model_type", ""))
    if kind in _RELATIVE:
        return None
    rows = next((config[name] for name in _NAMES if isinstance(config.get(name), int)), 0)
    if kind in _AFTER_PADDING:
        padding = config.get("pad_token_id")
        rows -= (padding if isinstance(padding, int) else 1) + 1
    return rows if rows > 0 else None


def limit_of(config: Mapping[str, Any], *wanted: int | None) -> int:
    """The most tokens that are read: the first of `wanted` that is said, but no more than there are positions."""
    positions = positions_of(config)
    named = next((count for count in wanted if count), positions or 512)
    return min(named, positions or named)
