"""Reading bases: every fault has its line and a message; the JSON Schema says the same."""

import json
import os
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.expert.chaining import infer
from lmcli.expert.files import bases
from lmcli.expert.files.reading import read_text
from lmcli.expert.files.schema import load, loads
from lmcli.expert.files.writing import TEMPLATE, dump
from lmcli.expert.model import All, Any, Comparison, Evidence, Not
from lmcli.expert.program import program_of
from lmcli.frame.errors import BadInput
from tests.conftest import peer
from tests.expert.bases import SEEDS, positive, stratified

GOOD = """\
name: x
certainty: mycin
rules:
  - {if: [a, "t >= 38", {any: [b, {not: c}]}], then: [d, e], certainty: -0.5, explanation: why}
  - if: {all: [no, 1.0]}
    then: colour
  - {if: "colour≠red", then: grey}
goals: [d, grey]
questions: {a: Is it a?, t: How much?}
synonyms: {a: [aa, ah], t: heat}
exclusive: [[d, grey]]
priors: {d: 2}
"""

BAD = {
    "rules: [": ":2: not YAML",
    "": ":1: the file is empty",
    "- a": ":1: a base is a mapping",
    "name: x": ":1: `rules` must be a list",
    "rules: []": ":1: `rules` must be a list",
    "rules:\n- {if: [a], then: b}\n- {if: [a]}": ":3: the rule lacks `then`",
    "rules:\n- {then: a}": ":2: the rule lacks `if`",
    "rules:\n- {if: a, then: []}": ":2: the rule concludes nothing",
    "rules:\n- [a, b]": ":2: a rule is a mapping",
    "rules:\n- {if: a, then: b, thn: c}": ":2: a rule has no key 'thn'; did you mean then?",
    "rules:\n- {if: a, then: b}\ngoal: b": ":3: a base has no key 'goal'; did you mean goals?",
    "rules:\n- {if: a, then: mammal}\n\ngoals: [mamal]":
        ":4: `goals` names the unknown fact 'mamal'; did you mean mammal?",
    "rules:\n- {if: a, then: b}\nquestions: {z: Is it?}": ":3: `questions` names the unknown fact 'z'",
    "rules:\n- {if: a, then: b}\nexclusive: [[b, q]]": ":3: `exclusive` names the unknown fact 'q'",
    "rules:\n- {if: a, then: b}\nquestions: [a]": ":3: `questions` is a mapping",
    "rules:\n- {if: a, then: b}\nquestions: {a: [x]}": ":3: a question is text",
    "rules:\n- {if: a, then: b}\nsynonyms: {a: {b: c}}": ":3: synonyms are texts",
    "rules:\n- {if: a, then: b}\npriors: {b: -1}": ":3: a prior is a number above 0",
    "rules:\n- {if: a, then: b}\nname: x\nname: y": ":4: the key 'name' stands here again, first on line 3",
    "rules:\n- {if: a, then: b, if: c}": ":2: the key 'if' stands here again",
    "rules:\n- {if: a, then: b, certainty: 2}": ":2: a certainty is a number from -1 to 1",
    "rules:\n- {if: a, then: b, certainty: 0.5}": ":2: this base has no certainties",
    "certainty: bayes\nrules:\n- {if: a, then: b}": ":1: `certainty` is one of none, mycin",
    "language: fr\nrules:\n- {if: a, then: b}": ":1: `language` is one of en, zh",
    "rules:\n- {if: ['t > hot'], then: b}": ":2: 't > hot' compares with 'hot', which is not a number",
    "rules:\n- {if: ['t > > 3'], then: b}": ":2: 't > > 3' is not a comparison",
    "rules:\n- {if: {some: [a]}, then: b}": ":2: a condition is a fact, a comparison, or one of all, any, not",
    "rules:\n- {if: {not: [a, b]}, then: b}": ":2: `not` takes one condition",
    "rules:\n- {if: [{any: a}], then: b}": ":2: `all` and `any` take a list",
    "rules:\n- {if: [not a], then: b}": ":2: 'not a' cannot be the name of a fact; write {not: fact}",
    "rules:\n- {if: ['a, b'], then: b}": ":2: a fact's name may not hold ','",
    "rules:\n- {if: [a], then: t > 3}": ":2: a fact's name may not hold '>'",
    "rules:\n- {if: !!python/object:os.system a, then: b}": ":2: the tag",
    "rules: !x\n- {if: a, then: b}": ":1: the tag !x is not allowed",
    "a: &x [1]\nrules: *x": ":1: the anchor &x is not allowed",
    "rules:\n- {if: *x, then: b}": ":2: the alias *x is not allowed",
    "rules:\n- {if: a, then: b}\n---\nname: y": ":3: a second document begins",
    "? [a]\n: b": ":1: a key must be text",
    "rules: " + "[" * 60 + "]" * 60: ":1: nested deeper than 40 levels",
    "rules:\n- {if: a, then: b, name: r}\n- {if: a, then: c, name: r}": ":3: the rule name 'r' stands here again",
    "name: \x07": ": not YAML",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_every_fault_has_its_line_and_a_message(text):
    with pytest.raises(BadInput) as caught:
        loads(text, "file.yaml")
    assert f"file.yaml{BAD[text]}" in str(caught.value)


def test_the_laughs_do_not_grow():
    laughs = "a: &a [x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a, *a, *a, *a]" for n in range(50))
    began = time.perf_counter()
    with pytest.raises(BadInput, match=r":1: the anchor &a is not allowed"):
        read_text(laughs, "bomb")
    assert time.perf_counter() - began < 1


