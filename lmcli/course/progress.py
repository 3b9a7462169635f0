"""What was done of the course: course.json in the user's data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lmcli.frame.disk.folders import data_folder
from lmcli.frame.disk.whole import write_text

FILE = "course.json"


@dataclass(frozen=True, slots=True)
class Done:
    """How far a lesson was read: the step to go on with, and the exercises that were right."""

    step: int = 0
    steps: int = 0
    exercises: tuple[int, ...] = ()

    @property
    def read(self) -> bool:
        """Whether all steps were seen."""
        return self.steps > 0 and self.step >= self.steps


class Progress:
    """The lessons by name, and which was open last. A file that cannot be read counts as none."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.path = data_folder(variables) / FILE
        self.lessons: dict[str, Done] = {}
        self.last = ""
        try:
            self._take(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, AttributeError):
            self.lessons, self.last = {}, ""

    def _take(self, values: dict[str, Any]) -> None:
        self.last = str(values.get("last", ""))
        for name, one in values.get("lessons", {}).items():
            done = tuple(int(number) for number in one.get("exercises", ()))
            self.lessons[name] = Done(int(one["step"]), int(one["steps"]), done)

    def of(self, name: str) -> Done:
        """How far a lesson was read."""
        return self.lessons.get(name, Done())

    def note(self, name: str, done: Done) -> None:
        """Keep how far a lesson was read. Raises OSError where it cannot be written."""
        self.lessons[name] = done
        self.last = name
        values = {"last": name, "lessons": {key: asdict(one) for key, one in self.lessons.items()}}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")
