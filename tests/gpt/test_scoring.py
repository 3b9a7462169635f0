"""Scores and next-token tables of the default model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.gpt.forms.choices import choose
from lmcli.gpt.request import Sampling
from lmcli.gpt.scoring import next_tokens, score
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.logits import log_softmax

TEXT = "The cat sat on the mat. " * 12 + "It slept."


def test_perplexity_is_that_of_the_log_probabilities(language_model):
    found = score(Context(language_model), TEXT)
    logprobs = [token.logprob for token in found.tokens[1:]]
    assert found.tokens[0].logprob is None
    assert found.perplexity == pytest.approx(math.exp(-np.mean(logprobs)))
    assert "".join(token.token for token in found.tokens) == TEXT


def test_log_probabilities_are_those_of_one_run(language_model, monkeypatch):
    from lmcli.nn.decoding import context as context_module

    ids = language_model.encode(TEXT)
    context = Context(language_model)
    logits = language_model.decoder.run(context.cache, np.array([ids]), np.arange(len(ids)))
    wanted = [log_softmax(row)[token] for row, token in zip(logits[:-1], ids[1:], strict=True)]
    for part in (17, 128):
        monkeypatch.setattr(context_module, "_PART", part)
        found = score(Context(language_model), TEXT)
        assert [token.logprob for token in found.tokens[1:]] == wanted


def test_a_score_does_not_depend_on_what_was_read_before(language_model):
    context = Context(language_model)
    first = score(context, TEXT)
    score(context, TEXT[:40] + "something else")
    assert score(context, TEXT) == first


def test_texts_without_a_score(language_model):
    with pytest.raises(BadInput, match="one token"):
        score(Context(language_model), "The")
    with pytest.raises(BadInput, match="empty"):
        score(Context(language_model), "")


def test_next_tokens(language_model):
    rows = next_tokens(Context(language_model), "The capital of France is", 5, Sampling())
    assert rows[0].token == " Paris"
    assert [row.rank for row in rows] == [1, 2, 3, 4, 5]
    assert all(math.isclose(math.exp(row.logprob), row.prob) for row in rows)
    assert rows == sorted(rows, key=lambda row: -row.prob)


def test_filters_show_what_they_keep(language_model):
    context = Context(language_model)
    kept = next_tokens(context, "The capital of France is", 10, Sampling(top_k=3, temperature=2))
    assert len(kept) == 3
    assert sum(row.prob for row in kept) == pytest.approx(1)
    (only,) = next_tokens(context, "The capital of France is", 10, Sampling(temperature=0))
    assert only.prob == 1


def test_choices_are_weighed_as_whole_texts(language_model):
    found = choose(Context(language_model), "The capital of France is", ["Rome", "Paris", "Berlin"])
    assert found.text == "Paris"
    assert sum(one.prob for one in found.choices) == pytest.approx(1)
    sums = {
        one.choice: sum(
            token.logprob
            for token in score(
                Context(language_model), f"The capital of France is {one.choice}"
            ).tokens[1:]
        )
        for one in found.choices
    }
    for one in found.choices:
        assert math.log(one.prob / found.choices[0].prob) == pytest.approx(
            sums[one.choice] - sums["Paris"], abs=1e-6
        )


def test_a_choice_that_starts_another(language_model):
    found = choose(Context(language_model), "Is the sky blue? Answer:", ["Yes", "Yes, it is"])
    assert {one.choice for one in found.choices} == {"Yes", "Yes, it is"}


@pytest.mark.parametrize("choices", [["a"], ["a", "a"], ["a", ""]])
def test_choices_that_are_none(language_model, choices):
    with pytest.raises(BadUsage):
        choose(Context(language_model), "x", choices)
