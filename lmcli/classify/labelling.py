"""The labels of texts as rows: the likeliest first, or those that are likely enough."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.classify.model import Floats, TextClassifier
from lmcli.classify.reasons import Weight, weigh
from lmcli.frame.errors import LmcliError, Noted
from lmcli.frame.numbers import shortest

LIKELY = 0.5  # the probability from which a text has one of several labels


@dataclass(frozen=True, slots=True)
class Guess:
    """A label of a text. `score` is its probability, among the labels or by itself."""

    text: str
    rank: int
    label: str
    score: float

    KEY: ClassVar[str] = "text"
    PLAIN: ClassVar[tuple[str, ...]] = ("label", "score")


@dataclass(frozen=True, slots=True)
class Explained(Guess):
    """A label of a text, and what each word did for it: by how much its log-odds fall without the word."""

    words: tuple[Weight, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("label", "score", "decided")

    @property
    def decided(self) -> str:
        """The words that decided, the weightiest first."""
        return ", ".join(f"{word.word} {word.weight:+.2f}" for word in deciding(self.words))


@dataclass(frozen=True, slots=True)
class Keep:
    """Which labels are kept: the k best, or by default the best one (of several labels a text: the likely ones).

    reasons: with the words that decided; known: the Chinese words.
    """

    k: int | None = None
    reasons: bool = False
    known: Container[str] = ()

    def places(self, order: Sequence[int], scores: Sequence[float], multi: bool) -> Sequence[int]:
        """The numbers of the labels that are kept, of all in the `order` of their scores."""
        if self.k is not None:
            return order[: self.k]
        return [place for place in order if scores[place] >= LIKELY] if multi else order[:1]


def label(
    classifier: TextClassifier, texts: Sequence[str], keep: Keep
) -> list[Noted | LmcliError | list[Guess]]:
    """The labels of each text, with what is to be said of it, or its error."""
    judged = classifier.judge(texts)
    orders = np.argsort(-judged.scores, axis=1, kind="stable").tolist()  # of equals the first
    found: list[Noted | LmcliError | list[Guess]] = []
    for i, text in enumerate(texts):
        if i in judged.faults:
            found.append(judged.faults[i])
            continue
        scores = judged.scores[i]
        rows = _guesses(
            classifier, text, scores, keep.places(orders[i], scores, classifier.multi), keep
        )
        said = judged.warnings.get(i)
        found.append(Noted(rows, said) if said else rows)
    return found


def _guesses(
    classifier: TextClassifier, text: str, scores: Floats, places: Sequence[int], keep: Keep
) -> list[Guess]:
    names = classifier.labels
    ranked = [(rank, place, shortest(scores[place])) for rank, place in enumerate(places, 1)]
    if not keep.reasons or not places:
        return [Guess(text, rank, names[place], score) for rank, place, score in ranked]
    words = weigh(classifier, text, places, keep.known)
    return [
        Explained(text, rank, names[place], score, words[place]) for rank, place, score in ranked
    ]


def deciding(words: Sequence[Weight], most: int = 5) -> list[Weight]:
    """The words that decided, the weightiest first: at most `most`, each of a quarter of the first one's weight."""
    order = sorted(words, key=lambda word: -abs(word.weight))[:most]
    return [word for word in order if abs(word.weight) >= abs(order[0].weight) / 4 > 0]
