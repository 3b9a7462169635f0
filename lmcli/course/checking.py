"""A lesson held to its word: every command prints what the lesson says, every exercise has its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from lmcli.course.lesson import Lesson
from lmcli.course.running import Stage, faults, solution_fault
from lmcli.frame.locale import LANGUAGES


@dataclass(frozen=True, slots=True)
class Checked:
    """A step or exercise that ran: what is wrong, "" where nothing is; seconds it took."""

    lesson: str
    language: str
    step: str
    title: str
    command: str
    seconds: float
    fault: str

    PLAIN: ClassVar[tuple[str, ...]] = ("lesson", "language", "step", "seconds", "fault")


def check(lesson: Lesson, stage: Stage) -> Iterator[Checked]:
    """A row for each step that has a command, and each exercise."""
    for number, step in enumerate(lesson.steps, 1):
        if not step.command:
            continue
        start = monotonic()
        wrong = "; ".join(faults(step, stage.run(step.command)))
        yield _row(lesson, str(number), step.title, step.command, start, wrong)
    for number, exercise in enumerate(lesson.exercises, 1):
        start = monotonic()
        wrong = solution_fault(exercise, stage.run)
        yield _row(lesson, f"exercise {number}", exercise.title, exercise.solution, start, wrong)


def _row(lesson: Lesson, step: str, title: str, command: str, start: float, wrong: str) -> Checked:
    seconds = round(monotonic() - start, 2)
    return Checked(lesson.name, lesson.language, step, title, command, seconds, wrong)


def unlike(lessons: dict[str, Lesson]) -> list[str]:
    """In what a lesson's two languages differ that should be alike; nothing where there is but one."""
    if len(lessons) < len(LANGUAGES):
        return []
    first, second = (lessons[code] for code in LANGUAGES)
    counts = (
        ("steps", len(first.steps), len(second.steps)),
        ("exercises", len(first.exercises), len(second.exercises)),
        ("minutes", first.minutes, second.minutes),
    )
    found = [f"{what}: {one} and {other}" for what, one, other in counts if one != other]
    for number, (one, other) in enumerate(zip(first.steps, second.steps, strict=False), 1):
        if bool(one.command) != bool(other.command) or bool(one.guess) != bool(other.guess):
            found.append(f"step {number} has a command or a guess in one language alone")
    return found
