"""What a language model is measured by: counts of one, two and three tokens (Witten and Bell 1991), all in numpy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
COUNTED = 5_000_000  # tokens that are counted at most

UNIFORM, UNIGRAM, BIGRAM, TRIGRAM = "uniform", "unigram", "bigram", "trigram"


def bounds(learned: Ids, held: Ids, vocabulary: int) -> dict[str, float]:
    """The cross entropy of held-out tokens, in nats a token, of a model that knows nothing, one token, two, three."""
    learned = learned[:COUNTED]
    counts = np.bincount(learned, minlength=vocabulary)
    one: Floats = (counts[held] + 1.0) / (len(learned) + vocabulary)
    found = {UNIFORM: math.log(vocabulary), UNIGRAM: _entropy(one)}
    two = _mixed(learned, held, 1, one, vocabulary)
    found[BIGRAM] = _entropy(two)
    found[TRIGRAM] = _entropy(_mixed(learned, held, 2, two, vocabulary))
    return found


def _entropy(probabilities: Floats) -> float:
    return float(-np.log(probabilities).mean())


def _keys(ids: Ids, length: int, vocabulary: int) -> Ids:
    """The number of every `length` tokens in a row."""
    key = np.zeros(max(0, len(ids) - length + 1), np.int64)
    for at in range(length):
        key = key * vocabulary + ids[at : at + len(key)]
    return key


def _mixed(learned: Ids, held: Ids, order: int, shorter: Floats, vocabulary: int) -> Floats:
    """P(token | `order` tokens before): the counts, mixed with the shorter context by T / (N + T)."""
    grams, counts = np.unique(_keys(learned, order + 1, vocabulary), return_counts=True)
    contexts, first, kinds = np.unique(grams // vocabulary, return_index=True, return_counts=True)
    totals = np.add.reduceat(counts, first) if len(first) else counts
    asked = _keys(held, order + 1, vocabulary)
    n = _of(contexts, totals, asked // vocabulary)
    t = _of(contexts, kinds, asked // vocabulary)
    c = _of(grams, counts, asked)
    found = shorter.copy()
    own = found[order:]
    found[order:] = np.where(n > 0, (c + t * own) / np.maximum(n + t, 1), own)
    return found


def _of(keys: Ids, values: NDArray[np.int64], asked: Ids) -> NDArray[np.int64]:
    """The value of each key, 0 of one that is not there."""
    if not len(keys):
        return np.zeros(len(asked), np.int64)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[at] == asked, values[at], 0)
