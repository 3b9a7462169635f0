"""Leave-one-out: what is known of a bag of words is found; words of both languages."""

from __future__ import annotations

import pytest

from lmcli.classify.labelling import Keep, deciding, label
from lmcli.classify.reasons import Weight, runs, weigh, words


def found(text, known=()):
    return [text[start:end] for start, end in words(text, known)]


def test_words():
    assert found("I don't like well-made films -- at all!") == [
        "I",
        "don't",
        "like",
        "well-made",
        "films",
        "at",
        "all",
    ]
    assert found("这部电影太好看了", {"电影", "好看", "这部"}) == [
        "这部",
        "电影",
        "太",
        "好看",
        "了",
    ]
    assert found("iPhone很好, 真好") == ["iPhone", "很", "好", "真", "好"]
    assert found("") == found("?!") == []


def test_the_weights_of_a_bag_are_its_own(opened):
    text = "The film is not great"
    weights = weigh(opened(), text, [0, 1])
    assert [(word.word, word.weight) for word in weights[1]] == [
        ("The", 0), ("film", 0), ("is", 0), ("not", -1), ("great", 3)
    ]  # fmt: skip
    assert [word.weight for word in weights[0]] == [0, 0, 0, 1, -3]
    assert all(text[word.start : word.end] == word.word for word in weights[1])


def test_several_labels_have_weights_of_their_own(opened):
    weights = weigh(opened("topics"), "great war", [0, 1])
    assert [word.weight for word in weights[0]] == [0, 0]
    assert [word.weight for word in weights[1]] == [3, 0]


def test_long_texts_are_weighed_in_runs(opened):
    weights = weigh(opened(), "good " * 60, [1])[1]
    assert len(weights) == 60 and {word.weight for word in weights} == {2}
    beyond = weigh(opened(), "good " * 64 + "awful", [1])[1]
    assert sum(word.weight for word in beyond) == 128  # what was not read decides nothing
    assert runs([(i, i + 1) for i in range(250)], 100)[:2] == [(0, 3), (3, 6)]
    assert len(runs([(i, i + 1) for i in range(250)], 100)) == 84


def test_the_words_that_decided():
    given = [Weight("a", 0, 1, 0.1), Weight("b", 1, 2, -4.0), Weight("c", 2, 3, 2.0)]
    assert [word.word for word in deciding(given)] == ["b", "c"]
    assert deciding([]) == deciding([Weight("a", 0, 1, 0.0)]) == []


@pytest.mark.parametrize(
    ("k", "names"), [(None, ["fun"]), (2, ["fun", "art"]), (9, ["fun", "art", "war"])]
)
def test_labels_kept(opened, k, names):
    model = opened("topics")
    (answer,) = label(model, ["great bad bad bad"], Keep(9))
    assert [guess.label for guess in answer] == ["art", "war", "fun"]
    model.multi = False
    (answer,) = label(model, ["great"], Keep(k))
    assert [guess.label for guess in answer] == names
    assert [guess.rank for guess in answer] == list(range(1, len(names) + 1))
