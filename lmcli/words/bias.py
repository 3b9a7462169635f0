"""What word vectors associate: the Word Embedding Association Test, and words along a direction.

Caliskan, Bryson and Narayanan 2017 (WEAT); Bolukbasi et al. 2016 (gender direction).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lmcli.frame.errors import NoAnswer
from lmcli.vectors.wordvectors import CANCELLED
from lmcli.words.files.wordsets import AssociationTest, ProjectionSet, WordSet
from lmcli.words.principal import principal_components

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import WordVectors

EXACT = 200_000  # partitions of the targets up to which all are counted
SAMPLES = 100_000  # partitions drawn where there are more
BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Association:
    """A WEAT's outcome: targets X - Y, attributes A - B, effect size d, one-sided p.

    d above 0: X is nearer to A, and Y to B, than the other way round. exact: p counts all partitions.
    missing: words without a vector, left out.
    """

    test: str
    targets: str
    attributes: str
    d: float
    p: float
    exact: bool
    published_d: float | None
    published_p: float | None
    missing: list[str]

    PLAIN: ClassVar[tuple[str, ...]] = ("test", "targets", "attributes", "d", "p")


@dataclass(frozen=True, slots=True)
class Projected:
    """A word's cosine to a direction: above 0 on the side of the first words of the pairs."""

    set: str
    word: str
    score: float

    KEY: ClassVar[str] = "set"
    PLAIN: ClassVar[tuple[str, ...]] = ("word", "score")


def associate(
    vectors: WordVectors, test: AssociationTest, *, seed: int = 0, samples: int = SAMPLES
) -> Association:
    """Measure one test. Raises NoAnswer where too few of its words have vectors."""
    missing: list[str] = []
    x, y = (_units(vectors, targets, missing, test.name, 2) for targets in test.targets)
    a, b = (_units(vectors, attributes, missing, test.name, 1) for attributes in test.attributes)
    scores = differential(np.concatenate([x, y]), a, b)
    p, exact = p_value(scores, len(x), seed=seed, samples=samples)
    published_d, published_p = test.published or (None, None)
    return Association(
        test.name,
        " / ".join(targets.name for targets in test.targets),
        " / ".join(attributes.name for attributes in test.attributes),
        effect_size(scores, len(x)),
        p,
        exact,
        published_d,
        published_p,
        list(dict.fromkeys(missing)),
    )


def _units(
    vectors: WordVectors, words: WordSet, missing: list[str], test: str, least: int
) -> np.ndarray:
    """Unit vectors (n, d) of the words that have one; the others are added to `missing`."""
    rows = []
    for word in words.words:
        if has_cosines(vectors, word):
            rows.append(vectors.row(word))
        else:
            missing.append(word)
    if len(rows) < least:
        raise NoAnswer(f"{test}: too few of the {words.name} are in {vectors.name}")
    return vectors.units(rows).astype(np.float64)


def has_cosines(vectors: WordVectors, word: str) -> bool:
    """Whether a word has a vector other than zero."""
    try:
        vectors.directed(word)
    except NoAnswer:
        return False
    return True


def differential(words: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """s(w, A, B) of each word: its mean cosine to A less that to B. All rows of length 1."""
    scores: np.ndarray = words @ a.mean(axis=0) - words @ b.mean(axis=0)
    return scores


def effect_size(scores: np.ndarray, first: int) -> float:
    """Cohen's d: the difference of the means of the first `first` scores and of the others, over the
    standard deviation of all (n - 1), as in the paper. 0 where all scores are alike.
    """
    spread = float(scores.std(ddof=1))
    difference = float(scores[:first].mean() - scores[first:].mean())
    return difference / spread if spread > 0 else 0.0


def p_value(
    scores: np.ndarray, first: int, *, seed: int = 0, samples: int = SAMPLES
) -> tuple[float, bool]:
    """(p, exact): the share of the partitions into sets of these sizes that separate at least as well.

    Counts every partition where there are at most EXACT, otherwise draws `samples`, and counts the one
    observed too, so that p is never 0 (Phipson and Smyth 2010).
    """
    observed = float(scores[:first].sum())
    slack = 1e-12 * (float(np.abs(scores).sum()) or 1.0)  # sums in another order differ in rounding
    count = comb(len(scores), first)
    if count <= EXACT:
        sums = _all_sums(scores, first)
        return sum(int((part >= observed - slack).sum()) for part in sums) / count, True
    sums = _drawn_sums(scores, first, seed, samples)
    reached = sum(int((part >= observed - slack).sum()) for part in sums)
    return (reached + 1) / (samples + 1), False


def _all_sums(scores: np.ndarray, first: int) -> Iterator[np.ndarray]:
    partitions = combinations(range(len(scores)), first)
    while part := list(islice(partitions, BATCH)):
        yield scores[np.array(part)].sum(axis=1)


def _drawn_sums(scores: np.ndarray, first: int, seed: int, samples: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    for start in range(0, samples, BATCH):
        keys = rng.random((min(BATCH, samples - start), len(scores)), dtype=np.float32)
        chosen = np.argpartition(keys, first - 1, axis=1)[:, :first]
        yield scores[chosen].sum(axis=1)


def project_words(vectors: WordVectors, sets: ProjectionSet) -> tuple[list[Projected], list[str]]:
    """(rows, missing): the words by their cosine to the direction of the pairs, highest first.

    Raises UnknownWord or NoAnswer for a word of a pair, NoAnswer where none of the words has a vector.
    """
    axis = direction(vectors, sets.pairs)
    known = [word for word in sets.words if has_cosines(vectors, word)]
    missing = [word for word in sets.words if word not in known]
    if not known:
        raise NoAnswer(f"{sets.name}: none of the words is in {vectors.name}")
    scores = vectors.units([vectors.row(word) for word in known]).astype(np.float64) @ axis
    rows = [
        Projected(sets.name, word, score)
        for word, score in zip(known, scores.tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: -row.score), missing


def direction(vectors: WordVectors, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """The unit vector (d,) from the second words of `pairs` to the first.

    One pair: the difference of its unit vectors. More: the first principal component of the words, each
    pair centred on its middle.
    """
    a = vectors.units([vectors.directed(first) for first, _ in pairs]).astype(np.float64)
    b = vectors.units([vectors.directed(second) for _, second in pairs]).astype(np.float64)
    halves = (a - b) / 2
    if len(pairs) == 1:
        axis = halves[0]
    else:
        axis = principal_components(np.concatenate([halves, -halves]), 1).axes[0]
        axis = axis if (halves @ axis).sum() >= 0 else -axis
    length = float(np.linalg.norm(axis))
    if length <= CANCELLED:
        raise NoAnswer("the pairs span no direction: their words have the same vector")
    return np.asarray(axis / length)
