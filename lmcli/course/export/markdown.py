"""A lesson as Markdown, its outputs in blocks and its figures inside the text."""

from __future__ import annotations

from base64 import b64encode

from lmcli.course.export.recorded import Recorded
from lmcli.course.player import answer_text
from lmcli.course.view.words import words


def markdown(lesson: Recorded) -> str:
    """The text of a Markdown file."""
    return "\n\n".join(text for _, text in cells(lesson)) + "\n"


def cells(lesson: Recorded) -> list[tuple[str, str]]:
    """The lesson in pieces, each with its kind: text, or command (with its output below it)."""
    said = words(lesson.lesson.language)
    found = [("text", f"# {lesson.lesson.title}\n\n{lesson.lesson.about}".strip())]
    for shown in lesson.steps:
        guess = (
            f"\n\n{said['guess'].format(question=shown.step.guess.question)}"
            if shown.step.guess
            else ""
        )
        found.append(("text", f"## {shown.step.title}\n\n{shown.step.text}{guess}"))
        if shown.step.command:
            found.append(
                ("command", f"```console\n$ lmcli {shown.step.command}\n{shown.output}\n```")
            )
        found += [("text", f"![{shown.step.title}]({_inside(figure)})") for figure in shown.figures]
        if shown.step.attempt:
            found.append(("text", said["try"].format(command=f"`lmcli {shown.step.attempt}`")))
    for number, solved in enumerate(lesson.exercises, 1):
        place = said["exercise"].format(number=number, count=len(lesson.exercises))
        exercise = solved.exercise
        choices = "".join(f"\n{at}. {choice}" for at, choice in enumerate(exercise.choices, 1))
        found.append(
            ("text", f"## {exercise.title} ({place})\n\n{exercise.question}\n{choices}".rstrip())
        )
        if lesson.answers:
            found.append(("text", said["answer_is"].format(answer=answer_text(exercise))))
            if exercise.solution:
                found.append(
                    ("command", f"```console\n$ lmcli {exercise.solution}\n{solved.output}\n```")
                )
    if lesson.lesson.readings:
        items = "\n".join(f"- {one}" for one in lesson.lesson.readings)
        found.append(("text", f"## {said['readings']}\n\n{items}"))
    return found


def _inside(figure: str) -> str:
    """A figure as an address that holds it."""
    return f"data:image/svg+xml;base64,{b64encode(figure.encode()).decode()}"
