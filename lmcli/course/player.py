"""A lesson played: in the terminal step by step with the learner, or all at once where nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TextIO

from lmcli.course.lesson import Exercise, Lesson, Step
from lmcli.course.running import Ran, Stage, faults, solution_fault


class Screen(Protocol):
    """Where a lesson is shown; see course.view.page."""

    @property
    def said(self) -> Mapping[str, str]:
        """What the course says."""

    def step(self, step: Step, number: int, count: int) -> None:
        """Show a step's text."""

    def exercise(self, exercise: Exercise, number: int, count: int) -> None:
        """Show what an exercise asks."""

    def line(self, text: str, style: str = "") -> None:
        """Show a line."""


@dataclass
class Plain:
    """All of a lesson without a key: texts, commands and their outputs, one after the other."""

    lesson: Lesson
    stage: Stage
    page: Screen
    stdout: TextIO
    wrong: int = 0

    def play(self, numbers: range) -> None:
        """Show and run the steps with these numbers, and the exercises after the last one."""
        count = len(self.lesson.steps)
        for number in numbers:
            step = self.lesson.steps[number - 1]
            self.page.step(step, number, count)
            if step.guess:
                self.page.line(self.page.said["guess"].format(question=step.guess.question))
            if step.command:
                self._tell(faults(step, self._run(step.command)))
            if step.guess:
                self.page.line(self.page.said["answer_is"].format(answer=step.guess.answer.first))
            if step.attempt:
                self.page.line(self.page.said["try"].format(command=f"lmcli {step.attempt}"))
        if numbers.stop > count:
            self._exercises()

    def _exercises(self) -> None:
        count = len(self.lesson.exercises)
        for number, exercise in enumerate(self.lesson.exercises, 1):
            self.page.exercise(exercise, number, count)
            fault = solution_fault(exercise, self._run)
            self._tell([fault] if fault else [])
            self.page.line(self.page.said["answer_is"].format(answer=answer_text(exercise)))

    def _run(self, command: str) -> Ran:
        self.page.line(f"$ lmcli {command}", "bold")
        return self.stage.run(command, self.stdout)

    def _tell(self, found: list[str]) -> None:
        if found:
            self.wrong += 1
            self.page.line(self.page.said["otherwise"].format(faults="; ".join(found)), "red")


def answer_text(exercise: Exercise) -> str:
    """The answer to an exercise in words: a choice's text, or what stands after =."""
    if exercise.choices:
        return exercise.choices[int(exercise.answer.text) - 1]
    return exercise.answer.first


class Asking(Protocol):
    """What the learner types; see course.view.reading."""

    def read(self, message: str, below: str, given: str = "") -> object:
        """A text, or one of the keys."""


@dataclass
class Keys:
    """The keys that go on, back and away, as `Asking` gives them."""

    next: object
    back: object
    quit: object


@dataclass
class Player:
    """A lesson with the learner at the keys. `kept` is called with each step that is reached."""

    lesson: Lesson
    stage: Stage
    page: Screen
    asking: Asking
    keys: Keys
    stdout: TextIO
    kept: Callable[[int, tuple[int, ...]], None]
    right: tuple[int, ...] = ()

    def play(self, start: int) -> int | None:
        """Play from a step (1-based) on; the step where the learner left, None at the end."""
        places = len(self.lesson.steps) + len(self.lesson.exercises)
        place = start - 1
        while place < places:
            self.kept(place, self.right)
            key = self._show(place)
            if key is self.keys.quit:
                return min(place + 1, len(self.lesson.steps))
            place = max(0, place - 1) if key is self.keys.back else place + 1
        self.kept(len(self.lesson.steps), self.right)
        return None

    def _show(self, place: int) -> object:
        steps = len(self.lesson.steps)
        if place < steps:
            return self._step(self.lesson.steps[place], place + 1)
        return self._exercise(self.lesson.exercises[place - steps], place - steps + 1)

    def _step(self, step: Step, number: int) -> object:
        said = self.page.said
        self.page.step(step, number, len(self.lesson.steps))
        given: object = ""
        if step.guess:
            self.page.line(said["guess"].format(question=step.guess.question), "yellow")
            given = self.asking.read(said["guess_prompt"], said["go_on"])
            if given in (self.keys.back, self.keys.quit):
                return given
        if step.command:
            typed = self.asking.read("lmcli> ", said["run"], step.command)
            if not isinstance(typed, str):
                return typed
            if typed:
                ran = self._run(typed)
                if typed == step.command and (found := faults(step, ran)):
                    self.page.line(said["otherwise"].format(faults="; ".join(found)), "red")
        if step.guess and isinstance(given, str) and given:
            right = step.guess.answer.right(given)
            text = said["guess_right"] if right else said["guess_wrong"]
            self.page.line(
                text.format(given=given, answer=step.guess.answer.first),
                "green" if right else "yellow",
            )
        if step.attempt:
            self.page.line(said["try"].format(command=step.attempt), "yellow")
        return self._anything()

    def _anything(self) -> object:
        """Run what the learner types until a key goes on."""
        while True:
            typed = self.asking.read("lmcli> ", self.page.said["go_on"])
            if not isinstance(typed, str):
                return typed
            if not typed:
                return self.keys.next
            self._run(typed)

    def _run(self, command: str) -> Ran:
        """Run a line; Ctrl-C stops it alone."""
        try:
            return self.stage.run(command.removeprefix("lmcli "), self.stdout)
        except KeyboardInterrupt:
            self.page.line("^C")
            return Ran(command, "", "", 130)

    def _exercise(self, exercise: Exercise, number: int) -> object:
        said = self.page.said
        self.page.exercise(exercise, number, len(self.lesson.exercises))
        below = said["command_keys" if exercise.answer.of_command else "answer_keys"]
        message = "lmcli> " if exercise.answer.of_command else said["answer_prompt"]
        while True:
            typed = self.asking.read(message, below)
            if not isinstance(typed, str):
                return typed
            if not typed:
                return self.keys.next
            if typed in ("?", "？"):
                self.page.line(exercise.hint or said["no_hint"])
                continue
            if self._is_right(exercise, typed):
                self.page.line(said["right"], "green")
                if exercise.solution and not exercise.answer.of_command:
                    self.page.line(said["solution"].format(command=f"lmcli {exercise.solution}"))
                self.right = tuple(sorted({*self.right, number}))
                return self._anything()
            self.page.line(said["wrong"], "yellow")

    def _is_right(self, exercise: Exercise, typed: str) -> bool:
        if exercise.answer.of_command:
            return exercise.answer.shown_by(self._run(typed).output)
        return exercise.answer.right(typed)
