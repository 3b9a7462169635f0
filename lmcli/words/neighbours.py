"""Nearest words: 3CosAdd, 3CosMul and PairDirection over the whole vocabulary in one pass.

Mikolov, Yih and Zweig 2013 (3CosAdd, PairDirection); Levy and Goldberg 2014 (3CosMul). Every method takes a batch
of queries and makes one matrix product a block of rows, so that a thousand queries read the matrix once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from lmcli.frame.errors import LmcliError, NoAnswer
from lmcli.frame.numbers import shortest
from lmcli.vectors.wordvectors import WordVectors
from lmcli.words.query import CANCELLED, Query, check_direction, check_pair, parse

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector

    # (block of stored rows (n, d), their norms (n,)) -> scores (queries, n)
    Scorer: TypeAlias = Callable[[Vector, Vector], Vector]

SLACK = 2  # rows looked at beyond the k best, for scores that only rounding parts
SMALLEST_DIVISOR = np.float32(1e-6)  # keeps 3CosMul finite; gensim's value


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An answer: `score` is a cosine (3CosAdd), a ratio (3CosMul) or a cosine of directions (pair)."""

    query: str
    rank: int
    word: str
    score: float

    KEY: ClassVar[str] = "query"
    PLAIN: ClassVar[tuple[str, ...]] = ("word", "score")


def analogies(
    vectors: WordVectors,
    texts: Sequence[str],
    *,
    k: int = 1,
    method: str = "add",
    restrict: int | None = None,
    include_inputs: bool = False,
) -> list[list[Neighbour] | LmcliError]:
    """The answers to queries as they are typed ("king man woman", "king - man + woman"): see `solve`."""
    queries: list[Query | LmcliError] = []
    for text in texts:
        try:
            queries.append(parse(text))
        except LmcliError as error:
            queries.append(error)
    return solve(
        vectors, queries, k=k, method=method, restrict=restrict, include_inputs=include_inputs
    )


def solve(
    vectors: WordVectors,
    given: Sequence[Query | LmcliError],
    *,
    k: int = 1,
    method: str = "add",
    restrict: int | None = None,
    include_inputs: bool = False,
) -> list[list[Neighbour] | LmcliError]:
    """The `k` best words for each query, in order; an LmcliError where one has no answer (or came as one).

    restrict: only the most frequent N words can be answers. include_inputs: the query's own words can
    be answers too (the raw nearest vector is often one of them).
    """
    answers: list[list[Neighbour] | LmcliError] = []
    sound: list[tuple[int, Query, list[int]]] = []
    for place, query in enumerate(given):
        try:
            if isinstance(query, LmcliError):
                raise query
            if method == "pair":
                check_pair(query)
            rows_of = [vectors.directed(word) for word in query.words]
            check_direction(vectors, query, rows_of, method)
            sound.append((place, query, rows_of))
            answers.append([])
        except LmcliError as error:
            answers.append(error)
    if sound:
        queries = [query for _, query, _ in sound]
        rows = [rows for _, _, rows in sound]
        scorer = SCORERS[method](vectors, queries, rows)
        excluded = [set() if include_inputs else set(row) for row in rows]
        found = best(vectors, scorer, len(sound), k, excluded, restrict)
        for (place, query, _), neighbours in zip(sound, found, strict=True):
            answers[place] = named(vectors, query.text, neighbours) or _nobody(restrict)
    return answers


def similar(
    vectors: WordVectors, words: Sequence[str], *, k: int = 10, restrict: int | None = None
) -> list[list[Neighbour] | LmcliError]:
    """The `k` nearest neighbours of each word by cosine; an LmcliError for an unknown one or a zero vector."""
    answers: list[list[Neighbour] | LmcliError] = []
    sound: list[tuple[int, str, int]] = []
    for place, text in enumerate(words):
        word = text.strip()
        try:
            sound.append((place, word, vectors.directed(word)))
            answers.append([])
        except LmcliError as error:
            answers.append(error)
    if sound:
        rows = [row for _, _, row in sound]
        scorer = cosine_to(vectors.units(rows))
        found = best(vectors, scorer, len(rows), k, [{row} for row in rows], restrict)
        for (place, word, _), neighbours in zip(sound, found, strict=True):
            answers[place] = named(vectors, word, neighbours) or _nobody(restrict)
    return answers


def _nobody(restrict: int | None) -> NoAnswer:
    """The error where every word that may be an answer stands in the query."""
    hint = "allow more with --restrict" if restrict else None
    return NoAnswer("no word is left to be an answer", hint)


def named(
    vectors: WordVectors, query: str, neighbours: Iterable[tuple[int, float]]
) -> list[Neighbour]:
    """Rows and scores as answers with words and ranks."""
    return [
        Neighbour(query, rank, vectors.vocabulary[row], score)
        for rank, (row, score) in enumerate(neighbours, 1)
    ]


# -- scorers ---------------------------------------------------------------------------------


