"""WEAT and projections against their definitions."""

from itertools import combinations
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.frame.errors import NoAnswer, UnknownWord
from lmcli.words.bias import (
    associate,
    differential,
    direction,
    effect_size,
    p_value,
    project_words,
)
from lmcli.words.files.wordsets import AssociationTest, ProjectionSet, WordSet, read_sets

SCORES = st.lists(st.floats(-1, 1, width=16), min_size=4, max_size=9)


def cosine(a, b):
    return float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))


def test_effect_size_is_that_of_the_paper():
    rng = np.random.default_rng(1)
    x, y, a, b = (rng.normal(size=(n, 5)) for n in (3, 4, 2, 5))

    def s(w):
        return mean(cosine(w, v) for v in a) - mean(cosine(w, v) for v in b)

    scores = [s(w) for w in [*x, *y]]
    expected = (mean(scores[:3]) - mean(scores[3:])) / stdev(scores)
    x, y, a, b = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (x, y, a, b))
    found = differential(np.concatenate([x, y]), a, b)
    np.testing.assert_allclose(found, scores)
    assert effect_size(found, 3) == pytest.approx(expected)


@given(SCORES, st.integers(1, 3))
def test_the_exact_p_value_counts_every_partition(scores, first):
    p, exact = p_value(np.array(scores), first)
    observed = sum(scores[:first])
    sums = [sum(part) for part in combinations(scores, first)]
    assert exact
    assert p == pytest.approx(sum(one >= observed - 1e-9 for one in sums) / len(sums))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_the_drawn_p_value_comes_near_the_exact_one(seed):
    scores = np.random.default_rng(seed).normal(size=24)  # 2,704,156 partitions
    p, exact = p_value(scores, 12, samples=20_000, seed=seed)
    assert not exact and 0 < p <= 1
    # by the normal approximation of a sum drawn without replacement
    spread = np.sqrt(12 * 12 / 24 * scores.var(ddof=1))
    z = (scores[:12].sum() - 12 * scores.mean()) / spread
    tail = 0.5 * (1 - np.vectorize(__import__("math").erf)(z / np.sqrt(2)))
    assert p == pytest.approx(float(tail), abs=0.03)


def test_the_same_seed_draws_the_same_partitions():
    scores = np.random.default_rng(0).normal(size=50)
    assert p_value(scores, 25, seed=3) == p_value(scores, 25, seed=3)
    assert p_value(scores, 25, seed=3) != p_value(scores, 25, seed=4)


def test_swapping_the_targets_turns_the_sign(glove):
    test = read_sets()["weat-6"]
    swapped = AssociationTest("swapped", test.targets[::-1], test.attributes)
    there, back = associate(glove, test), associate(glove, swapped)
    assert there.d == pytest.approx(-back.d) and there.exact and back.exact
    assert there.p + back.p == pytest.approx(1, abs=1e-3)


def test_missing_words_are_reported_and_left_out(glove):
    test = read_sets()["weat-1"]
    assert associate(glove, test, samples=100).missing == ["gladiola"]


def test_a_set_without_words_has_no_answer(glove):
    nobody = WordSet("nobody", ("qqqqq", "zzzzzz"))
    known = WordSet("known", ("cat", "dog"))
    with pytest.raises(NoAnswer, match="too few of the nobody"):
        associate(glove, AssociationTest("t", (nobody, known), (known, known)))


def test_the_direction_of_one_pair_is_its_difference(make):
    vectors = make(["she", "he", "nurse", "smith"], [[0, 2], [3, 0], [0.1, 0.9], [0.9, 0.1]])
    np.testing.assert_allclose(direction(vectors, [("she", "he")]), [-(0.5**0.5), 0.5**0.5])
    sets = ProjectionSet("jobs", (("she", "he"),), ("smith", "nobody", "nurse"))
    rows, missing = project_words(vectors, sets)
    assert [row.word for row in rows] == ["nurse", "smith"] and missing == ["nobody"]
    assert rows[0].score == pytest.approx(cosine([0.1, 0.9], [-1, 1]), abs=1e-6)


def test_the_direction_of_several_pairs_lies_between_them_and_points_to_the_first(glove):
    pairs = (("woman", "man"), ("she", "he"), ("girl", "boy"))
    axis = direction(glove, pairs)
    assert np.linalg.norm(axis) == pytest.approx(1)
    assert all(axis @ direction(glove, [pair]) > 0.5 for pair in pairs)
    np.testing.assert_allclose(direction(glove, [(b, a) for a, b in pairs]), -axis, atol=1e-7)


def test_pairs_without_a_direction_are_refused(glove):
    with pytest.raises(NoAnswer, match="no direction"):
        direction(glove, [("she", "she")])
    with pytest.raises(UnknownWord):
        direction(glove, [("she", "qqqqq")])


def test_nurses_lie_toward_she_and_captains_toward_he(glove):
    rows, _ = project_words(glove, read_sets()["occupations"])
    scores = {row.word: row.score for row in rows}
    assert scores["nurse"] > 0.2 and scores["captain"] < -0.2
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
