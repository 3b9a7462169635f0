"""Sentence vectors from word vectors: the mean, and the weighted sum of Arora et al. 2017.

Neither sees the order of the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.numbers import normalised
from lmcli.frame.text.languages import CHINESE, language_of
from lmcli.frame.text.letters import LETTER, composed, marks, spelled
from lmcli.frame.text.understanding import Read, scripts_in
from lmcli.nn.encoder import Tell, Vectors
from lmcli.vectors.wordvectors import TASK, WordVectors

SMOOTHING = 1e-3  # Arora's a: words more frequent than this count less and less
MANY = 0.5  # the share of unknown words that is worth a word
COMMON_WORDS = 30_000  # words that the common direction is computed from
CANCELLED = 1e-6  # the share of a sum's terms that rounding may leave of it
LONGEST = 8  # characters that a Chinese word is looked for with
SENTENCE = 10  # words of the sentence whose common direction is removed


def tokens(text: str) -> list[str]:
    """The words of a text as GloVe's corpus was cut: lower case, without punctuation."""
    plain = composed(spelled(text).lower().replace("’", "'"))
    return _token(plain.isascii()).findall(plain)


@cache
def _token(plain: bool) -> re.Pattern[str]:
    """Words with inner hyphens or full stops, and the parts that the Penn treebank splits: did n't, cat 's."""
    run = _run(plain)
    return re.compile(rf"{run}+?(?=n't\b)|n't\b|'{run}+|{run}+(?:[-.]{run}+)*")


def _run(plain: bool) -> str:
    """A letter or digit; beyond ASCII the marks on it, too, so that no script's words are torn."""
    return LETTER if plain else rf"(?:{LETTER}|[{marks()}])"


def _parts(token: str) -> list[str]:
    return re.findall(f"{_run(token.isascii())}+", token)


class MeanOfWords:
    """The mean of the words' vectors; words that the model lacks are passed over."""

    method = "glove-mean"
    task = TASK

    def __init__(self, vectors: WordVectors) -> None:
        self.name = vectors.name
        self.fingerprint = f"{self.method} {vectors.name}"
        self._vectors = vectors

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._vectors.dimensions

    def encode(self, texts: Sequence[str], *, tell: Tell | None = None) -> Vectors:
        """The vectors (n, d) of texts, each of length 1; zeros for a text without a known word.

        `tell(index, read)` is called for each text of whose words half or more are passed over. The sums are of
        double precision, for one in float32 may grow beyond it.
        """
        found = []
        for index, text in enumerate(texts):
            rows, words, unknown = self._rows(text)
            found.append(self._sum(rows))
            if tell and unknown and len(unknown) >= words * MANY:
                scripts = tuple(scripts_in(" ".join(unknown)))
                tell(index, Read(words, 0, words, len(unknown), scripts))
        sums = np.stack(found)
        largest = np.abs(sums).max(axis=1, keepdims=True)
        return normalised((sums / np.where(largest == 0, 1, largest)).astype(np.float32))

    def pieces(self, text: str) -> list[str]:
        """The text: none is too long."""
        return [text]

    def _sum(self, rows: Sequence[int]) -> NDArray[np.float64]:
        vectors = self._vectors.vectors(rows).astype(np.float64)
        return _unless_cancelled(vectors.sum(axis=0), np.abs(vectors).sum(axis=0))

    def _cut(self, run: str) -> list[str]:
        """Chinese without blanks in words: at each place the longest that the vectors know, else a character."""
        parts = []
        at = 0
        while at < len(run):
            sizes = range(min(LONGEST, len(run) - at), 1, -1)
            size = next((n for n in sizes if self._vectors.find(run[at : at + n]) is not None), 1)
            parts.append(run[at : at + size])
            at += size
        return parts

    def _rows(self, text: str) -> tuple[list[int], int, list[str]]:
        """The rows of a text's words, how many words there are, and those that are not known."""
        rows: list[int] = []
        unknown = []
        words = tokens(text)
        for token in words:
            row = self._vectors.find(token)
            parts = [token] if row is not None else _parts(token)
            if row is None and language_of(token) == CHINESE:
                parts = self._cut(token)
            found = [place for part in parts if (place := self._vectors.find(part)) is not None]
            rows += found
            if not found:
                unknown.append(token)
        return rows, len(words), unknown


class SmoothInverseFrequency(MeanOfWords):
    """Frequent words count less, and the direction that all sentences share is taken out.

    Arora, Liang, Ma: A simple but tough-to-beat baseline for sentence embeddings, 2017. Two things are
    estimated from the model alone, so that a text's vector does not depend on the texts beside it: a word's
    probability from its rank (Zipf 1935, Mandelbrot 1953), and the shared direction as the first principal
    direction of sentences whose words are drawn by these probabilities.
    """

    method = "sif"

    def __init__(self, vectors: WordVectors) -> None:
        super().__init__(vectors)
        p = zipf(len(vectors))
        self._weights = SMOOTHING / (SMOOTHING + p)
        rows = range(min(COMMON_WORDS, len(vectors)))
        self._common = common_direction(vectors.vectors(rows), p[rows], self._weights[rows])

    def _sum(self, rows: Sequence[int]) -> NDArray[np.float64]:
        weights = self._weights[np.asarray(rows, np.int64)]
        vector = weights @ self._vectors.vectors(rows).astype(np.float64)
        return _unless_cancelled(vector - self._common * (self._common @ vector), vector)


def _unless_cancelled(
    total: NDArray[np.float64], terms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A sum, or zeros where its terms cancelled out and rounding alone is left."""
    left = np.linalg.norm(total) > CANCELLED * np.linalg.norm(terms)
    return total if left else np.zeros_like(total)


def zipf(words: int) -> NDArray[np.float64]:
    """The probability of each word by its rank r from 1, in proportion to 1 / (r + 2.7)."""
    p = 1 / (np.arange(1, words + 1) + 2.7)
    total: NDArray[np.float64] = p / p.sum()
    return total


def common_direction(
    vectors: Vectors, p: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The first principal direction, of length 1, of weighted means of SENTENCE words drawn by p.

    The mean of n independent draws has the second moment (E[x x^T] + (n - 1) E[x] E[x]^T) / n.
    """
    x = vectors * weights[:, None]
    mean = p @ x
    moment = (x.T * p) @ x + (SENTENCE - 1) * np.outer(mean, mean)
    direction: NDArray[np.float64] = np.linalg.eigh(moment)[1][:, -1]
    return direction
