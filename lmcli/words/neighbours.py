"""Nearest words: one pass over the whole vocabulary scores every word for a batch of queries.

Each block of rows takes one matrix product, so that a thousand queries read the matrix once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias, TypeVar

import numpy as np

from lmcli.frame.errors import LmcliError, NoAnswer
from lmcli.frame.numbers import shortest
from lmcli.vectors.wordvectors import CANCELLED, WordVectors

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector

    # (block of stored rows (n, d), their norms (n,)) -> scores (queries, n)
    Scorer: TypeAlias = Callable[[Vector, Vector], Vector]

Given = TypeVar("Given")
SLACK = 2  # rows looked at beyond the k best, for scores that only rounding parts


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An answer: `score` is a cosine (3CosAdd), a ratio (3CosMul) or a cosine of directions (pair)."""

    query: str
    rank: int
    word: str
    score: float

    KEY: ClassVar[str] = "query"
    PLAIN: ClassVar[tuple[str, ...]] = ("word", "score")


Answers: TypeAlias = list[list[Neighbour] | LmcliError]
"""For each query its answers, best first, or the error that it met."""


class Asked(NamedTuple):
    """A query whose words have vectors: their rows and weights."""

    text: str
    rows: list[int]
    weights: list[float]


def similar(
    vectors: WordVectors, words: Sequence[str], *, k: int = 10, restrict: int | None = None
) -> Answers:
    """The `k` nearest neighbours of each word by cosine; an LmcliError for an unknown one or a zero vector."""

    def ask(text: str) -> Asked:
        word = text.strip()
        return Asked(word, [vectors.directed(word)], [1.0])

    def scorer(vectors: WordVectors, asked: Sequence[Asked]) -> Scorer:
        return cosine_to(vectors.units([row for one in asked for row in one.rows]))

    return answers_of(vectors, words, ask, scorer, k=k, restrict=restrict)


def answers_of(
    vectors: WordVectors,
    given: Sequence[Given],
    ask: Callable[[Given], Asked],
    scorer: Callable[[WordVectors, Sequence[Asked]], Scorer],
    *,
    k: int,
    restrict: int | None = None,
    include_inputs: bool = False,
) -> Answers:
    """The `k` best words for each of `given`, in order; the LmcliError that `ask` raised in the place of some.

    restrict: only the most frequent N words can be answers. include_inputs: the query's own words too.
    """
    answers: Answers = []
    sound: dict[int, Asked] = {}
    for place, one in enumerate(given):
        try:
            sound[place] = ask(one)
            answers.append([])
        except LmcliError as error:
            answers.append(error)
    if sound:
        asked = list(sound.values())
        excluded = [set() if include_inputs else set(one.rows) for one in asked]
        found = best(vectors, scorer(vectors, asked), len(asked), k, excluded, restrict)
        for (place, query), rows in zip(sound.items(), found, strict=True):
            answers[place] = [
                Neighbour(query.text, rank, vectors.vocabulary[row], score)
                for rank, (row, score) in enumerate(rows, 1)
            ] or _nobody(restrict)
    return answers


def _nobody(restrict: int | None) -> NoAnswer:
    """The error where every word that may be an answer stands in the query."""
    hint = "allow more with --restrict" if restrict else None
    return NoAnswer("no word is left to be an answer", hint)


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
