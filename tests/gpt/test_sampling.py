"""Sampling against its definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmcli.frame.errors import BadUsage
from lmcli.gpt.request import Sampling
from lmcli.gpt.sampling import Sampler, kept
from lmcli.nn.decoding.logits import likeliest, log_softmax

logits_of = arrays(np.float32, st.integers(2, 60), elements=st.floats(-20, 20, width=32))


@given(logits_of)
def test_log_softmax(logits):
    exact = logits.astype(float)
    wanted = exact - exact.max() - math.log(np.exp(exact - exact.max()).sum())
    np.testing.assert_allclose(log_softmax(logits), wanted, atol=1e-12)


@given(
    logits_of,
    st.floats(0.05, 5),
    st.integers(0, 70),
    st.floats(0.01, 1.0),
    st.floats(0.0, 1.0),
)
def test_filters_keep_what_their_definitions_say(logits, temperature, top_k, top_p, min_p):
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    ids, probabilities = kept(logits, sampling)
    order = np.argsort(-logits, kind="stable")[: top_k or None]
    weights = np.exp((logits[order].astype(float) - logits.max()) / temperature)
    weights /= weights.sum()
    wanted = []
    for place, weight in enumerate(weights):
        before = weights[:place].sum()
        if place and (before >= top_p - 1e-12 or weight < min_p * weights[0]):
            break
        wanted.append(order[place])
    assert abs(len(ids) - len(wanted)) <= 1  # a sum at the very edge may fall either way
    common = min(len(ids), len(wanted))
    assert ids[:common].tolist() == wanted[:common]
    assert probabilities.sum() == pytest.approx(1)
    assert (np.diff(probabilities) <= 1e-12).all()


@given(st.integers(0, 3000))
def test_a_partition_gives_the_same_as_sorting(count):
    logits = np.random.default_rng(count).integers(0, 50, 3000).astype(np.float32)
    wanted = np.argsort(-logits, kind="stable")[:count]
    assert likeliest(logits, max(count, 1)).tolist()[:count] == wanted.tolist()


def test_draws_follow_the_probabilities():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    for sampling in (Sampling(), Sampling(top_p=0.99)):
        sampler = Sampler(sampling, 3)
        counts = np.bincount([sampler.draw(logits) for _ in range(4000)], minlength=4) / 4000
        np.testing.assert_allclose(counts, [0.5, 0.3, 0.15, 0.05], atol=0.03)


def test_a_seed_fixes_the_draws():
    logits = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    first, second = Sampler(Sampling(), 7), Sampler(Sampling(), 7)
    assert [first.draw(logits) for _ in range(20)] == [second.draw(logits) for _ in range(20)]


def test_greedy_takes_the_first_of_equals():
    assert Sampler(Sampling(temperature=0), 0).draw(np.array([1, 5, 5, 2], np.float32)) == 1


def test_a_tiny_temperature_is_greedy():
    ids, probabilities = kept(np.array([1, 5, 4], np.float32), Sampling(temperature=1e-300))
    assert ids[0] == 1 and probabilities[0] == 1


def test_the_repeat_penalty_divides_positive_and_multiplies_negative():
    logits = np.array([2.0, 1.9, -1.0], np.float32)
    sampler = Sampler(Sampling(temperature=0, repeat_penalty=1.2), 0)
    assert sampler.draw(logits) == 0
    assert sampler.draw(logits, [0]) == 1
    assert logits.tolist() == pytest.approx([2.0, 1.9, -1.0])


@pytest.mark.parametrize(
    "setting",
    [{"temperature": math.nan}, {"temperature": -1}, {"top_p": 0}, {"top_p": 1.5}, {"min_p": -0.1},
     {"repeat_penalty": 0}, {"top_k": -1}, {"temperature": math.inf}],
)  # fmt: skip
def test_numbers_out_of_range(setting):
    with pytest.raises(BadUsage, match="out of range"):
        Sampling(**setting)
