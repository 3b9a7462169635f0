"""Spellings that are near: edits of a word (Damerau 1964), and a sieve for the words that may be two edits away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BINS = 32  # letters are counted by the last five bits of their code: a to z have one each


def edits_at(word: str, place: int) -> Iterator[str]:
    """The strings one edit at `place` makes of `word`, with Latin letters and those of the word.

    An edit inserts, deletes or replaces a letter or swaps two neighbours; what stands before `place` stays.
    """
    letters = sorted(set(_LETTERS + word))
    head, tail = word[:place], word[place:]
    if tail:
        yield head + tail[1:]
        yield from (head + letter + tail[1:] for letter in letters if letter != tail[0])
    if len(tail) > 1:
        yield head + tail[1] + tail[0] + tail[2:]
    yield from (head + letter + tail for letter in letters)


def edit_distance(a: str, b: str) -> int:
    """The number of insertions, deletions, replacements and swaps of neighbours from `a` to `b`.

    The restricted Damerau-Levenshtein distance: no part is edited twice.
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        line = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


class Sieve:
    """How often each letter stands in each of many words: tells in a millisecond which may be two edits away."""

    def __init__(self, lines: str) -> None:
        """Count the letters of `lines`, a word each; every line is ended."""
        codes = np.frombuffer(lines.encode("utf-32-le"), "<u4")
        ends = np.flatnonzero(codes == ord("\n"))
        self._lengths = np.diff(ends, prepend=-1) - 1
        words = np.repeat(np.arange(len(ends)), self._lengths + 1)
        counts = np.bincount(words * _BINS + codes % _BINS, minlength=len(ends) * _BINS)
        counts[ord("\n") :: _BINS] -= 1  # the line's own end
        self._counts = counts.astype(np.int8).reshape(len(ends), _BINS)

    def near(self, word: str) -> npt.NDArray[np.int64]:
        """The rows that may be two edits from `word`: two letters more at the most, and two fewer."""
        apart = self._lengths - len(word)
        rows = np.flatnonzero(np.abs(apart) <= 2)
        codes = np.array([ord(letter) for letter in word])
        own = np.bincount(codes % _BINS, minlength=_BINS).astype(np.int8)
        differences = np.abs(self._counts[rows] - own).sum(axis=1, dtype=np.int16)
        near: npt.NDArray[np.int64] = rows[differences + np.abs(apart[rows]) <= 4]
        return near
