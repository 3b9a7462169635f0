"""The commands of a lesson run as in a session, and what they print is kept beside being shown."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO, cast

from lmcli.course.lesson import Exercise, Lesson, Step
from lmcli.frame.environment import Environment
from lmcli.frame.errors import Exit
from lmcli.repl.lines import run
from lmcli.repl.session import Session

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, without colours, its rows as lines, and its exit code."""

    command: str
    text: str
    rows: str
    code: int

    @property
    def output(self) -> str:
        """All that can be held against what is expected: the rows whole, which a narrow table may cut."""
        return f"{self.text}\n{self.rows}"


class Stage:
    """A session for one lesson: $here is its folder, $work a folder that is gone afterwards."""

    def __init__(self, env: Environment, lesson: Lesson, work: Path) -> None:
        self.session = Session(env)
        self.work = work
        self.session.variables.set_text("here", str(lesson.folder))
        self.session.variables.set_text("work", str(work))

    def without_keys(self) -> None:
        """Let nobody be asked: commands find stdin empty."""
        self.session.env = replace(self.session.env, stdin=io.BytesIO(), stdin_isatty=False)

    def run(self, command: str, shown: TextIO | None = None) -> Ran:
        """Run a line; with `shown` what it prints is also written there, as it comes. KeyboardInterrupt passes."""
        own = self.session.env
        copy = Copy(shown)
        self.session.variables.rows.pop("_", None)
        isatty = own.stdout_isatty and shown is not None
        changed = replace(own, stdout=cast(TextIO, copy), stdout_isatty=isatty, lasting=True)
        if shown is None:
            changed = replace(changed, stderr=cast(TextIO, copy), stderr_isatty=False)
        self.session.env = changed
        try:
            code = run(self.session, command)
        finally:
            self.session.env = own
        rows = "\n".join(row.plain for row in self.session.variables.rows.get("_", ()))
        return Ran(command, _ANSI.sub("", copy.kept.getvalue()), rows, code)


@contextmanager
def stage(env: Environment, lesson: Lesson) -> Iterator[Stage]:
    """A stage for a lesson's commands."""
    with TemporaryDirectory(prefix="lmcli-course-") as work:
        yield Stage(env, lesson, Path(work))


class Copy(io.TextIOBase):
    """A text stream that keeps what is written, and hands it on where there is another."""

    encoding = "utf-8"

    def __init__(self, onward: TextIO | None) -> None:
        self.kept = io.StringIO()
        self._onward = onward

    def write(self, text: str) -> int:
        """Keep and hand on."""
        if self._onward is not None:
            self._onward.write(text)
        return self.kept.write(text)

    def flush(self) -> None:
        """Hand on what waits."""
        if self._onward is not None:
            self._onward.flush()

    def isatty(self) -> bool:
        """As what it is handed on to."""
        return self._onward is not None and self._onward.isatty()

    def fileno(self) -> int:
        """As what it is handed on to."""
        if self._onward is None:
            raise OSError("no file")
        return self._onward.fileno()

    def writable(self) -> bool:
        """Always."""
        return True


def faults(step: Step, ran: Ran) -> list[str]:
    """What a step's command did not do as the lesson says."""
    wanted = next((one.code for one in step.expected if one.code is not None), int(Exit.OK))
    found = [] if ran.code == wanted else [f"exit code {ran.code} where {wanted} is expected"]
    missing = [one.text for one in step.expected if one.code is None and not one.met(ran.output)]
    return found + [f"the output does not hold {text!r}" for text in missing]


def solution_fault(exercise: Exercise, run_line: Callable[[str], Ran]) -> str:
    """Why an exercise's solution does not show its answer; "" where it does, or there is nothing to run."""
    if not exercise.solution:
        return ""
    ran = run_line(exercise.solution)
    if ran.code not in (Exit.OK, Exit.NO_ANSWER, Exit.PARTIAL):
        return f"{exercise.solution}: exit code {ran.code}"
    if exercise.choices or exercise.answer.shown_by(ran.output):
        return ""
    return f"{exercise.solution}: the output does not hold {exercise.answer.text!r}"
