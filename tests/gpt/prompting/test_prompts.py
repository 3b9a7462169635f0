"""Prompts out of templates and examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.gpt.forms.choices import choose
from lmcli.gpt.prompting.compare import Task, compare, read_task, same_answer
from lmcli.gpt.prompting.prompts import (
    TEMPLATES,
    Example,
    Template,
    parse_example,
    read_examples,
    template_of,
)
from lmcli.nn.decoding.context import Context

SUMS = [Example("1+1=?", "2"), Example("2+2=?", "4")]


def test_shots():
    assert TEMPLATES["zero"].prompt("3+3=?", SUMS) == "3+3=?\nAnswer:"
    one = "Input: 1+1=?\nOutput: 2\n\nInput: 3+3=?\nOutput:"
    assert TEMPLATES["one"].prompt("3+3=?", SUMS) == one
    few = "Input: 1+1=?\nOutput: 2\n\nInput: 2+2=?\nOutput: 4\n\nInput: 3+3=?\nOutput:"
    assert TEMPLATES["few"].prompt("3+3=?", SUMS) == few
    assert TEMPLATES["cot"].prompt("3 apples, ate 1") == (
        "Q: 3 apples, ate 1\nA: Let's think step by step."
    )


def test_too_few_examples():
    with pytest.raises(BadUsage, match="wants 2 examples, and there are 1"):
        TEMPLATES["few"].prompt("x", SUMS[:1])


@given(st.text(), st.text(), st.text())
def test_braces_in_texts_are_left_alone(given, wanted, question):
    prompt = Template("t").prompt(question, [Example(given, wanted)])
    assert prompt == f"Input: {given}\nOutput: {wanted}\n\nInput: {question}\nOutput:"


def test_examples():
    assert parse_example("cat =>  猫 ") == Example("cat", "猫")
    for bad in ("cat", "=> x", "x =>"):
        with pytest.raises(BadInput, match="is not an example"):
            parse_example(bad)


def test_example_files(tmp_path):
    path = tmp_path / "examples.txt"
    path.write_text('cat => 猫\n\n{"input": "dog", "output": "狗"}\n', encoding="utf-8")
    assert read_examples(path) == [Example("cat", "猫"), Example("dog", "狗")]
    path.write_text("cat => 猫\nnothing\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 2"):
        read_examples(path)
    path.write_text('{"input": 1}\n')
    with pytest.raises(BadInput, match="line 1"):
        read_examples(path)


def test_templates_of_yaml(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        'instruction: Translate.\nexample: "{input} = {output}\\n"\nquery: "{input} ="\n'
        'stop: "\\n"\nexamples: [cat => 猫, {input: dog, output: 狗}]\n'
    )
    template, examples = template_of(str(path))
    assert template.prompt("bird", examples) == "Translate.\n\ncat = 猫\ndog = 狗\nbird ="
    assert template.stop == ("\n",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- a\n", "a mapping"),
        ("query: no place\n", "no {input}"),
        ("quarry: x\n", "unknown field 'quarry'"),
        ("quarry: x\n1: y\n", "unknown field '1'"),
        ("query: [1]\n", "not a text"),
        ("a: b: c\n", "mapping values"),
        ("examples: [1]\n", "examples 1"),
        ("stop: 3\n", "stop is"),
    ],
)
def test_yaml_that_is_no_template(tmp_path, content, says):
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    with pytest.raises(BadInput) as caught:
        template_of(str(path))
    assert says in str(caught.value) and "bad.yaml" in str(caught.value)


def test_an_unknown_template():
    with pytest.raises(BadUsage, match="did you mean zero"):
        template_of("zer0")


@pytest.mark.parametrize(
    ("answer", "wanted", "same"),
    [(" 4", "4", True), ("4.", "4", True), ("4, because", "4", True), ("14", "4", False),
     ("Positive!", "positive", True), ("", "4", False), ("four", "", False),
     (r" \(\boxed{4}\).", "4", True), (r"\boxed{14}", "4", False)],
)  # fmt: skip
def test_same_answer(answer, wanted, same):
    assert same_answer(answer, wanted) is same


def test_compare_counts_right_answers(language_model):
    task = Task(
        instruction="Is the review positive or negative?",
        labels=("positive", "negative"),
        examples=(Example("I loved it.", "positive"), Example("A waste of time.", "negative")),
        test=(
            Example("Wonderful from start to end!", "positive"),
            Example("I hated it.", "negative"),
        ),
        strategies=(TEMPLATES["few"], TEMPLATES["cot"]),
        length=12,
    )
    advanced = []
    rows = list(compare(Context(language_model), task, advanced.append))
    assert [row.strategy for row in rows] == ["few", "cot"]
    wanted = 0
    for one in task.test:
        prompt = f"{task.instruction}\n\n" + TEMPLATES["few"].prompt(one.input, task.examples)
        answer = choose(Context(language_model), prompt, task.labels)
        wanted += answer.text == one.output
    assert (rows[0].correct, rows[0].total, rows[0].accuracy) == (wanted, 2, wanted / 2)
    assert sum(advanced) == 4


def test_tasks_that_are_none(tmp_path):
    path = tmp_path / "task.yaml"
    for content, says in (
        ("test: []\n", "nothing under test"),
        ("labels: [one]\ntest: [a => b]\n", "labels"),
        ("tests: []\n", "unknown field"),
        ("test: [a => b]\nlength: x\n", "length"),
    ):
        path.write_text(content)
        with pytest.raises(BadInput, match=says):
            read_task(path)


def test_free_answers_are_compared_by_their_words(language_model):
    task = Task(
        instruction="",
        labels=(),
        examples=(Example("1, 2, 3,", "4"), Example("4, 5, 6,", "7")),
        test=(Example("5, 6, 7,", "8"), Example("2, 3, 4,", "no number")),
        strategies=(TEMPLATES["few"],),
        length=8,
    )
    (row,) = compare(Context(language_model), task)
    assert (row.correct, row.total) == (1, 2)
