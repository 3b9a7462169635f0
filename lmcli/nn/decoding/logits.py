"""What a decoder says of the next token: logits, log probabilities, the likeliest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]


def log_softmax(logits: Logits) -> NDArray[np.float64]:
    """Log probabilities over the last axis, in float64."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def likeliest(logits: NDArray[np.floating[Any]], count: int) -> NDArray[np.int64]:
    """The `count` tokens with the highest logits, highest first, ties in the order of their ids."""
    size = len(logits)
    candidates = np.arange(size)
    if count < size:  # a partition first: to sort 50,000 numbers for every token is slow
        candidates = np.flatnonzero(logits >= np.partition(logits, size - count)[size - count])
    return candidates[np.argsort(-logits[candidates], kind="stable")][:count]
