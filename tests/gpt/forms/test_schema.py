"""Schemas: what cannot be obeyed is named before a token is made."""

from __future__ import annotations

import json

import pytest

from lmcli.frame.errors import BadInput
from lmcli.gpt.forms.schema import read_schema, unknown_keywords


def test_keywords_are_looked_at_where_schemas_stand():
    schema = {
        "title": "t",
        "x-note": 1,
        "properties": {"maxlength": {"type": "string", "maxlength": 3}},
        "$defs": {"a": {"items": [{"nullable": True}]}},
        "anyOf": [{"enum": [{"anything": 1}]}, {"const": {"goes": 1}}, True],
    }
    assert list(unknown_keywords(schema)) == [
        ("#/properties/maxlength", "maxlength"),
        ("#/$defs/a/items/0", "nullable"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{"type": "string", "maxlength": 3}',
            "'maxlength' at # cannot be obeyed; did you mean maxL",
        ),
        ("false", "allows nothing"),
        ("[]", "an object, true or false"),
        ("{", "a JSON schema belongs there"),
        ("[" * 100_000, "a JSON schema belongs there"),
    ],
)
def test_what_is_no_schema_is_refused(tmp_path, text, says):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_schema(path)
    assert says in str(caught.value)


def test_true_is_any_value(tmp_path):
    path = tmp_path / "s.json"
    path.write_text("\ufefftrue", encoding="utf-8")
    assert read_schema(path) == {}


def test_schemas_in_a_command(lmcli, with_smollm2, tmp_path):
    path = tmp_path / "s.json"
    path.write_text("true")
    words = ("complete", "A JSON value:", "--json-schema", path, "--greedy", "-n", "30")
    json.loads(lmcli(*words).out)
    path.write_text('{"type": "array", "uniqueItems": true}')
    result = lmcli(*words)
    assert (result.code, result.out) == (1, "") and "uniqueItems" in result.err
    path.write_text('{"type": "array", "minitems": 2}')
    result = lmcli(*words)
    assert (result.code, result.out) == (1, "") and "did you mean minItems?" in result.err


def test_a_stop_of_one_new_line(lmcli, with_smollm2):
    words = ("complete", "One, two, three.", "--greedy", "-n", "40", "-f", "json")
    (free,) = json.loads(lmcli(*words).out)
    assert "\n" in free["text"]
    (stopped,) = json.loads(lmcli(*words, "--stop", r"\n").out)
    assert stopped["text"] == free["text"].partition("\n")[0]
    assert stopped["finish_reason"] == "stop"


def test_a_script_that_the_card_does_not_name_is_said(lmcli, with_smollm2):
    say = "100% of '今天天气' is not understood by smollm2-135m-instruct (Chinese); "
    able = "lmcli models pull qwen, then --model qwen\n"
    for words in (
        ("complete", "今天天气", "-n", "1"),
        ("complete", "今天天气", "--choices", "a,b"),
        ("next", "今天天气", "-k", "1"),
        ("score", "今天天气"),
        ("chat", "-m", "今天天气", "-n", "1"),
    ):
        result = lmcli(*words)
        assert (result.code, result.err) == (0, f"warning: {say}{able}")
    result = lmcli("next", "-k", "1", "-f", "jsonl", stdin="The cat\n\n今天天气\n")
    assert result.code == 5
    assert result.err.splitlines()[1] == f"warning: line 3: {say}{able}".strip()
    assert lmcli("next", "Das schöne Wetter", "-k", "1").err == ""
