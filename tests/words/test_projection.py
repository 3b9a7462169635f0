"""PCA: against the eigenvectors of the covariance, and on points whose components are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmcli.frame.errors import BadUsage, UnknownWord
from lmcli.words.principal import principal_components
from lmcli.words.projection import project, read_pairs

MATRICES = arrays(
    float, st.tuples(st.integers(2, 8), st.integers(1, 6)), elements=st.floats(-10, 10, width=32)
)


@given(MATRICES)
def test_components_are_those_of_the_covariance(matrix):
    found = principal_components(matrix, 2)
    centred = matrix - matrix.mean(axis=0)
    values = np.sort(np.linalg.eigvalsh(centred.T @ centred))[::-1]
    sizes = (found.scores**2).sum(axis=0)
    np.testing.assert_allclose(sizes[: len(values)], values[:2], atol=1e-6)
    np.testing.assert_allclose(centred @ found.axes.T, found.scores, atol=1e-6)
    assert 0 <= found.shares.sum() <= 1 + 1e-9


@given(MATRICES)
def test_each_axis_has_its_largest_weight_positive(matrix):
    for axis in principal_components(matrix, 2).axes:
        assert axis[np.abs(axis).argmax()] >= 0


def test_points_on_a_line_have_one_component():
    found = principal_components(np.array([[0.0, 0, 0], [3, 4, 0], [6, 8, 0]]), 2)
    np.testing.assert_allclose(found.scores, [[-5, 0], [0, 0], [5, 0]], atol=1e-12)
    np.testing.assert_allclose(found.shares, [1, 0], atol=1e-12)


def test_words_keep_their_order_and_count_once(make):
    vectors = make(["a", "b", "c"], [[0, 0], [2, 0], [0, 1]])
    once, twice = project(vectors, ["c", "a", "b"]), project(vectors, ["c", "a", "c", "b"])
    assert [point.word for point in once.points] == ["c", "a", "b"] and once == twice
    assert once.explained[0] > once.explained[1] > 0
    assert sum(once.explained) == pytest.approx(1)
    assert once.place("b").x == max(point.x for point in once.points)


def test_one_word_and_unknown_words_are_refused(make):
    vectors = make(["a", "b"], [[0, 0], [2, 0]])
    with pytest.raises(BadUsage, match="two words"):
        project(vectors, ["a", "a"])
    with pytest.raises(UnknownWord):
        project(vectors, ["a", "nobody"])


def test_pairs_are_read_and_others_refused():
    assert read_pairs(["a:b, c:d", "e:f"]) == [("a", "b"), ("c", "d"), ("e", "f")]
    for text in ("ab", "a:", ":b", "a:b:c", "a:b,,c:d"):
        with pytest.raises(BadUsage, match="pair"):
            read_pairs([text])
