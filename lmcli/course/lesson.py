"""Lessons as text files, so that a lecturer writes one without Python: lesson.en.md and lesson.zh.md in a folder.

    ---
    title: Words as vectors
    about: one line for the list
    minutes: 10
    needs: smollm2-135m-instruct        (models, by blanks; extra:train is torch; none: leave the line out)
    ---
    ## The title of a step              (the text below it is shown)
    ```lmcli                            the command, as typed in a session; $here is the lesson's folder
    analogy king man woman
    ```
    ```expect                           a line each: what the output must hold
    queen
    0.85 ± 0.02                         a number this near to the first
    exit 3                              the exit code; 0 where nothing is said
    ```
    ```guess                            asked before the command runs
    Which word comes first?
    = queen | Queen
    ```
    ```try
    analogy paris france rome
    ```
    ## Exercise: its title
    ```exercise
    What is asked, maybe with choices:
    - a choice
    - another
    = 2                                 the number of the choice, a word, or a number ± what it may miss;
    => queen                            or what the output of the learner's own command must hold
    hint: where to look
    solution: analogy king man woman    a command that shows the answer; a check runs it
    ```
    ## Reading
    - Mikolov et al. (2013): ...

A step has text, and at most one of each block. All but the title may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmcli.course.answers import Answer, Expectation, answer_of, expectation_of
from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import read_text

LANGUAGES = ("en", "zh")
BLOCKS = ("lmcli", "expect", "guess", "try", "exercise")
_FACTS = {"title", "about", "minutes", "needs"}
_EXERCISE = re.compile(r"(?:Exercise|练习)\s*\d*\s*[:：]?\s*(.*)")
_READING = ("reading", "readings", "阅读")


@dataclass(frozen=True, slots=True)
class Guess:
    """A question before a command runs, and its answer."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Step:
    """A few sentences, a command, and what its output must hold."""

    title: str
    text: str
    command: str = ""
    expected: tuple[Expectation, ...] = ()
    guess: Guess | None = None
    attempt: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question that running answers: by a choice, a word or number, or a command's output."""

    title: str
    question: str
    answer: Answer
    choices: tuple[str, ...] = ()
    hint: str = ""
    solution: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson in one language."""

    name: str
    language: str
    title: str
    about: str
    minutes: int
    steps: tuple[Step, ...]
    exercises: tuple[Exercise, ...]
    readings: tuple[str, ...]
    folder: Path
    needs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Section:
    title: str
    line: int
    text: list[str] = field(default_factory=list)
    blocks: dict[str, tuple[int, list[str]]] = field(default_factory=dict)


def read_lesson(path: Path, name: str) -> Lesson:
    """The lesson of a file lesson.LANGUAGE.md. Raises BadInput with the line where it is not as stated above."""
    lines = read_text(path).splitlines()
    try:
        facts, start = _facts(lines)
        sections = list(_sections(lines, start))
        return _lesson(path, name, facts, sections)
    except _Wrong as wrong:
        raise BadInput(
            f"{path}:{wrong.line}: {wrong.what}", "lmcli course new shows the form"
        ) from None


class _Wrong(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


def _facts(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """What stands between the first two lines of dashes, and where the text begins."""
    if not lines or lines[0].strip() != "---":
        raise _Wrong(1, "a lesson begins with --- and its title")
    facts: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            if not facts.get("title"):
                raise _Wrong(number, "there is no title")
            return facts, number
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in _FACTS:
            raise _Wrong(number, f"{line.strip()!r} is none of {', '.join(sorted(_FACTS))}")
        facts[key.strip()] = value.strip()
    raise _Wrong(len(lines), "the --- after the title is missing")


def _sections(lines: Sequence[str], start: int) -> Iterator[_Section]:
    """The parts below each ## title, their blocks apart."""
    section: _Section | None = None
    block: list[str] | None = None  # the open one
    for number, line in enumerate(lines[start:], start + 1):
        if block is not None:
            if line.strip() == "```":
                block = None
            else:
                block.append(line)
        elif line.startswith("## "):
            if section is not None:
                yield section
            section = _Section(line[3:].strip(), number)
        elif section is None:
            if line.strip():
                raise _Wrong(number, "text before the first ## title")
        elif line.startswith("```"):
            block = _opened(section, line[3:].strip(), number)
        else:
            section.text.append(line)
    if block is not None:
        raise _Wrong(len(lines), "the last block has no end")
    if section is not None:
        yield section


