"""classify from Python: the rows of the command, errors as exceptions, warnings as Python's."""

from __future__ import annotations

import pytest

import lmcli as door
from lmcli.errors import NoAnswer

pytestmark = pytest.mark.usefixtures("small")


def test_texts_of_both_languages():
    classifier = door.Classifier.load()
    (guess,) = classifier.classify("great film")
    assert (guess.label, guess.rank, guess.text) == ("positive", 1, "great film")
    assert classifier.classify("差", k=2)[0].label == "negative"
    assert classifier.model("差").name == "sentiment-zh"
    (why,) = classifier.classify("not great", reasons=True)
    assert [(word.word, word.weight) for word in why.words] == [("not", -1), ("great", 3)]
    assert [step.step for step in classifier.steps("great")][-1] == "softmax"


def test_errors_and_warnings():
    classifier = door.Classifier.load("sentiment-en")
    with pytest.raises(NoAnswer):
        classifier.classify("Привет")
    with pytest.warns(UserWarning, match="is not understood"):
        assert classifier.classify("zyx good abc")[0].label == "positive"
    with pytest.warns(UserWarning, match="no text"):
        found = classifier.classify_all(["good", " ", "bad"])
    assert [[guess.label for guess in guesses] for guesses in found] == [
        ["positive"],
        [],
        ["negative"],
    ]
