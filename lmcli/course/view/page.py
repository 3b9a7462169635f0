"""Steps and exercises as text: wrapped by the cells of the terminal, `code` and **words** marked where colours are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from lmcli.course.lesson import Exercise, Lesson, Step
from lmcli.frame.environment import Environment
from lmcli.frame.text.wrapping import breaks

_MARKS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


class Page:
    """Prints the parts of a lesson to a command's stdout."""

    def __init__(self, env: Environment, said: Mapping[str, str]) -> None:
        self._console: Console = env.output.console()
        self._console.soft_wrap = False
        self._env = env
        self.said = said

    def title(self, lesson: Lesson, number: int | None) -> None:
        """The lesson's name above all."""
        before = f"{number}. " if number else ""
        minutes = self.said["minutes"].format(minutes=lesson.minutes)
        self.line(f"{before}{lesson.title}   ({minutes})", "bold")
        if lesson.about:
            self.line(lesson.about, "dim")

    def head(self, place: str, title: str) -> None:
        """A step's or an exercise's title, after an empty line."""
        self.line("")
        self.line(f"── {title} · {place}", "bold cyan")

    def text(self, text: str) -> None:
        """Paragraphs; lines that are indented or begin with a dash stay lines."""
        for paragraph in _paragraphs(text):
            self._show(marked(paragraph))

    def line(self, text: str, style: str = "") -> None:
        """One line, or as many as it needs."""
        self._show(Text(text, style))
        self._env.output.flush()

    def _show(self, text: Text) -> None:
        """A text in lines of the terminal's width."""
        for line in _lines(text, self._console.width) if text.plain else (text,):
            self._console.print(line, highlight=False, no_wrap=True, overflow="ignore", crop=False)

    def step(self, step: Step, number: int, count: int) -> None:
        """What is read before a step's command."""
        self.head(self.said["step"].format(number=number, count=count), step.title)
        self.text(step.text)

    def exercise(self, exercise: Exercise, number: int, count: int) -> None:
        """What is asked, and the choices by number."""
        self.head(self.said["exercise"].format(number=number, count=count), exercise.title)
        self.text(exercise.question)
        for place, choice in enumerate(exercise.choices, 1):
            self.line(f"  {place}  {choice}")

    def readings(self, lesson: Lesson) -> None:
        """What to read on."""
        if lesson.readings:
            self.line("")
            self.line(self.said["readings"], "bold")
        for one in lesson.readings:
            self.line(f"  {one}")


def _lines(text: Text, width: int) -> Iterator[Text]:
    """The lines of one styled paragraph."""
    for start, end in breaks(text.plain, width):
        line = text[start:end]
        line.rstrip()
        yield line


def _paragraphs(text: str) -> list[str]:
    """The text's lines joined to paragraphs, but for lists and what is indented."""
    found: list[str] = []
    for line in text.splitlines():
        apart = (
            not line.strip() or line.startswith(("- ", " ")) or not found or not found[-1].strip()
        )
        if apart or found[-1].startswith(" "):
            found.append(line)
        else:
            found[-1] += _glue(found[-1], line) + line
    return found


def _glue(before: str, after: str) -> str:
    """A blank between two lines, but for Chinese ones."""
    return "" if ord(before[-1:] or " ") > 0x2E7F and ord(after[:1] or " ") > 0x2E7F else " "


def marked(text: str) -> Text:
    """Text whose `code` and **words** are styled; without colours the marks of code become quotes of none."""
    found = Text()
    end = 0
    for mark in _MARKS.finditer(text):
        found.append(text[end : mark.start()])
        found.append(mark[1] or mark[2], "green" if mark[1] else "bold")
        end = mark.end()
    return found.append(text[end:])
