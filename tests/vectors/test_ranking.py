"""Exact search over a matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput
from lmcli.vectors.ranking import best_rows


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 20), st.integers(1, 3))
def test_best_rows_are_those_of_a_full_sort(n, k, q):
    rng = np.random.default_rng(n * 31 + k)
    vectors = rng.normal(size=(n, 5)).astype(np.float32)
    queries = rng.normal(size=(q, 5)).astype(np.float32)
    import lmcli.vectors.ranking as module

    block, module.BLOCK = module.BLOCK, 64
    try:
        rows, scores = best_rows(vectors, queries, k)
    finally:
        module.BLOCK = block
    full = queries @ vectors.T
    assert np.allclose(scores, -np.sort(-full, axis=1)[:, :k], atol=1e-6)
    assert np.allclose(np.take_along_axis(full, rows, axis=1), scores, atol=1e-6)


def test_zero_rows_come_after_all_others():
    vectors = np.array([[0, 0], [-1, 0], [0, 1], [1, 0], [0, 0]], np.float32)
    rows, scores = best_rows(vectors, np.array([[1, 0]], np.float32), 5)
    assert rows[0].tolist()[:3] == [3, 2, 1] and scores[0].tolist()[:3] == [1, 0, -1]
    assert np.isneginf(scores[0][3:]).all()


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e38])
def test_numbers_that_no_model_made_are_no_answer(number):
    vectors = np.full((3, 8), 0.3, np.float32)
    vectors[1] = number
    with pytest.raises(BadInput, match="damaged"):
        best_rows(vectors, np.full((1, 8), 10, np.float32), 2)
