"""Output that keeps to a form."""

from __future__ import annotations

import json
import re

import pytest

from lmcli.frame.errors import BadInput
from lmcli.gpt.forms import structure
from lmcli.gpt.generation import batch, stream
from lmcli.gpt.request import Request, Sampling
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "pets": {"type": "array", "items": {"enum": ["cat", "dog"]}, "maxItems": 2},
    },
    "required": ["name", "age", "pets"],
    "additionalProperties": False,
}


def made(model, grammar, prompt: str, seed: int, temperature: float = 1.5) -> Text:
    request = Request(length=80, sampling=Sampling(temperature=temperature), seed=seed)
    text = Text(model, model.encode(prompt), request, grammar.start())
    for _ in stream(Context(model), text):
        pass
    return text


def test_json_obeys_its_schema_whatever_the_chance(language_model, tmp_path):
    import jsonschema

    path = tmp_path / "person.json"
    path.write_text(json.dumps(SCHEMA))
    grammar = structure.of_schema(language_model, path)
    for seed in range(5):
        text = made(language_model, grammar, "A person as JSON:", seed)
        assert text.reason == "stop", text.text
        jsonschema.validate(json.loads(text.text), SCHEMA)


@pytest.mark.parametrize("pattern", [r"[0-9]{4}-[0-9]{2}", r"(yes|no|maybe)!", r"[一-龥]{2,4}。"])
def test_texts_match_their_expression(language_model, pattern):
    grammar = structure.of_regex(language_model, pattern)
    for seed in range(3):
        text = made(language_model, grammar, "The answer:", seed)
        assert re.fullmatch(pattern, text.text), text.text


def test_a_form_in_a_batch(language_model):
    grammar = structure.of_regex(language_model, r" ?[0-9]{1,3}")
    request = Request(length=10, sampling=Sampling(temperature=0))
    prompts = ("2+2=", "Ten is written", "The year has this many days:")
    texts = [
        Text(language_model, language_model.encode(p), request, grammar.start()) for p in prompts
    ]
    batch(Context(language_model), texts)
    for text, prompt in zip(texts, prompts, strict=True):
        single = made(language_model, grammar, prompt, 0, temperature=0)
        assert text.text == single.text
        assert re.fullmatch(r" ?[0-9]{1,3}", text.text)


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}"])
def test_expressions_that_are_none(language_model, pattern):
    with pytest.raises(BadInput, match="cannot be kept to"):
        structure.of_regex(language_model, pattern)


def test_schemas_that_are_none(language_model, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text("{not json")
    with pytest.raises(BadInput, match=r"bad\.json"):
        structure.of_schema(language_model, path)
    path.write_text('{"type": "nothing"}')
    with pytest.raises(BadInput, match="cannot be kept to"):
        structure.of_schema(language_model, path)
