"""The course's terms and its dates, each in one table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from lmcli.frame.errors import BadUsage, NoAnswer, did_you_mean

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the course: its names, what it means in two sentences, where it is shown."""

    term: str
    chinese: str
    meaning: str
    lesson: str
    command: str

    PLAIN: ClassVar[tuple[str, ...]] = ("term", "chinese", "meaning", "lesson", "command")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was found: the year, what, by whom, and the paper."""

    year: int
    what: str
    who: str
    source: str

    PLAIN: ClassVar[tuple[str, ...]] = ("year", "what", "who", "source")


@cache
def _table(name: str) -> list[dict[str, Any]]:
    with (DATA / f"{name}.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)[name]
    return found


def terms(language: str) -> list[Term]:
    """All terms, their meaning in a language."""
    return [
        Term(one["en"], one["zh"], one[f"meaning_{language}"], one["lesson"], one["command"])
        for one in _table("terms")
    ]


def look_up(wanted: Iterable[str], language: str) -> list[Term]:
    """The terms of that name in either language, or whose name holds the words. Raises NoAnswer for an unknown one."""
    known = terms(language)
    found = []
    for word in wanted:
        folded = " ".join(word.split()).casefold()
        if not folded:
            raise BadUsage("an empty term", "lmcli glossary lists them")
        same = [one for one in known if folded in (one.term.casefold(), one.chinese.casefold())]
        same = same or [
            one for one in known if folded in one.term.casefold() or folded in one.chinese
        ]
        if not same:
            names = {name.casefold() for one in known for name in (one.term, one.chinese)}
            near = did_you_mean(get_close_matches(folded, names, n=3))
            raise NoAnswer(
                f"the glossary has no {word!r}", near or "lmcli glossary lists the terms"
            )
        found += same
    return found


def events(language: str) -> list[Event]:
    """What was found, by year."""
    rows = [
        Event(one["year"], one[f"what_{language}"], one["who"], one["source"])
        for one in _table("timeline")
    ]
    return sorted(rows, key=lambda one: one.year)
