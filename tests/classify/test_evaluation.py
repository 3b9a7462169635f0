"""Scores by hand: confusion, macro F1, calibration; labels by name, case and number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmcli.classify.evaluation import Bin, answers, ece
from lmcli.errors import BadInput, NoAnswer
from lmcli.training.data import Example

DATA = Path("data.csv")


def example(text, *labels, line=1):
    return Example(text, labels, line)


GIVEN = [
    example("good film", "positive"), example("bad film", "Negative"), example("the film is great", "1"),
    example("not good", "negative", line=4), example("awful", "positive", line=5), example("film", "0"),
]  # fmt: skip


def held(model, given=GIVEN):
    told, said = [], []
    found = answers(model, given, lambda error, line: told.append((line, str(error))), said.append)
    return found, told, said


def test_scores(opened):
    found, told, said = held(opened())
    row = found.evaluation(DATA)
    assert not told and len(said) == 2 and "the label 1 is taken for positive" in said[0]
    assert (row.texts, row.data, row.labels) == (6, "data.csv", ("negative", "positive"))
    assert row.confusion == [[2, 1], [1, 2]]
    assert row.accuracy == pytest.approx(4 / 6) and row.macro_f1 == pytest.approx(2 / 3)
    negative = row.by_label[0]
    assert (negative.texts, negative.precision, negative.recall) == (
        3,
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    )
    wrong = found.mistakes()
    assert [(one.line, one.label, one.predicted) for one in wrong] == [
        (5, "positive", "negative"), (4, "negative", "positive"),
    ]  # fmt: skip
    assert wrong[0].score == pytest.approx(1 / (1 + np.exp(-3)))


def test_calibration(opened):
    found, _, _ = held(opened())
    bins = found.bins()
    assert [(one.low, one.count) for one in bins] == [(0.5, 1), (0.7, 1), (0.8, 2), (0.9, 2)]
    assert [one.accuracy for one in bins] == [1, 0, 1, 0.5]
    perfect = [Bin(0.5, 0.6, 10, 0.55, 0.55), Bin(0.9, 1.0, 5, 0.95, 0.95)]
    assert ece(perfect) == 0
    assert ece([Bin(0.9, 1.0, 3, 0.95, 0.5), Bin(0.5, 0.6, 1, 0.55, 0.55)]) == pytest.approx(
        0.45 * 3 / 4
    )


def test_several_labels_a_text(opened):
    given = [
        example("great", "art", "fun", "war"),
        example("awful", "art", "war"),
        example("bad", "fun"),
    ]
    row = held(opened("topics"), given)[0].evaluation(DATA)
    assert row.confusion == [] and row.accuracy == pytest.approx(2 / 3)
    assert [one.recall for one in row.by_label] == [1, 0.5, 1]


def test_what_cannot_be_used_is_told_by_its_line(opened):
    spoilt = [example("good", "maybe", line=7), example(" ", "positive", line=8),
              Example("", (), 9, BadInput("no JSON"))]  # fmt: skip
    found, told, _ = held(opened(), [*GIVEN, *spoilt])
    assert len(found.examples) == len(GIVEN)
    assert sorted(line for line, _ in told) == [7, 8, 9]
    assert "no label 'maybe'; its labels are negative, positive" in told[0][1]
    with pytest.raises(BadInput, match="no label 'maybe'"):
        held(opened(), spoilt[:1])
    with pytest.raises(NoAnswer):
        held(opened(), [])


@pytest.mark.peer
def test_macro_f1_is_scikit_learns(opened):
    from tests.conftest import peer

    peer("sklearn")
    from sklearn.metrics import confusion_matrix, f1_score

    row = held(opened())[0].evaluation(DATA)
    truth, said = [1, 0, 1, 0, 1, 0], [1, 0, 1, 1, 0, 0]
    assert row.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
    assert row.confusion == confusion_matrix(truth, said).tolist()
