"""Vectors from words: tokens, means, weights, the common direction."""

from __future__ import annotations

import os
import unicodedata

import numpy as np
import pytest

from lmcli.frame.models import Registry
from lmcli.sentences.bags import (
    MeanOfWords,
    SmoothInverseFrequency,
    common_direction,
    tokens,
    zipf,
)
from lmcli.vectors.wordvectors import WordVectors
from lmcli.vectors.writing import write_vectors


@pytest.fixture(scope="module")
def vectors():
    return WordVectors.open(Registry(os.environ).find("glove-50d"))


def test_tokens_are_glove_s():
    assert tokens("Didn’t the cat's mat, U.S.-made, cost?") == [
        *("did", "n't", "the", "cat", "'s", "mat", "u.s"),
        *("made", "cost"),
    ]


def test_the_mean_is_the_mean(vectors):
    mean = MeanOfWords(vectors)
    rows = [vectors.row(word) for word in ("the", "cat", "sat")]
    expected = vectors.vectors(rows).mean(axis=0)
    (got,) = mean.encode(["The cat sat!"])
    assert np.allclose(got, expected / np.linalg.norm(expected), atol=1e-6)


def test_unknown_words_are_passed_over_and_nothing_known_is_zero(vectors):
    mean = MeanOfWords(vectors)
    known, some, none = mean.encode(["cat", "cat qqzzxx", "qqzzxx"])
    assert np.array_equal(known, some)
    assert not none.any()


def test_neither_sees_order(vectors):
    for method in (MeanOfWords(vectors), SmoothInverseFrequency(vectors)):
        a, b = method.encode(["dog bites man", "man bites dog"])
        assert a @ b > 1 - 1e-6


def test_sif_by_hand(vectors):
    sif = SmoothInverseFrequency(vectors)
    p = zipf(len(vectors))
    assert abs(p.sum() - 1) < 1e-9
    rows = [vectors.row(word) for word in ("the", "cat")]
    weights = 1e-3 / (1e-3 + p[rows])
    assert weights[0] < 0.05 < 0.9 < weights[1]  # the counts for nothing, cat for nearly all
    sentence = weights @ vectors.vectors(rows)
    sentence -= sif._common * (sif._common @ sentence)
    (got,) = sif.encode(["the cat"])
    assert np.allclose(got, sentence / np.linalg.norm(sentence), atol=1e-5)


def test_common_direction_is_that_of_drawn_sentences():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 6)).astype(np.float32) + np.array([1, 0, 0, 0, 0, 0])
    p = zipf(50)
    drawn = rng.choice(50, size=(20_000, 10), p=p)
    sentences = x[drawn].mean(axis=1)
    sampled = np.linalg.svd(sentences, full_matrices=False)[2][0]
    assert abs(sampled @ common_direction(x, p, np.ones(50))) > 0.999


def test_sif_tells_sentences_apart_that_share_only_small_words(vectors):
    pair = ["the cat is on the mat", "the tax is on the house"]
    mean, sif = (
        method.encode(pair) for method in (MeanOfWords(vectors), SmoothInverseFrequency(vectors))
    )
    assert sif[0] @ sif[1] < mean[0] @ mean[1] - 0.2


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", ["हिन्दी भाषा", "ภาษาไทย ที่นี่", "العَرَبِيَّة لُغَة", "café x\u0302y"])
def test_no_word_is_torn_at_a_mark(text, form):
    words = unicodedata.normalize("NFC", text).split()
    assert tokens(unicodedata.normalize(form, text)) == words


@pytest.fixture
def small(tmp_path):
    """Vectors with large numbers, opposite ones and a zero vector."""
    matrix = np.array([[3e38, 0], [3e38, 1e38], [-3e38, 0], [0, 0]], np.float32)
    words = ["large", "larger", "opposite", "zero"]
    return WordVectors.open(write_vectors(tmp_path, words, matrix, {"name": "small"}))


@pytest.mark.filterwarnings("error")
def test_large_numbers_add_up(small):
    (got,) = MeanOfWords(small).encode(["large larger large larger"])
    expected = np.array([6, 1]) / np.hypot(6, 1)
    assert np.allclose(got, expected, atol=1e-6)


@pytest.mark.filterwarnings("error")
def test_what_cancels_out_or_is_zero_has_no_vector(small):
    for text in ("zero", "zero zero", "large opposite"):
        assert not MeanOfWords(small).encode([text]).any()
    assert not SmoothInverseFrequency(small).encode(["zero"]).any()
