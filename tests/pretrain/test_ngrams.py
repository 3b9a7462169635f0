"""The bounds by hand, and the power law of points that lie on one."""

import math

import numpy as np
import pytest

from lmcli.pretrain.ngrams import bounds
from lmcli.pretrain.powerlaw import fit


def test_bounds_of_a_text_that_can_be_counted():
    learned, held = np.array([0, 1, 0, 1, 0, 2]), np.array([0, 1, 0])
    found = bounds(learned, held, 3)
    assert found["uniform"] == pytest.approx(math.log(3))
    one = {0: 4 / 9, 1: 3 / 9, 2: 2 / 9}
    assert found["unigram"] == pytest.approx(-np.mean([math.log(one[t]) for t in (0, 1, 0)]))
    # after 0: 1 twice, 2 once (N = 3, T = 2); after 1: 0 twice (N = 2, T = 1)
    two = [one[0], (2 + 2 * one[1]) / 5, (2 + one[0]) / 3]
    assert found["bigram"] == pytest.approx(-np.mean(np.log(two)))
    # after 0 1: 0 twice
    three = [two[0], two[1], (2 + two[2]) / 3]
    assert found["trigram"] == pytest.approx(-np.mean(np.log(three)))


def test_probabilities_of_one_context_add_up_to_one():
    learned = np.random.default_rng(0).integers(0, 4, 500)
    total = 0.0
    for last in range(4):
        with_it, before = bounds(learned, np.array([1, 2, last]), 4), np.array([1, 2])
        rest = bounds(learned, before, 4)
        total += math.exp(-(3 * with_it["trigram"] - 2 * rest["trigram"]))
    assert total == pytest.approx(1)


def test_a_power_law_is_found_again():
    sizes = [1e4, 1e5, 1e6, 1e7]
    exact = fit(sizes, [9 * size**-0.07 for size in sizes])
    assert exact.exponent == pytest.approx(0.07) and exact.factor == pytest.approx(9)
    assert exact.high - exact.low < 1e-9
    rough = fit(
        sizes, [9 * size**-0.07 * (1.05 if at % 2 else 0.95) for at, size in enumerate(sizes)]
    )
    assert rough.low < 0.07 < rough.high and rough.high - rough.low > 0.02
