"""How good answers are: accuracy, macro F1, confusion, intervals by the bootstrap. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
DRAWS = 1000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Scores:
    """Of `count` answers. confusion[i, j]: how often what is i was called j."""

    count: int
    accuracy: float
    macro_f1: float
    confusion: Ints


def confusion_of(truth: Ints, answers: Ints, labels: int) -> Ints:
    """The matrix (labels, labels): a row for what is, a column for what was answered."""
    counts: Ints = np.bincount(truth * labels + answers, minlength=labels**2).reshape(
        labels, labels
    )
    return counts


def scores_of(truth: Ints, answers: Ints, labels: int) -> Scores:
    """The scores of answers, both as numbers of labels from 0."""
    matrix = confusion_of(truth, answers, labels)
    return Scores(
        len(truth),
        float((truth == answers).mean()) if len(truth) else 0.0,
        macro_f1(matrix),
        matrix,
    )


def macro_f1(confusion: Ints) -> float:
    """The mean of the labels' F1, of those that there is something of."""
    right = np.diag(confusion)
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    seen = confusion.sum(axis=1) > 0
    return float((2 * right[seen] / np.maximum(both[seen], 1)).mean()) if seen.any() else 0.0


def interval(
    truth: Ints,
    answers: Ints,
    measure: Callable[[Ints, Ints], float],
    seed: int = 0,
    share: float = 0.95,
) -> tuple[float, float]:
    """Between what the middle `share` of a measure lies when examples are drawn anew (Efron 1979)."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(DRAWS):
        rows = draw.integers(len(truth), size=len(truth))
        found.append(measure(truth[rows], answers[rows]))
    low, high = np.quantile(found, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def accuracy(truth: Sequence[int] | Ints, answers: Sequence[int] | Ints) -> float:
    """The share of answers that are right."""
    return float((np.asarray(truth) == np.asarray(answers)).mean())
