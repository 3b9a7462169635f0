"""The pass over the vocabulary against the definition written out, and the course's analogies."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmcli.frame.errors import NoAnswer
from lmcli.vectors import wordvectors as vectors_module
from lmcli.vectors.writing import write_vectors
from lmcli.words.analogy import solve
from lmcli.words.comparison import odd, similarity
from lmcli.words.neighbours import best, cosine_to, similar
from lmcli.words.projection import project

WORDS = [f"w{row}" for row in range(40)]


def unit(matrix):
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(
    matrix=arrays(np.float32, (40, 5), elements=st.floats(-4, 4, width=32)),
    k=st.integers(1, 45),
    excluded=st.sets(st.integers(0, 39), max_size=4),
    restrict=st.one_of(st.none(), st.integers(1, 50)),
    block=st.integers(1, 50),
)
def test_best_equals_a_full_sort(tmp_path_factory, matrix, k, excluded, restrict, block):
    matrix[:, 0] += 9  # no zero rows: a cosine needs a direction
    folder = tmp_path_factory.mktemp("model")
    model = write_vectors(folder, WORDS, matrix, {"name": "made"})
    vectors = vectors_module.WordVectors.open(model)
    target = matrix[:1] * 2
    before, vectors_module.BLOCK = vectors_module.BLOCK, block
    try:
        (found,) = best(vectors, cosine_to(target), 1, k, [excluded], restrict)
    finally:
        vectors_module.BLOCK = before
    cosines = (unit(matrix) @ unit(target).T)[:, 0]
    rows = [row for row in range(40)[:restrict] if row not in excluded]
    expected = sorted((cosines[row] for row in rows), reverse=True)[:k]
    assert [row for row, _ in found] == [row for row, _ in dict(found).items()]
    assert not excluded.intersection(row for row, _ in found)
    np.testing.assert_allclose([score for _, score in found], expected, atol=1e-5)
    np.testing.assert_allclose([cosines[row] for row, _ in found], expected, atol=1e-5)


def test_equal_scores_stand_in_the_order_of_frequency(make):
    vectors = make(["a", "b", "c", "d"], [[1, 0], [2, 0], [3, 0], [0, 1]])
    (rows,) = similar(vectors, ["b"], k=3)
    assert [row.word for row in rows] == ["a", "c", "d"]


def test_a_zero_vector_is_no_trap(make):
    vectors = make(["a", "zero", "b"], [[1, 0], [0, 0], [1, 1]], int8=True)
    (none, rows) = similar(vectors, ["zero", "a"], k=5)
    assert isinstance(none, NoAnswer) and [row.word for row in rows] == ["b"]


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("scale", [1e19, 1e30, 1e37, 1e-30, 1e-37])
@pytest.mark.parametrize("method", ["add", "mul", "pair"])
@pytest.mark.filterwarnings("error")
def test_the_size_of_vectors_changes_no_cosine(make, scale, int8, method, tmp_path_factory):
    matrix = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
    plain = make(WORDS, matrix, int8=int8)
    folder = tmp_path_factory.mktemp("scaled")
    scaled = (matrix.astype(np.float64) * scale).astype(np.float32)
    model = write_vectors(folder, WORDS, scaled, {"name": "scaled"}, int8=int8)
    vectors = vectors_module.WordVectors.open(model)
    for ask in (
        lambda vectors: solve(vectors, ["w3 w5 w7"], k=9, method=method)[0],
        lambda vectors: similar(vectors, ["w3"], k=9)[0],
    ):
        wanted, found = ask(plain), ask(vectors)
        assert [row.word for row in found] == [row.word for row in wanted]
        np.testing.assert_allclose(
            [row.score for row in found], [row.score for row in wanted], atol=1e-4
        )


def test_many_unknown_words_cost_little_more_than_one(glove):
    began = process_time()
    for number in range(100):
        glove.vocabulary.other_forms(f"unknwon{number}")
        glove.vocabulary.nearest_spellings(f"unknwon{number}")
    assert process_time() - began < 2.5  # a search through the whole text for each took 8 s


@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_keep_their_values(make, tmp_path):
    large = np.finfo(np.float32).max
    matrix = np.array([[large, 1e38], [-large, 3e38], [1, 2]], np.float32)
    vectors = make(["a", "b", "c"], matrix, int8=True)
    np.testing.assert_allclose(vectors.vectors(range(3)), matrix, rtol=0.01)
    points = project(vectors, ["a", "b", "c"]).points
    assert all(np.isfinite([point.x, point.y]).all() for point in points)


@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_have_cosines(make):
    large = np.finfo(np.float32).max
    vectors = make(["a", "b", "c"], [[large, large], [large, 0], [1e-45, 1e-45]])
    (rows,) = similar(vectors, ["a"], k=2)
    assert [(row.word, round(row.score, 5)) for row in rows] == [("c", 1.0), ("b", 0.70711)]
    assert abs(similarity(vectors, ["b", "c"]).score - 0.70711) < 1e-5


def test_norms_that_overflowed_on_disk_are_measured_again(make):
    vectors = make(["a", "b", "c"], [[1e30, 0], [1e30, 1e30], [1, 0]])
    vectors.norms = np.array([np.inf, np.inf, 1], np.float32)  # as float32 sums of squares give
    (rows,) = similar(vectors, ["a"], k=2)
    assert [(row.word, round(row.score, 5)) for row in rows] == [("c", 1.0), ("b", 0.70711)]


def test_numbers_that_are_not_finite_hide_no_other_row(make):
    vectors = make(["a", "bad", "b"], [[1, 0], [np.nan, 1], [1, 1]])
    none, rows = similar(vectors, ["bad", "a"], k=5)
    assert isinstance(none, NoAnswer) and [row.word for row in rows] == ["b"]


def test_a_group_whose_mean_is_zero_has_no_odd_word(make):
    vectors = make(["n", "e", "s", "w"], [[0, 1], [1, 0], [0, -1], [-1, 0]])
    with pytest.raises(NoAnswer, match="mean is zero"):
        odd(vectors, ["n", "e", "s", "w"])


def test_int8_stays_close_to_float(make, tmp_path):
    matrix = np.random.default_rng(2).normal(size=(40, 50)).astype(np.float32)
    small = make(WORDS, matrix, int8=True)
    np.testing.assert_allclose(small.vectors(range(40)), matrix, atol=0.02)
    assert small.matrix.dtype == np.int8
