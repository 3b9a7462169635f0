"""What an output must hold, and what a learner answered, held against what is right."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NEAR = re.compile(rf"({NUMBER.pattern})\s*±\s*({NUMBER.pattern})")
_EXIT = re.compile(r"exit (\d+)")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of a block expect: a text, a number and how far from it, or an exit code."""

    text: str
    number: float | None = None
    within: float = 0.0
    code: int | None = None

    def met(self, output: str) -> bool:
        """Whether an output holds it; of an exit code nothing is asked here."""
        if self.number is None:
            return self.code is not None or _plain(self.text) in _plain(output)
        return any(abs(one - self.number) <= self.within for one in numbers(output))


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: words (any of them), or a number; or what a command of one's own must print."""

    text: str
    expected: tuple[Expectation, ...]
    of_command: bool = False

    @property
    def first(self) -> str:
        """The first of the answers that are equally right."""
        return self.expected[0].text

    def right(self, given: str) -> bool:
        """Whether what was typed is the answer."""
        given = _plain(given)
        for one in self.expected:
            if one.number is not None:
                if any(abs(value - one.number) <= one.within for value in numbers(given)):
                    return True
            elif given and given == _plain(one.text):
                return True
        return False

    def shown_by(self, output: str) -> bool:
        """Whether an output holds the answer."""
        return any(one.met(output) for one in self.expected)


def expectation_of(text: str) -> Expectation:
    """What a line of a block expect says."""
    if found := _EXIT.fullmatch(text):
        return Expectation(text, code=int(found[1]))
    if found := _NEAR.fullmatch(text):
        return Expectation(text, float(found[1]), abs(float(found[2])))
    return Expectation(text)


def answer_of(line: str) -> Answer:
    """What a line that begins with = or => says; | stands between answers that are equally right."""
    of_command = line.startswith("=>")
    text = line.removeprefix("=>" if of_command else "=").strip()
    parts = tuple(expectation_of(part.strip()) for part in text.split("|"))
    return Answer(text, parts, of_command)


def numbers(text: str) -> list[float]:
    """The numbers in a text."""
    return [float(found) for found in NUMBER.findall(text)]


def _plain(text: str) -> str:
    """Text as it is compared: one blank between words, no difference of case."""
    return " ".join(text.split()).casefold()
