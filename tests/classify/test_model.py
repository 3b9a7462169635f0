"""A classifier's numbers: those of its weights, whatever stands beside a text."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from lmcli.classify.model import open_classifier, softmax
from lmcli.errors import BadInput, ModelError, NoAnswer
from lmcli.frame.models import read_spec
from tests.classify.models import FILES, bag, write_model


def test_logits_are_the_sums_of_the_words_weights(opened):
    logits = opened().logits(["the film is great", "not bad", "good good awful", ""])
    assert logits.tolist() == [[0, 3], [0, -3], [0, 1], [0, 0]]


def test_a_text_is_answered_alike_alone_and_among_others(opened):
    for name in ("sentiment-en", "lstm"):
        model = opened(name)
        texts = ["good", "the film is not good " * 5, "bad film", "great"] * 50
        together = model.judge(texts).scores
        for text, scores in zip(texts[:4], together[:4], strict=True):
            assert np.allclose(model.judge([text]).scores[0], scores, atol=1e-6)


def test_probabilities(opened):
    judged = opened().judge(["great", "awful"])
    assert np.allclose(judged.scores[:, 1], [1 / (1 + np.exp(-3)), 1 / (1 + np.exp(3))])
    several = opened("topics").judge(["great"])
    assert np.allclose(several.scores, [[0.5, 1 / (1 + np.exp(-3)), 0.5]])
    assert np.allclose(softmax(np.array([[1000.0, 0]], np.float32)), [[1, 0]])


def test_log_odds_go_on_where_the_probability_is_full(opened):
    model = opened()
    odds = model.odds(model.logits(["great " * 20]))
    assert np.allclose(odds, [[-60, 60]])
    three = np.array([[1.0, 2.0, 3.0]], np.float32)
    p = softmax(three)
    model.labels = ("a", "b", "c")
    assert np.allclose(model.odds(three), np.log(p / (1 - p)), atol=1e-5)


def test_what_cannot_be_labelled_says_why_and_the_rest_goes_on(opened):
    judged = opened().judge(["good", " ", "\ud800", "Привет мир", "\x00", "bad"])
    kinds = {place: type(fault) for place, fault in judged.faults.items()}
    assert kinds == {1: BadInput, 2: BadInput, 3: NoAnswer, 4: NoAnswer}
    assert judged.logits[[0, 5]].tolist() == [[0, 2], [0, -2]]


def test_what_is_not_understood_or_cut_is_said(opened):
    model = opened()
    assert not model.judge(["the film is good !"]).warnings.get(0)
    (said,) = model.judge(["the zyxt qwert was dull"]).warnings[0]
    assert said.startswith("80% of 'the zyxt qwert was dull' is not understood by sentiment-en")
    (cut,) = model.judge(["good " * 100]).warnings[0]
    assert cut.endswith("is too long for sentiment-en: 64 of 100 tokens were read")
    assert model.logits(["good " * 100]).tolist() == [[0, 128]]
    assert "sentiment-zh reads it" in str(model.judge(["这部电影太好看了"]).faults[0])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"id2label": {"0": "a"}}, "2 logits"),
        ({"id2label": {"0": "a", "1": "a"}}, "2 logits"),
        ({"id2label": ["a", "b"]}, "no table of names"),
        ({"id2label": {"1": "a", "2": "b"}}, "2 logits"),
    ],
)
def test_labels_that_do_not_fit_the_graph(tmp_path, config, said):
    place = bag(tmp_path)
    (place / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=said):
        open_classifier(_respecified(place))


def _respecified(place):
    from lmcli.frame.models import write_spec

    return write_spec(place, {"name": "bag", "task": "text-classification"}, FILES)


def test_labels_without_names_are_numbered(tmp_path):
    place = bag(tmp_path)
    (place / "config.json").write_text("{}")
    assert open_classifier(_respecified(place)).labels == ("LABEL_0", "LABEL_1")


def test_a_regression_gives_its_own_number(tmp_path):
    place = bag(tmp_path)
    write_model(place, ("low", "high"), problem_type="regression")
    model = open_classifier(read_spec(place))
    assert model.judge(["awful"]).scores.tolist() == [[0, -3]]


def test_another_kind_of_graph_is_refused(tmp_path):
    from tests.fuzz import samples

    samples.encoder(tmp_path)
    place = tmp_path / "models" / "tiny"
    shutil.copytree(place, tmp_path / "other")
    with pytest.raises(ModelError, match="is no text classifier"):
        open_classifier(read_spec(tmp_path / "other"))


def test_two_hundred_labels(tmp_path):
    names = [f"label {n}" for n in range(200)]
    model = open_classifier(read_spec(bag(tmp_path, labels=names)))
    scores = model.judge(["great", "awful"]).scores
    assert (
        scores.shape == (2, 200) and scores[0].argmax() == 1 and np.allclose(scores.sum(axis=1), 1)
    )
