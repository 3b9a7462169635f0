"""The exceptions that lmcli raises on purpose, and the exit code of each.

Engines raise these where the fault is known; `frame.output` turns one that belongs to a record into a line on
stderr, and `lmcli.__main__` turns the rest into a message and an exit code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """What a process's exit code says; documented in the README."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NO_ANSWER = 3
    MODEL = 4
    PARTIAL = 5
    INTERRUPTED = 130


class LmcliError(Exception):
    """Something that the user can understand and mend.

    `message` says what was wrong and where, `hint` what to do next.
    """

    exit_code: Exit = Exit.FAILURE

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class BadInput(LmcliError):
    """A file or record whose content cannot be used: malformed, truncated, of the wrong kind."""


class BadUsage(LmcliError):
    """Arguments or options that make no sense together."""

    exit_code = Exit.USAGE


class NoAnswer(LmcliError):
    """The question was sound and has no answer: nothing concluded, no path."""

    exit_code = Exit.NO_ANSWER


class UnknownWord(NoAnswer):
    """A word that the model does not hold; `hint` is for one without suggestions."""

    def __init__(
        self, word: str, model: str, suggestions: Iterable[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(f"{quoted(word)} is not in {model}", did_you_mean(suggestions) or hint)
        self.word = word


class ModelError(LmcliError):
    """A model that is missing, damaged, of the wrong kind, or out of reach offline."""

    exit_code = Exit.MODEL


class Reported(LmcliError):
    """Every record failed and each was reported: the first one's exit code, and nothing more to say."""

    def __init__(self, error: LmcliError) -> None:
        super().__init__(error.message, error.hint)
        self.exit_code = error.exit_code


class PartialFailure(LmcliError):
    """The stream is done, but some of its records failed, and each of them was reported."""

    exit_code = Exit.PARTIAL

    def __init__(self, failed: int, total: int) -> None:
        super().__init__(f"{failed} of {total} records failed")


class MissingExtra(LmcliError):
    """A package of an optional extra is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed",
            f"install it with: pip install 'lmcli[{extra}]'",
        )


@dataclass(frozen=True, slots=True)
class Noted:
    """The rows of a record, and what is to be said of them on stderr, with the record's line."""

    rows: Any
    warnings: tuple[str, ...]


def named(path: str | os.PathLike[str]) -> str:
    """A path for a message of one line: what is no printable character is written as an escape."""
    text = os.fspath(path)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of the file system that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def quoted(text: str, longest: int = 80) -> str:
    """`text` in quotes for a message, cut where a whole file came as one line."""
    return repr(text) if len(text) <= longest else f"{text[:longest]!r}..."


def no_text(text: str) -> BadInput | None:
    """The error of a text with half a surrogate pair (bytes that are no UTF-8, or a JSON escape), else None."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return BadInput(
            f"{quoted(text)} is not Unicode text, at character {error.start + 1}",
            "is it in another encoding than UTF-8?",
        )
    return None


def did_you_mean(suggestions: Iterable[str]) -> str | None:
    """A hint that offers `suggestions`, or None where there are none."""
    words = list(suggestions)
    return f"did you mean {', '.join(words)}?" if words else None
