"""A lesson that plays itself: texts, commands as if typed, outputs, with time to read each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from lmcli.course.lesson import Lesson
from lmcli.course.player import Screen
from lmcli.course.running import Stage, faults

A_BYTE = 0.05  # seconds to read one of a text in UTF-8: 20 English letters a second, 7 Chinese ones
A_LINE = 0.6  # seconds to look at a line of output
SHORTEST, LONGEST = 3.0, 9.0  # seconds to look at an output
A_KEY = 0.05  # seconds between two letters of a command


@dataclass
class Tour:
    """All steps of a lesson, one after the other, without a key. `pause` takes seconds; without it nothing waits."""

    lesson: Lesson
    stage: Stage
    page: Screen
    stdout: TextIO
    pause: Callable[[float], None] | None = None
    wrong: int = 0

    def play(self) -> None:
        """Show and run every step. KeyboardInterrupt passes."""
        count = len(self.lesson.steps)
        for number, step in enumerate(self.lesson.steps, 1):
            self.page.step(step, number, count)
            self._wait(A_BYTE * len(step.text.encode()))
            if not step.command:
                continue
            self._type(f"$ lmcli {step.command}")
            ran = self.stage.run(step.command, self.stdout)
            if found := faults(step, ran):
                self.wrong += 1
                self.page.line(self.page.said["otherwise"].format(faults="; ".join(found)), "red")
            shown = A_LINE * len(ran.text.splitlines())
            self._wait(min(max(shown, SHORTEST), LONGEST))

    def _type(self, line: str) -> None:
        """Show a line letter by letter, where there is time."""
        if self.pause is None:
            self.page.line(line, "bold")
            return
        for letter in line:
            self.stdout.write(letter)
            self.stdout.flush()
            self.pause(A_KEY)
        self.stdout.write("\n")
        self.stdout.flush()

    def _wait(self, seconds: float) -> None:
        if self.pause is not None:
            self.pause(seconds)
