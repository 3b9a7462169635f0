"""Two words compared, and the word that does not belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadUsage, NoAnswer, quoted
from lmcli.frame.numbers import shortest
from lmcli.vectors.wordvectors import CANCELLED, WordVectors


@dataclass(frozen=True, slots=True)
class Similarity:
    """The cosine of two words' vectors, -1 to 1."""

    a: str
    b: str
    score: float


@dataclass(frozen=True, slots=True)
class Odd:
    """The word that does not belong; `scores` gives each word's cosine to the mean of the group."""

    word: str
    scores: dict[str, float]

    PLAIN: ClassVar[tuple[str, ...]] = ("word",)


def similarity(vectors: WordVectors, words: Sequence[str]) -> Similarity:
    """Compare two words. Raises BadUsage for another number, UnknownWord, NoAnswer for a zero vector."""
    if len(words) != 2:
        raise BadUsage(f"similarity takes two words, not {len(words)}", "as in: cat dog")
    a, b = vectors.units([vectors.directed(word) for word in words])
    return Similarity(words[0], words[1], shortest(a @ b))


def odd(vectors: WordVectors, words: Sequence[str]) -> Odd:
    """The word farthest from the mean of all their unit vectors (gensim's doesnt_match).

    Raises BadUsage for fewer than three words, UnknownWord, NoAnswer where a vector or the mean is zero.
    """
    if len(words) < 3:
        raise BadUsage(f"odd takes three words or more, not {len(words)}", "as in: cat dog car")
    units = vectors.units([vectors.directed(word) for word in words])
    mean = units.mean(axis=0)
    length = np.linalg.norm(mean)
    if length <= CANCELLED:
        raise NoAnswer(
            f"the words of {quoted(' '.join(words))} cancel each other out: their mean is zero"
        )
    mean /= length
    scores = [shortest(score) for score in units @ mean]
    return Odd(words[int(np.argmin(scores))], dict(zip(words, scores, strict=True)))


@dataclass(frozen=True, slots=True)
class WordVector:
    """A word's vector as the model holds it, not scaled to length 1."""

    word: str
    vector: list[float]

    KEY: ClassVar[str] = "word"
    PLAIN: ClassVar[tuple[str, ...]] = ("vector",)


def vector(vectors: WordVectors, text: str) -> WordVector:
    """The vector of the word `text`. Raises UnknownWord."""
    word = text.strip()
    (values,) = vectors.vectors([vectors.row(word)])
    return WordVector(word, [shortest(value) for value in values])
