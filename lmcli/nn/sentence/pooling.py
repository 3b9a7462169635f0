"""One vector for a text, of those of its tokens: the ways of sentence-transformers (Reimers and Gurevych 2019).

`hidden` is float32 (texts, tokens, d); `mask` (texts, tokens) is 1 where a token counts, 0 for padding and for what
is left out (a prompt). Padding stands at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Mask = NDArray[np.int64]
Pooling = Callable[[Vectors, Mask], Vectors]


def mean(hidden: Vectors, mask: Mask) -> Vectors:
    """The mean over the tokens."""
    found: Vectors = _sum(hidden, mask) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return found.astype(np.float32, copy=False)


def mean_sqrt(hidden: Vectors, mask: Mask) -> Vectors:
    """The sum over the tokens, divided by the square root of their number."""
    found: Vectors = _sum(hidden, mask) / np.sqrt(np.maximum(mask.sum(axis=1, keepdims=True), 1))
    return found.astype(np.float32)


def weighted_mean(hidden: Vectors, mask: Mask) -> Vectors:
    """The mean in which the n-th token counts n times (Muennighoff 2022)."""
    weights = mask * np.arange(1, mask.shape[1] + 1)
    found: Vectors = _sum(hidden, weights) / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    return found.astype(np.float32)


def largest(hidden: Vectors, mask: Mask) -> Vectors:
    """The largest value of any token, one by one."""
    found: Vectors = np.where(mask[:, :, None] > 0, hidden, -np.inf).max(axis=1)
    return np.where(np.isfinite(found), found, np.float32(0)).astype(np.float32)


def first(hidden: Vectors, mask: Mask) -> Vectors:
    """The first token that counts: [CLS], as a rule."""
    found: Vectors = hidden[np.arange(len(hidden)), mask.argmax(axis=1)]
    return found


def last(hidden: Vectors, mask: Mask) -> Vectors:
    """The last token that counts."""
    places = np.arange(1, mask.shape[1] + 1)
    found: Vectors = hidden[np.arange(len(hidden)), np.maximum((mask * places).argmax(axis=1), 0)]
    return found


def _sum(hidden: Vectors, weights: Mask) -> Vectors:
    summed: Vectors = np.matmul(weights.astype(np.float32)[:, None, :], hidden)[:, 0]
    return summed


# as model.toml and new configurations write them; several joined by + are laid end to end
WAYS: dict[str, Pooling] = {
    "mean": mean,
    "cls": first,
    "max": largest,
    "mean_sqrt_len_tokens": mean_sqrt,
    "weightedmean": weighted_mean,
    "last": last,
    "lasttoken": last,
}
# as old configurations write them, in the order in which several are laid end to end
FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


def pooling_named(name: str) -> Pooling | None:
    """The pooling of that name, or of several joined by +; None where there is none."""
    found = [WAYS.get(part) for part in name.split("+")]
    ways = [way for way in found if way is not None]
    if len(ways) < len(found):
        return None
    if len(ways) == 1:
        return ways[0]
    return lambda hidden, mask: np.concatenate([way(hidden, mask) for way in ways], axis=1)
