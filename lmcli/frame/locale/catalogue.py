"""Texts of the source with their translations, and messages that were made of them.

A message is an f-string in the source: `f"{word!r} is not in {model}"`. Its entry in the catalogue is the same
text with {} for what is put in, and its translation names the parts by their number: "{} is not in {}" ->
"{2} 里没有 {1}". A message is told by the entry that it fits with the fewest letters put in; parts are translated
in their turn. So the source stays plain, and English costs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

GAP = "{}"
_NUMBERED = re.compile(r"\{(\d+)\}")
_DEEPEST = 4  # parts of parts
_LEAST = 5  # letters of an entry that messages are compared with


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of a language by their English: those of every file in its folder."""
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Template:
    """An entry with gaps."""

    source: str
    target: str

    @cached_property
    def pieces(self) -> list[str]:
        """What stands between the gaps."""
        return self.source.split(GAP)

    def parts(self, message: str) -> tuple[str, ...] | None:
        """What `message` has in the gaps; None where it is not made of this entry."""
        first, *_, last = self.pieces
        if not (message.startswith(first) and message.endswith(last)):
            return None
        if not all(piece in message for piece in self.pieces):
            return None
        match = re.fullmatch("(.*?)".join(map(re.escape, self.pieces)), message, re.DOTALL)
        return match.groups() if match else None

    def filled(self, parts: tuple[str, ...]) -> str:
        """The translation with the parts where their numbers stand."""
        return _NUMBERED.sub(lambda number: parts[int(number[1]) - 1], self.target)


@cache
def templates(language: str) -> list[Template]:
    """The entries with gaps, those with the most letters of their own first.

    One of a word or two ("{} is {}") fits too much to say what a message is.
    """
    found = [
        Template(*pair)
        for pair in texts(language).items()
        if GAP in pair[0] and not 0 < sum(map(str.isalpha, pair[0])) < _LEAST
    ]
    return sorted(found, key=lambda one: -sum(map(len, one.pieces)))


def translated(message: str, language: str, depth: int = 0) -> str:
    """A message in a language; what no entry fits stays as it is."""
    if depth and " " not in message:  # a name, a number: a word is no text of ours
        return message
    known = texts(language)
    if message in known:
        return known[message]
    if depth == _DEEPEST or not any(map(str.isalpha, message)):
        return message
    for template in templates(language):
        if (parts := template.parts(message)) is not None:
            return template.filled(tuple(translated(part, language, depth + 1) for part in parts))
    return message


def gaps(text: str) -> int:
    """How many parts an entry is put together from."""
    return text.count(GAP)


def numbers(target: str) -> Iterator[int]:
    """The numbers of the parts that a translation names."""
    return (int(found[1]) for found in _NUMBERED.finditer(target))
