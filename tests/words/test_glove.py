"""GloVe: the counts and the training against naive loops."""

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.words.glove import GloVeOptions, train_glove
from lmcli.words.train import cooccurrence
from lmcli.words.train.cooccurrence import cooccurrences

SENTENCES = st.lists(st.lists(st.sampled_from("abcdx"), max_size=12), max_size=8)
COURSE = [
    sentence.split()
    for sentence in (
        "machine learning is a field of artificial intelligence",
        "deep learning is a part of machine learning",
        "neural networks are models of deep learning",
        "word vectors are learned by neural networks",
    )
]
WORDS = list(dict.fromkeys(word for sentence in COURSE for word in sentence))


def naive_counts(sentences, words, window):
    counts = defaultdict(float)
    for sentence in sentences:
        known = [words.index(word) for word in sentence if word in words]
        for i, a in enumerate(known):
            for j in range(max(0, i - window), i):
                counts[a, known[j]] += 1 / (i - j)
                counts[known[j], a] += 1 / (i - j)
    return counts


@given(SENTENCES, st.integers(1, 5))
def test_counts_are_those_of_the_definition(sentences, window):
    words = list("abcd")
    cells = cooccurrences(sentences, words, window)
    expected = naive_counts(sentences, words, window)
    found = dict(
        zip(
            zip(cells.rows.tolist(), cells.columns.tolist(), strict=True), cells.counts, strict=True
        )
    )
    assert found == pytest.approx(dict(expected))
    assert list(found) == sorted(found)


def test_chunks_add_up(monkeypatch):
    whole = cooccurrences(COURSE, WORDS, 3)
    monkeypatch.setattr(cooccurrence, "CHUNK", 5)
    parts = cooccurrences(COURSE, WORDS, 3)
    np.testing.assert_array_equal(whole.rows, parts.rows)
    np.testing.assert_allclose(whole.counts, parts.counts)


def naive_training(cells, size, options, batch):
    """The same steps in loops: gradients of a batch's cells are added up, then AdaGrad moves."""
    rng = np.random.default_rng(options.seed)
    width = options.size + 1
    word, context = (((rng.random((size, width)) - 0.5) / options.size).tolist() for _ in range(2))
    squares = [[[1.0] * width for _ in range(size)] for _ in range(2)]
    losses = []
    for _ in range(options.epochs):
        order = rng.permutation(len(cells)).tolist()
        loss = 0.0
        for start in range(0, len(order), batch):
            gradients = [defaultdict(lambda: [0.0] * width) for _ in range(2)]
            for cell in order[start : start + batch]:
                i, j, x = int(cells.rows[cell]), int(cells.columns[cell]), cells.counts[cell]
                f = min(1.0, (x / options.x_max) ** options.power)
                product = sum(a * b for a, b in zip(word[i][:-1], context[j][:-1], strict=True))
                error = product + word[i][-1] + context[j][-1] - math.log(x)
                loss += f * error**2
                for k in range(width - 1):
                    gradients[0][i][k] += f * error * context[j][k]
                    gradients[1][j][k] += f * error * word[i][k]
                gradients[0][i][-1] += f * error
                gradients[1][j][-1] += f * error
            for table, sums, changes in zip((word, context), squares, gradients, strict=True):
                for row, gradient in changes.items():
                    for k, g in enumerate(gradient):
                        table[row][k] -= options.rate * g / math.sqrt(sums[row][k])
                        sums[row][k] += g * g
        losses.append(loss / len(cells))
    return np.array(word)[:, :-1] + np.array(context)[:, :-1], losses


@pytest.mark.parametrize("batch", [1, 7])
def test_training_equals_the_naive_loop(batch):
    cells = cooccurrences(COURSE, WORDS, 2)
    options = GloVeOptions(size=6, epochs=4, x_max=2, seed=3, batch=batch)
    losses = []
    vectors = train_glove(cells, len(WORDS), options, losses.append)
    expected, expected_losses = naive_training(cells, len(WORDS), options, batch)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-9)


def test_the_loss_falls_in_every_epoch_and_the_seed_fixes_the_vectors():
    cells = cooccurrences(COURSE, WORDS, 2)
    options = GloVeOptions(size=10, epochs=60, x_max=2)
    losses = []
    vectors = train_glove(cells, len(WORDS), options, losses.append)
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert losses[-1] < losses[0] / 2
    np.testing.assert_array_equal(vectors, train_glove(cells, len(WORDS), options, losses.append))
    other = GloVeOptions(size=10, epochs=60, x_max=2, seed=2)
    assert not np.array_equal(vectors, train_glove(cells, len(WORDS), other, losses.append))


@pytest.mark.slow
def test_products_approach_the_logarithms_where_they_can():
    cells = cooccurrences(COURSE, WORDS, 2)
    losses = []
    train_glove(cells, len(WORDS), GloVeOptions(size=20, epochs=500, x_max=1), losses.append)
    assert losses[-1] < 1e-3


def test_lone_words_and_a_wild_rate_are_refused():
    with pytest.raises(BadInput, match="no two words"):
        train_glove(cooccurrences([["a"], ["b"]], ["a", "b"], 2), 2, GloVeOptions(), print)
    cells = cooccurrences(COURSE, WORDS, 2)
    with (
        np.errstate(all="ignore"),
        pytest.raises(LmcliError, match="lower --rate"),
    ):
        train_glove(cells, len(WORDS), GloVeOptions(rate=1e200, epochs=50), lambda _loss: None)
