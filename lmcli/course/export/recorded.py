"""A lesson as it ran: its steps with what their commands printed and drew, to be written in any format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmcli.course.lesson import Exercise, Lesson, Step
from lmcli.course.running import Ran, Stage


@dataclass(frozen=True, slots=True)
class Shown:
    """A step, its command's output, and the figures (svg) that it saved in $work."""

    step: Step
    output: str = ""
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """An exercise, and what its solution printed; "" where answers are left out."""

    exercise: Exercise
    output: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A lesson that ran. `answers`: whether the exercises' answers are shown."""

    lesson: Lesson
    steps: list[Shown] = field(default_factory=list)
    exercises: list[Solved] = field(default_factory=list)
    answers: bool = False


def record(lesson: Lesson, stage: Stage, *, answers: bool) -> Recorded:
    """Run a lesson's commands and keep what they gave."""
    found = Recorded(lesson, answers=answers)
    for step in lesson.steps:
        if not step.command:
            found.steps.append(Shown(step))
            continue
        before = set(stage.work.glob("*.svg"))
        ran = stage.run(step.command)
        new = sorted(set(stage.work.glob("*.svg")) - before)
        figures = tuple(path.read_text(encoding="utf-8") for path in new)
        found.steps.append(Shown(step, _text(ran), figures))
    for exercise in lesson.exercises:
        run = answers and exercise.solution
        found.exercises.append(Solved(exercise, _text(stage.run(exercise.solution)) if run else ""))
    return found


def _text(ran: Ran) -> str:
    return "\n".join(line.rstrip() for line in ran.text.splitlines()).strip("\n")


def parts(text: str) -> Iterator[tuple[str, str]]:
    """A step's text as ("text", paragraph), ("item", line of a list) and ("code", indented line)."""
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        kind = "item" if line.startswith("- ") else "code" if line.startswith("    ") else "text"
        if kind == "text" and line.strip():
            paragraph.append(line.strip())
            continue
        if paragraph:
            yield "text", "\n".join(paragraph)
            paragraph = []
        if kind != "text":
            yield kind, line[2:] if kind == "item" else line[4:]
