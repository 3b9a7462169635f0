"""How good word vectors are: analogy questions by section, and human similarity ratings of pairs.

The counts are gensim's: words are compared without case, only the `restrict` most frequent words take part, and a
question or pair with another word, or with one whose vector is zero, is left out. Questions: Mikolov et al. 2013;
pairs: Finkelstein et al. 2002 (WordSim-353), Hill et al. 2015 (SimLex-999).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import NoAnswer
from lmcli.frame.text.letters import composed
from lmcli.vectors.correlation import pearson, spearman
from lmcli.vectors.wordvectors import WordVectors
from lmcli.words.analogy import SCORERS
from lmcli.words.files.testset import Pair, Question, Questions
from lmcli.words.neighbours import Asked, shortlist

BATCH = 256


@dataclass(frozen=True, slots=True)
class Section:
    """The score of one section of an analogy file; the last row's section is "total"."""

    section: str
    correct: int
    total: int
    accuracy: float | None

    KEY: ClassVar[str] = "section"
    PLAIN: ClassVar[tuple[str, ...]] = ("correct", "total", "accuracy")


@dataclass(frozen=True, slots=True)
class Correlation:
    """How cosines agree with the ratings of a pairs file; `oov` pairs had an unknown word."""

    file: str
    pearson: float
    spearman: float
    pairs: int
    oov: int


class Rows:
    """Words to rows without regard to case; of words that differ only in case the most frequent."""

    def __init__(self, vectors: WordVectors, restrict: int | None) -> None:
        self._vectors = vectors
        self.restrict = min(restrict or len(vectors), len(vectors))
        rows = range(self.restrict - 1, -1, -1)
        self._rows = {_folded(vectors.vocabulary[row]): row for row in rows}
        self._nowhere = set(vectors.directionless.tolist())

    def of(self, words: Sequence[str]) -> list[int] | None:
        """The rows of `words`, or None where one is unknown or has a zero vector."""
        rows = [row for word in words if (row := self._rows.get(_folded(word))) is not None]
        return rows if len(rows) == len(words) and self._nowhere.isdisjoint(rows) else None


def _folded(word: str) -> str:
    """A word without regard to case and normal form."""
    return composed(word).upper()


def evaluate_questions(
    vectors: WordVectors,
    sections: Sequence[Questions],
    rows: Rows,
    *,
    method: str = "add",
    include_inputs: bool = False,
    advance: Callable[[float], None] = lambda _questions: None,
) -> Iterator[Section]:
    """Score each section as it is done, then the total; `advance` hears of each batch.

    Raises NoAnswer after the sections where no question could be asked.
    """
    correct = total = 0
    for section in sections:
        right = asked = 0
        known = [
            (question, found)
            for question in section.questions
            if (found := rows.of((question.a, question.b, question.c, question.expected)))
        ]
        for start in range(0, len(known), BATCH):
            batch = known[start : start + BATCH]
            asked += len(batch)
            right += _right(vectors, batch, rows.restrict, method, include_inputs)
            advance(len(batch))
        yield Section(section.name, right, asked, right / asked if asked else None)
        correct += right
        total += asked
    if not total:
        raise NoAnswer(f"no question has all its words in {vectors.name}")
    yield Section("total", correct, total, correct / total)


def _right(
    vectors: WordVectors,
    batch: list[tuple[Question, list[int]]],
    restrict: int,
    method: str,
    include_inputs: bool,
) -> int:
    """How many questions of a batch are answered with the expected word."""
    asked = [Asked("", [b, a, c], [1.0, -1.0, 1.0]) for _, (a, b, c, _) in batch]
    scorer = SCORERS[method](vectors, asked)
    excluded: list[set[int]] = [set() if include_inputs else set(one.rows) for one in asked]
    answers = shortlist(vectors, scorer, len(batch), 1, excluded, restrict)
    return sum(
        _folded(vectors.vocabulary[answer[0]]) == _folded(question.expected)
        for (question, _), answer in zip(batch, answers, strict=True)
        if len(answer)
    )


def evaluate_pairs(
    vectors: WordVectors, pairs: Sequence[Pair], rows: Rows, file: str
) -> Correlation:
    """Pearson's and Spearman's correlation of cosines with ratings, over the known pairs.

    Raises NoAnswer where fewer than two pairs are known, or cosines or ratings are all alike.
    """
    known = [(found, pair.rating) for pair in pairs if (found := rows.of((pair.a, pair.b)))]
    if len(known) < 2:
        raise NoAnswer(f"{file}: {len(known)} pairs have both words in {vectors.name}")
    first = vectors.units([found[0] for found, _ in known])
    second = vectors.units([found[1] for found, _ in known])
    cosines = np.einsum("nd,nd->n", first, second).astype(np.float64)
    ratings = np.array([rating for _, rating in known])
    for values, what in ((cosines, "cosines"), (ratings, "ratings")):
        if values.min() == values.max():
            raise NoAnswer(f"{file}: all {what} are {values[0]:g}: nothing to correlate")
    return Correlation(
        file,
        pearson=pearson(cosines, ratings),
        spearman=spearman(cosines, ratings),
        pairs=len(known),
        oov=len(pairs) - len(known),
    )