def _opened(section: _Section, name: str, number: int) -> list[str]:
    """The lines, none yet, of a block that begins."""
    if name not in BLOCKS:
        raise _Wrong(number, f"a block {name!r}; there are {', '.join(BLOCKS)}")
    if name in section.blocks:
        raise _Wrong(number, f"a second block {name} in one step")
    section.blocks[name] = (number, [])
    return section.blocks[name][1]


def _lesson(path: Path, name: str, facts: dict[str, str], sections: Sequence[_Section]) -> Lesson:
    steps, exercises, readings = [], [], []
    for section in sections:
        if section.title.lower() in _READING:
            readings += [one[2:].strip() for one in section.text if one.startswith("- ")]
        elif found := _EXERCISE.fullmatch(section.title):
            exercises.append(_exercise(section, found[1]))
        else:
            steps.append(_step(section))
    if not steps:
        raise _Wrong(1, "a lesson has at least one step")
    minutes = facts.get("minutes", "5")
    if not minutes.isdecimal():
        raise _Wrong(1, f"minutes: {minutes!r} is no whole number")
    return Lesson(
        name=name,
        language=path.name.split(".")[1],
        title=facts["title"],
        about=facts.get("about", ""),
        minutes=int(minutes),
        steps=tuple(steps),
        exercises=tuple(exercises),
        readings=tuple(readings),
        folder=path.parent,
        needs=tuple(facts.get("needs", "").split()),
    )


def _step(section: _Section) -> Step:
    if "exercise" in section.blocks:
        raise _Wrong(section.line, "an exercise's title begins with Exercise")
    expected = []
    line, lines = section.blocks.get("expect", (0, []))
    for number, text in enumerate(filter(str.strip, lines), line + 1):
        expected.append(expectation_of(text.strip()))
        if "lmcli" not in section.blocks:
            raise _Wrong(number, "something is expected of no command")
    guess = None
    if "guess" in section.blocks:
        line, lines = section.blocks["guess"]
        question, answers = _split(lines)
        if len(answers) != 1 or not question:
            raise _Wrong(line, "a guess has a question and one line that begins with =")
        guess = Guess(question, answer_of(answers[0]))
    return Step(
        title=section.title,
        text=_text(section.text),
        command=_text(section.blocks.get("lmcli", (0, []))[1]),
        expected=tuple(expected),
        guess=guess,
        attempt=_text(section.blocks.get("try", (0, []))[1]),
        line=section.line,
    )


def _exercise(section: _Section, title: str) -> Exercise:
    if "exercise" not in section.blocks:
        raise _Wrong(section.line, "an exercise needs a block exercise")
    line, lines = section.blocks["exercise"]
    named = {}
    for key in ("hint", "solution"):
        named[key] = next(
            (one.partition(":")[2].strip() for one in lines if one.startswith(f"{key}:")), ""
        )
    rest = [one for one in lines if not one.startswith(("hint:", "solution:"))]
    choices = tuple(one[2:].strip() for one in rest if one.startswith("- "))
    question, answers = _split([one for one in rest if not one.startswith("- ")])
    if len(answers) != 1:
        raise _Wrong(line, "an exercise has one line that begins with = or =>")
    answer = answer_of(answers[0])
    if choices and not (answer.text.isdecimal() and 1 <= int(answer.text) <= len(choices)):
        raise _Wrong(line, f"= {answer.text}: there are {len(choices)} choices")
    if answer.of_command and not named["solution"]:
        raise _Wrong(line, "an exercise that a command answers needs a solution")
    text = "\n".join(filter(None, (_text(section.text), question)))
    return Exercise(title, text, answer, choices, named["hint"], named["solution"], section.line)


def _split(lines: Sequence[str]) -> tuple[str, list[str]]:
    """The question, and the lines that begin with =."""
    answers = [line for line in lines if line.startswith("=")]
    return _text([line for line in lines if not line.startswith("=")]), answers


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip()
