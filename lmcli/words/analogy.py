"""Word analogies: 3CosAdd, 3CosMul and PairDirection, for a batch of queries in one pass.

Mikolov, Yih and Zweig 2013 (3CosAdd, PairDirection); Levy and Goldberg 2014 (3CosMul).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lmcli.frame.errors import BadUsage, NoAnswer, quoted
from lmcli.vectors.wordvectors import CANCELLED, WordVectors
from lmcli.words.neighbours import Answers, Asked, answers_of, cosine_to
from lmcli.words.query import Query, parse

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector
    from lmcli.words.neighbours import Scorer

SMALLEST_DIVISOR = np.float32(1e-6)  # keeps 3CosMul finite; gensim's value


def solve(
    vectors: WordVectors,
    given: Sequence[Query | str],
    *,
    k: int = 1,
    method: str = "add",
    restrict: int | None = None,
    include_inputs: bool = False,
) -> Answers:
    """The `k` best words for each query, in order; an LmcliError where one has no answer.

    given: queries, or their text as it is typed ("king man woman", "king - man + woman"). method: add
    (3CosAdd), mul (3CosMul) or pair (PairDirection). restrict: only the most frequent N words can be
    answers. include_inputs: the query's own words can be answers too (the raw nearest vector is often one
    of them).
    """

    def ask(one: Query | str) -> Asked:
        query = parse(one) if isinstance(one, str) else one
        if method == "pair":
            _check_pair(query)
        rows = [vectors.directed(word) for word in query.words]
        _check_direction(vectors, query, rows, method)
        return Asked(query.text, rows, [weight for weight, _ in query.terms])

    return answers_of(
        vectors,
        given,
        ask,
        SCORERS[method],
        k=k,
        restrict=restrict,
        include_inputs=include_inputs,
    )


def _check_pair(query: Query) -> None:
    """Refuse what PairDirection is not defined for. Raises BadUsage."""
    if [weight for weight, _ in query.terms] != [1, -1, 1]:
        raise BadUsage("--method pair needs A - B + C", "three words, without weights")


def _check_direction(vectors: WordVectors, query: Query, rows: Sequence[int], method: str) -> None:
    """Refuse a query whose terms cancel out: every word would score the same. Raises NoAnswer.

    3CosMul multiplies cosines, and needs no sum; there only the same word on both sides cancels out.
    """
    counted = 2 if method == "pair" else len(rows)  # PairDirection looks along A - B
    weights: dict[int, float] = {}
    for (weight, _), row in zip(query.terms[:counted], rows, strict=False):
        weights[row] = weights.get(row, 0.0) + weight
    left = [row for row, weight in weights.items() if weight]
    if left and method != "mul":
        sums = np.array([weights[row] for row in left]) @ vectors.units(left).astype(np.float64)
        most = sum(abs(weights[row]) for row in left)
        left = left if np.linalg.norm(sums) > CANCELLED * most else []
    if not left:
        raise NoAnswer(f"the words of {quoted(query.text)} cancel each other out")


def _units(vectors: WordVectors, asked: Sequence[Asked]) -> Vector:
    """The unit vectors (terms, d) of all terms of all queries, in order."""
    return vectors.units([row for one in asked for row in one.rows])


def add_scorer(vectors: WordVectors, asked: Sequence[Asked]) -> Scorer:
    """3CosAdd: the cosine to the weighted sum of the query's unit vectors."""
    units = _units(vectors, asked)
    weights = np.array([weight for one in asked for weight in one.weights], np.float32)
    starts = np.cumsum([0, *(len(one.rows) for one in asked)])[:-1]
    return cosine_to(np.add.reduceat(units * weights[:, None], starts))


def mul_scorer(vectors: WordVectors, asked: Sequence[Asked]) -> Scorer:
    """3CosMul: the product of the cosines to the positive terms over that to the negative ones.

    Cosines are moved to 0..1 by (1 + x) / 2; a weight is the power of its term's factor.
    """
    units = _units(vectors, asked)

    def score(block: Vector, norms: Vector) -> Vector:
        factors: Vector = units @ block.T
        factors /= norms
        factors += 1
        factors /= 2
        scores = np.empty((len(asked), len(block)), factors.dtype)
        start = 0
        for place, one in enumerate(asked):
            scores[place] = _ratio(factors[start : start + len(one.rows)], one.weights)
            start += len(one.rows)
        return scores

    return score


def _ratio(factors: Vector, weights: list[float]) -> Vector:
    """The product of the rows of `factors` (terms, n), each to the power of its weight."""
    above = np.ones(factors.shape[1], factors.dtype)
    below = np.ones(factors.shape[1], factors.dtype)
    for factor, weight in zip(factors, weights, strict=True):
        side = above if weight > 0 else below
        side *= factor if abs(weight) == 1 else np.maximum(factor, 0) ** abs(weight)
    below += SMALLEST_DIVISOR
    above /= below
    return above


def pair_scorer(vectors: WordVectors, asked: Sequence[Asked]) -> Scorer:
    """PairDirection: the cosine between x - C and A - B, on unit vectors."""
    units = _units(vectors, asked).reshape(len(asked), 3, -1)
    directions: Vector = units[:, 0] - units[:, 1]
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    directions /= np.where(lengths == 0, 1, lengths)
    nowhere = np.flatnonzero(lengths <= CANCELLED)
    starts = units[:, 2]
    offsets = (starts * directions).sum(axis=1)

    def score(block: Vector, norms: Vector) -> Vector:
        scores: Vector = directions @ block.T
        scores /= norms
        scores -= offsets[:, None]
        apart: Vector = starts @ block.T  # becomes the squared distance 2 - 2 cos
        apart /= norms
        apart *= -2
        apart += 2
        scores /= np.sqrt(np.maximum(apart, SMALLEST_DIVISOR))
        if len(nowhere):
            scores[nowhere] = -np.inf
        return scores

    return score


SCORERS: dict[str, Callable[[WordVectors, Sequence[Asked]], Scorer]] = {
    "add": add_scorer,
    "mul": mul_scorer,
    "pair": pair_scorer,
}
