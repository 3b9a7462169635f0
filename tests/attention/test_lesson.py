"""The lesson: its numbers follow from each other."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.attention.lesson import encodings, shifted, walk
from lmcli.frame.errors import BadUsage, NoAnswer


def by_name(steps):
    return {step.step: step.values for step in steps}


def test_one_head_step_by_step():
    s = by_name(walk("the cat sat"))
    assert np.allclose(s["Q"], s["X"] @ s["W_Q"])
    assert np.allclose(s["scores"], s["Q"] @ s["K"].T)
    assert np.allclose(s["scaled"], s["scores"] / 2)
    raised = np.exp(s["scaled"])
    assert np.allclose(s["weights"], raised / raised.sum(axis=1, keepdims=True))
    assert np.allclose(s["output"], s["weights"] @ s["V"])


def test_two_heads_end_with_their_joining():
    s = by_name(walk("the cat sat", d=6, heads=2))
    assert np.allclose(s["heads"], np.hstack([s["head 1"], s["head 2"]]))
    assert np.allclose(s["output"], s["heads"] @ s["W_O"])
    assert s["scores 1"].shape == (3, 3)
    assert np.allclose(s["Q, head 2"], s["Q"][:, 3:])


def test_causal_words_do_not_look_ahead():
    s = by_name(walk("the cat sat", causal=True))
    assert np.isneginf(s["scaled"][np.triu_indices(3, 1)]).all()
    assert np.allclose(s["weights"][0], [1, 0, 0])


def test_a_seed_fixes_the_numbers_and_a_word_its_vector():
    assert np.array_equal(walk("a b a")[0].values, walk("a b a")[0].values)
    assert not np.array_equal(walk("a b", seed=1)[0].values, walk("a b", seed=2)[0].values)
    X = walk("a b a")[0].values
    assert np.array_equal(X[0], X[2])


def test_positions_and_their_shift():
    rows = encodings(3, 4)
    assert rows[0].encoding.tolist() == [0, 1, 0, 1]
    found = shifted(50, 64, 7)
    assert found.map.shape == (64, 64)
    assert found.error < 1e-12


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadUsage, match="3 heads cannot share 4"):
        walk("a b", heads=3)
    with pytest.raises(BadUsage, match="odd"):
        encodings(4, 5)
    with pytest.raises(BadUsage, match="too many"):
        walk("a " * 1025)
    with pytest.raises(NoAnswer):
        walk(" ")