def cosine_to(targets: Vector) -> Scorer:
    """Score rows by their cosine to each of `targets` (queries, d); a target without a direction has none."""
    lengths = np.linalg.norm(targets, axis=1, keepdims=True)
    units = (targets / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    nowhere = np.flatnonzero(lengths <= CANCELLED)

    def score(block: Vector, norms: Vector) -> Vector:
        scores: Vector = units @ block.T
        scores /= norms
        if len(nowhere):
            scores[nowhere] = -np.inf
        return scores

    return score


def add_scorer(vectors: WordVectors, queries: list[Query], rows: list[list[int]]) -> Scorer:
    """3CosAdd: the cosine to the weighted sum of the query's unit vectors."""
    units = vectors.units([row for group in rows for row in group])
    weights = np.array([weight for query in queries for weight, _ in query.terms], np.float32)
    starts = np.cumsum([0, *map(len, rows)])[:-1]
    return cosine_to(np.add.reduceat(units * weights[:, None], starts))


def mul_scorer(vectors: WordVectors, queries: list[Query], rows: list[list[int]]) -> Scorer:
    """3CosMul: the product of the cosines to the positive terms over that to the negative ones.

    Cosines are moved to 0..1 by (1 + x) / 2; a weight is the power of its term's factor.
    """
    units = vectors.units([row for group in rows for row in group])
    weights = [[weight for weight, _ in query.terms] for query in queries]

    def score(block: Vector, norms: Vector) -> Vector:
        factors: Vector = units @ block.T
        factors /= norms
        factors += 1
        factors /= 2
        scores = np.empty((len(queries), len(block)), factors.dtype)
        start = 0
        for place, powers in enumerate(weights):
            scores[place] = _ratio(factors[start : start + len(powers)], powers)
            start += len(powers)
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


def pair_scorer(vectors: WordVectors, queries: list[Query], rows: list[list[int]]) -> Scorer:
    """PairDirection: the cosine between x - C and A - B, on unit vectors."""
    units = vectors.units([row for group in rows for row in group])
    units = units.reshape(len(queries), 3, -1)
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


SCORERS: dict[str, Callable[..., Scorer]] = {
    "add": add_scorer,
    "mul": mul_scorer,
    "pair": pair_scorer,
}


# -- the pass over the vocabulary ------------------------------------------------------------


def best(
    vectors: WordVectors,
    scorer: Scorer,
    queries: int,
    k: int,
    excluded: Sequence[set[int]],
    restrict: int | None = None,
) -> list[list[tuple[int, float]]]:
    """The `k` best (row, score) of each query, best first, equal scores in row order."""
    k = min(k, len(vectors))
    found = shortlist(vectors, scorer, queries, k + SLACK, excluded, restrict)
    return [_ranked(vectors, scorer, query, rows)[:k] for query, rows in enumerate(found)]


def shortlist(
    vectors: WordVectors,
    scorer: Scorer,
    queries: int,
    wanted: int,
    excluded: Sequence[set[int]],
    restrict: int | None = None,
) -> list[np.ndarray]:
    """The rows of each query's `wanted` best scores in float32, best first; fewer where there are fewer.

    One pass over the blocks: a row is looked at only where it beats the `wanted`-th best score so far.
    """
    scores = np.full((queries, wanted), -np.inf, np.float32)
    rows = np.full((queries, wanted), -1)
    banned = _pairs(excluded)
    nowhere = vectors.directionless
    for start, block, norms in vectors.blocks(restrict):
        fresh = scorer(block, norms)
        _ban(fresh, banned, start)
        if len(nowhere):  # a zero vector is near to nothing
            low, high = np.searchsorted(nowhere, (start, start + len(block)))
            fresh[:, nowhere[low:high] - start] = -np.inf
        floors = scores[:, -1]
        hit = np.flatnonzero(fresh.max(axis=1) > floors)
        if len(hit):
            own = fresh[hit]
            _merge(scores, rows, hit, own, own > _floors(own, floors[hit], wanted), start)
    return [row[score > -np.inf] for row, score in zip(rows, scores, strict=True)]


def _pairs(excluded: Sequence[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    """(rows, queries) of what is excluded, in row order."""
    pairs = sorted((row, query) for query, own in enumerate(excluded) for row in own)
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _ban(scores: Vector, banned: tuple[np.ndarray, np.ndarray], start: int) -> None:
    """Take the excluded rows of a block out of the running."""
    rows, queries = banned
    low, high = np.searchsorted(rows, (start, start + scores.shape[1]))
    scores[queries[low:high], rows[low:high] - start] = -np.inf


def _floors(own: Vector, floors: Vector, wanted: int) -> Vector:
    """What a score of this block must beat: in a first block just less than its own `wanted`-th best."""
    if own.shape[1] > wanted and floors[0] == -np.inf:
        last = np.partition(own, -wanted, axis=1)[:, -wanted]
        floors = np.nextafter(last, np.float32(-np.inf))
    return floors[:, None]


def _merge(
    scores: Vector, rows: np.ndarray, hit: np.ndarray, own: Vector, beaten: np.ndarray, start: int
) -> None:
    """Take the scores that are `beaten`-marked in a block into the best so far of the queries `hit`."""
    wanted = scores.shape[1]
    place, column = np.nonzero(beaten)
    query = np.concatenate((np.repeat(np.arange(len(hit)), wanted), place))
    score = np.concatenate((scores[hit].ravel(), own[place, column]))
    row = np.concatenate((rows[hit].ravel(), column + start))
    order = np.lexsort((row, -score, query))
    counts = wanted + np.bincount(place, minlength=len(hit))
    firsts = np.cumsum(counts) - counts
    take = order[firsts[:, None] + np.arange(wanted)]
    scores[hit], rows[hit] = score[take], row[take]


def _ranked(
    vectors: WordVectors, scorer: Scorer, query: int, rows: np.ndarray
) -> list[tuple[int, float]]:
    """Rows and their scores, best first. They are scored once more in double precision: the last digit
    of a float32 product depends on how many queries shared it, and an answer must not.
    """
    rows = np.sort(rows)
    block, norms = vectors.exact(rows)
    scores = scorer(block, norms)[query].astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    return [(int(rows[place]), shortest(scores[place])) for place in order]
