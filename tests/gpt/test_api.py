"""The Python door gives what the commands print."""

import json

import pytest

from lmcli.gpt.api import LanguageModel, request
from lmcli.nn.decoding.context import Context

PROMPT = "The capital of France is"


@pytest.fixture
def model(language_model) -> LanguageModel:
    return LanguageModel(Context(language_model))


def test_completions_of_a_form(model, tmp_path):
    schema = tmp_path / "year.json"
    values = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}
    schema.write_text(json.dumps(values | {"additionalProperties": False}))
    asked = request(length=20, temperature=0)
    for form, read in (({"regex": " [0-9]{4}"}, int), ({"schema": schema}, json.loads)):
        (answer,) = model.completer(asked, **form).complete(["The war ended in"])
        (row,) = answer.rows
        assert read(row.text) is not None and row.finish_reason == "stop"


def test_the_door_answers_as_the_commands_do(model, with_smollm2, lmcli):
    (row,) = json.loads(lmcli("score", PROMPT, "-f", "json").out)
    assert row["perplexity"] == pytest.approx(model.score(PROMPT).perplexity, rel=1e-6)
    assert lmcli("complete", PROMPT, "--choices", "Rome,Paris").out.strip() == "Paris"
    assert model.choose(PROMPT, ["Rome", "Paris"]).text == "Paris"
    assert [row.token for row in model.next(PROMPT, k=1)] == [" Paris"]
    explained = model.complete(PROMPT, length=1, temperature=0, logprobs=2)
    assert explained.logprobs[0].token == explained.logprobs[0].top[0].token == " Paris"
    assert model.chat("Be brief.").conversation.system == "Be brief."
