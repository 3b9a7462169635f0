"""Correlation: by hand, and the laws of ranks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.vectors.correlation import pearson, ranks, spearman


def test_by_hand():
    assert math.isclose(pearson([1, 2, 3], [2, 4, 6]), 1)
    assert math.isclose(spearman([1, 2, 3, 4], [10, 100, 1000, 9]), -0.2)
    assert ranks([3.0, 1.0, 3.0]).tolist() == [2.5, 1, 2.5]
    assert math.isnan(pearson([1, 1], [1, 2]))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e308, 1e200, 1e-200, 1e-307])
def test_the_size_of_values_does_not_matter(scale):
    assert math.isclose(pearson([1 * scale, 0.5 * scale, 0.2 * scale], [10, 5, 2]), 1)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=20))
def test_ranks_sum_to_what_they_must(values):
    assert ranks(values).sum() == len(values) * (len(values) + 1) / 2
