"""The analogy methods against their definitions written out, and the course's analogies."""

import numpy as np
import pytest

from lmcli.frame.errors import BadUsage, NoAnswer, UnknownWord
from lmcli.words.analogy import solve
from lmcli.words.neighbours import Neighbour
from tests.words.test_neighbours import WORDS, unit


@pytest.mark.parametrize("method", ["add", "mul", "pair"])
def test_methods_equal_their_definitions(make, method):
    random = np.random.default_rng(1)
    matrix = random.normal(size=(40, 6)).astype(np.float32)
    vectors = make(WORDS, matrix)
    (rows,) = solve(vectors, ["w3 w5 w7"], k=37, method=method)
    units = unit(matrix)
    a, b, c = units[3], units[5], units[7]
    if method == "add":
        scores = units @ (a - b + c) / np.linalg.norm(a - b + c)
    elif method == "mul":
        shifted = (1 + units @ np.stack([a, b, c], 1)) / 2
        scores = shifted[:, 0] * shifted[:, 2] / (shifted[:, 1] + 1e-6)
    else:
        away = units - c
        with np.errstate(invalid="ignore"):
            scores = away @ (a - b) / np.linalg.norm(away, axis=1) / np.linalg.norm(a - b)
    order = [row for row in np.argsort(-scores) if row not in (3, 5, 7)]
    assert [row.word for row in rows] == [f"w{row}" for row in order]
    np.testing.assert_allclose([row.score for row in rows], scores[order], atol=1e-4)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("king man woman", "queen"),
        ("king - man + woman", "queen"),
        ("france - paris + rome", "italy"),
        ("paris france italy", "rome"),
        ("small + larger - large", "smaller"),
        ("spain + german - germany", "spanish"),
        ("2*king - 2*man + 2*woman", "queen"),
        ("King Man Woman", "queen"),
    ],
)
def test_the_courses_analogies(glove, query, answer):
    (rows,) = solve(glove, [query], k=1)
    assert rows == [Neighbour(query, 1, answer, rows[0].score)]


def test_the_raw_nearest_vector_is_an_input(glove):
    (rows,) = solve(glove, ["king man woman"], k=2, include_inputs=True)
    assert [row.word for row in rows] == ["king", "queen"]


def test_a_batch_answers_each_as_alone(glove):
    queries = ["king man woman", "king man wmoan", "king man", "paris france italy"]
    together = solve(glove, queries, k=4)
    assert isinstance(together[1], UnknownWord) and isinstance(together[2], BadUsage)
    for query, rows in zip(queries, together, strict=True):
        (alone,) = solve(glove, [query], k=4)
        if isinstance(rows, list):
            assert rows == alone


def test_restrict_keeps_to_frequent_words(glove):
    (rows,) = solve(glove, ["king man woman"], k=50, restrict=1000)
    assert len(rows) == 50
    assert all(glove.vocabulary.find(row.word) < 1000 for row in rows)


def test_pair_direction_takes_three_words_only(glove):
    (answer,) = solve(glove, ["king - man"], method="pair")
    assert isinstance(answer, BadUsage)


@pytest.mark.parametrize(
    ("query", "method"),
    [("a twin c", "pair"), ("a - twin", "add"), ("1000000*a - 1000000*twin", "add")],
)
def test_different_words_of_one_direction_cancel_out(make, query, method):
    vectors = make(["a", "twin", "c", "d"], [[0.3, 0.7], [0.6, 1.4], [1, 0], [0, 1]])
    (answer,) = solve(vectors, [query], method=method)
    assert isinstance(answer, NoAnswer) and "cancel each other out" in str(answer)