def test_a_file_over_ten_megabytes_is_refused_with_its_line(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("rules:\n" + "- {if: [aaaaaaaaaa, bbbbbbbbbb], then: cccccccccc}\n" * 220_000)
    assert path.stat().st_size > 10**7
    with pytest.raises(BadInput, match=r"large.yaml:\d+: the file is larger than 10 MB"):
        load(path)


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: x\nrules:\n- {if: caf\xe9, then: b}\n")
    with pytest.raises(BadInput, match=r"latin.yaml:3: not UTF-8"):
        load(path)


def test_a_good_base():
    base = loads(GOOD)
    first, second, third = base.rules
    assert first.when == ("a", Comparison("t", ">=", 38.0), Any(("b", Not("c"))))
    assert (list(first.then), first.certainty, first.explanation, first.line) == (
        ["d", "e"],
        -0.5,
        "why",
        4,
    )
    assert second.when == ("no", "1.0")
    assert third.when == (Comparison("colour", "!=", "red"),)
    assert base.synonyms == {"a": ("aa", "ah"), "t": ("heat",)}
    assert (base.goals, base.exclusive, base.priors) == (
        ("d", "grey"),
        (("d", "grey"),),
        {"d": 2.0},
    )


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_what_is_written_is_read_back(seed):
    base = stratified(seed)[0]
    assert [(tuple(r.when), tuple(r.then)) for r in loads(dump(base)).rules] == [
        (simple(rule.when), tuple(rule.then)) for rule in base.rules
    ]


def simple(when):
    """`if` is a conjunction: an All or Any of one item is that item."""

    def one(c):
        if isinstance(c, (All, Any)):
            items = tuple(one(item) for item in c.items)
            return items[0] if len(items) == 1 else type(c)(items)
        return Not(one(c.item)) if isinstance(c, Not) else c

    return tuple(one(c) for c in when)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="rules:{}[] -\nifthena&*!'\"#|>,", max_size=60))
def test_any_text_is_a_base_or_an_error(text):
    try:
        loads("rules:\n" + text)
    except BadInput as error:
        assert error.message


@pytest.mark.peer
def test_the_json_schema_agrees():
    peer("jsonschema")
    import jsonschema

    schema = json.loads((bases.FOLDER.parent / "schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for name in bases.bundled():
        content = yaml.load(bases.place(name).read_text(), Loader=yaml.SafeLoader)
        assert not list(validator.iter_errors(content)), name
    template = TEMPLATE.format(file="x", name="x")
    validator.validate(yaml.load(template, Loader=yaml.SafeLoader))
    structural = ["lacks", "no key", "mapping", "must be a list", "one of none", "one of en", "certainty is a number",
                  "one of all, any", "question is text", "prior is", "concludes nothing"]  # fmt: skip
    seen = 0
    for text, message in BAD.items():
        if any(words in message for words in structural) and "concludes nothing" not in message:
            content = yaml.load(text, Loader=yaml.SafeLoader)
            assert list(validator.iter_errors(content)), text
            seen += 1
    assert seen > 12


@pytest.mark.slow
def test_a_hundred_thousand_rules_load_from_a_file(tmp_path):
    import random

    rng = random.Random(0)
    lines = [f"- {{if: [f{rng.randrange(50_000)}, f{rng.randrange(50_000)}], then: f{rng.randrange(50_000)}}}"
             for _ in range(100_000)]  # fmt: skip
    path = tmp_path / "large.yaml"
    path.write_text("rules:\n" + "\n".join(lines))
    began = time.process_time()
    base = load(path)
    infer(base, Evidence.of(*(f"f{n}" for n in range(20_000))))
    assert len(base.rules) == 100_000
    assert time.process_time() - began < float(os.environ.get("LMCLI_SLOW", "1")) * 12


def test_the_template_is_a_good_base():
    from lmcli.expert.analysis.check import check

    base = loads(TEMPLATE.format(file="x.yaml", name="x"))
    assert check(base) == []
    known = Evidence({"needles": 1.0, "cones": 1.0}, {"height": 35.0})
    assert infer(base, known).holds(program_of(base).index["pine"])


def test_positive_bases_survive_too():
    base = positive(3)
    assert [list(r.when) for r in loads(dump(base)).rules] == [list(r.when) for r in base.rules]
