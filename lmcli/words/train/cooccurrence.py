"""How often words stand near each other: the counts that GloVe learns from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

CHUNK = 200_000  # words counted at a time


@dataclass(frozen=True, slots=True)
class Cooccurrences:
    """The cells X_ij > 0 of a symmetric matrix, by row, then column: `rows`, `columns`, `counts`."""

    rows: np.ndarray
    columns: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.counts)


def cooccurrences(sentences: Iterable[list[str]], words: list[str], window: int) -> Cooccurrences:
    """Count each pair of `words` up to `window` words apart in a sentence as 1 / distance.

    Other words are dropped first and keep no place, as in the authors' program.
    """
    index = {word: row for row, word in enumerate(words)}
    keys = np.empty(0, np.int64)
    counts = np.empty(0, np.float64)
    for rows, numbers in _chunks(sentences, index):
        near, weights = _pairs(rows, numbers, window, len(words))
        keys, counts = _sum_up(np.concatenate([keys, near]), np.concatenate([counts, weights]))
    return Cooccurrences(keys // len(words), keys % len(words), counts)


def _chunks(
    sentences: Iterable[list[str]], index: dict[str, int]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Whole sentences, about CHUNK words at a time: (rows, the number of each one's sentence)."""
    rows: list[int] = []
    numbers: list[int] = []
    for number, sentence in enumerate(sentences):
        known = [index[word] for word in sentence if word in index]
        rows += known
        numbers += [number] * len(known)
        if len(rows) >= CHUNK:
            yield np.array(rows, np.int64), np.array(numbers, np.int64)
            rows, numbers = [], []
    if rows:
        yield np.array(rows, np.int64), np.array(numbers, np.int64)


def _pairs(
    rows: np.ndarray, numbers: np.ndarray, window: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of a chunk in both directions as keys row * size + column, and their weights."""
    keys, weights = [], []
    for distance in range(1, min(window, len(rows) - 1) + 1):
        left, right = rows[:-distance], rows[distance:]
        same = numbers[:-distance] == numbers[distance:]
        left, right = left[same], right[same]
        keys += [left * size + right, right * size + left]
        weights.append(np.full(2 * len(left), 1 / distance))
    if not keys:
        return np.empty(0, np.int64), np.empty(0, np.float64)
    return _sum_up(np.concatenate(keys), np.concatenate(weights))


def _sum_up(keys: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key once, in order, with the sum of its weights."""
    distinct, places = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(places, weights, minlength=len(distinct))
