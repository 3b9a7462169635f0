"""n-grams of token ids: counted in numpy, their probabilities mixed with shorter contexts (Witten and Bell 1991)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grams:
    """The n-grams of one length: their numbers in order, and how often each was seen.

    Of what stands before the last token, the same: contexts; total: how often something followed, kinds: how many
    different tokens did. base: the size of the vocabulary.
    """

    base: int
    keys: Ids
    counts: Ids
    contexts: Ids
    total: Ids
    kinds: Ids

    @classmethod
    def counted(cls, windows: Ids, base: int) -> Grams:
        """Count windows (windows, n) of token ids."""
        keys, counts = np.unique(_numbers(windows, base), return_counts=True)
        contexts, first, kinds = np.unique(keys // base, return_index=True, return_counts=True)
        total = np.add.reduceat(counts, first) if len(first) else counts
        return cls(base, keys, counts, contexts, total, kinds)

    def mixed(self, windows: Ids, shorter: Floats) -> Floats:
        """P(last | those before) of windows (windows, n): the counts, mixed with the shorter context by T / (N + T)."""
        keys = _numbers(windows, self.base)
        n = _of(self.contexts, self.total, keys // self.base)
        t = _of(self.contexts, self.kinds, keys // self.base)
        c = _of(self.keys, self.counts, keys)
        return np.where(n > 0, (c + t * shorter) / np.maximum(n + t, 1), shorter)


def windows_of(ids: Ids, size: int) -> Ids:
    """Every `size` ids in a row: (windows, size)."""
    if len(ids) < size:
        return np.zeros((0, size), np.int64)
    return np.lib.stride_tricks.sliding_window_view(ids, size)


def _numbers(windows: Ids, base: int) -> Ids:
    """Each window as one number."""
    found = np.zeros(len(windows), np.int64)
    for column in windows.T:
        found = found * base + column
    return found


def _of(keys: Ids, values: Ids, asked: Ids) -> Ids:
    """The value of each key, 0 of one that is not there."""
    if not len(keys):
        return np.zeros(len(asked), np.int64)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[at] == asked, values[at], 0)
