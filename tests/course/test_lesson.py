"""Lessons as text: what is read, and what is refused with its line."""

import pytest

from lmcli.course.answers import answer_of, expectation_of
from lmcli.course.lesson import read_lesson
from lmcli.frame.errors import BadInput

HEAD = "---\ntitle: One\nabout: two: three\nminutes: 7\n---\n"
STEP = "## A step\nText.\n```lmcli\nanalogy king man woman\n```\n```expect\nqueen\n0.85 ± 0.01\nexit 0\n```\n"
GUESS = "```guess\nWhich?\n= queen | Königin\n```\n```try\nsimilar king\n```\n"
EXERCISE = "## Exercise: Rome\n```exercise\nWhich land?\n- italy\n- spain\n= 1\nhint: boots\n```\n"
READING = "## Reading\n- A book\n- Another\n"


def lesson(folder, text, code="en"):
    (folder / f"lesson.{code}.md").write_text(text, encoding="utf-8")
    return read_lesson(folder / f"lesson.{code}.md", "one")


def test_a_lesson_has_all_its_parts(tmp_path):
    found = lesson(tmp_path, HEAD + STEP + GUESS + EXERCISE + READING)
    assert (found.title, found.about, found.minutes, found.language) == (
        "One",
        "two: three",
        7,
        "en",
    )
    (step,) = found.steps
    assert (step.title, step.text, step.command) == ("A step", "Text.", "analogy king man woman")
    assert step.guess.question == "Which?" and step.guess.answer.right(" KÖNIGIN ")
    assert step.attempt == "similar king" and next(one.text for one in step.expected) == "queen"
    (exercise,) = found.exercises
    assert exercise.choices == ("italy", "spain") and exercise.hint == "boots"
    assert found.readings == ("A book", "Another")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("# no head", 1, "title"),
        ("---\nabout: x\n---\n", 3, "no title"),
        ("---\ntitel: x\n---\n", 2, "titel"),
        (HEAD, 1, "at least one step"),
        (HEAD + "stray\n", 6, "before the first"),
        (HEAD + "## A\n```python\n```\n", 7, "python"),
        (HEAD + "## A\n```lmcli\nx\n", 8, "no end"),
        (HEAD + "## A\n```lmcli\nx\n```\n```lmcli\ny\n```\n", 10, "second"),
        (HEAD + "## A\n```expect\nx\n```\n", 8, "no command"),
        (HEAD + "## A\n```guess\nx\n```\n", 7, "guess"),
        (HEAD + STEP + "## Exercise\ntext\n", 16, "block exercise"),
        (HEAD + STEP + "## Exercise\n```exercise\nx\n- a\n= 2\n```\n", 17, "1 choices"),
        (HEAD + STEP + "## Exercise\n```exercise\nx\n=> a\n```\n", 17, "solution"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, line, word):
    with pytest.raises(BadInput) as raised:
        lesson(tmp_path, text)
    assert f"lesson.en.md:{line}: " in str(raised.value) and word in str(raised.value)


def test_answers():
    near = expectation_of("0.85 ± 0.02")
    assert near.met("a 0.861 b") and not near.met("0.88") and not near.met("queen")
    assert expectation_of("a  Cat").met("it is A cat.") and expectation_of("exit 3").code == 3
    assert answer_of("= 9").right("9") and not answer_of("= 9").right("19")
    assert answer_of("= -1.5e2 ± 1").right("about -150.4")
    assert answer_of("=> queen").of_command and not answer_of("= queen").right("")
