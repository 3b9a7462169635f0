"""A phrase in two languages: chunks of Chinese, English words, and for each word the chunks that it comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PLURAL = 4  # besides 1, 2 and 3: they, we, two cats

Words = tuple[tuple[str, frozenset[int]], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """chinese: chunks. english: (word, numbers of its chunks). person: 1, 2, 3 or PLURAL, for what agrees with it."""

    chinese: tuple[str, ...]
    english: Words
    person: int = 3

    def moved(self, by: int) -> Words:
        """The English words where the first chunk has the number `by`."""
        return tuple((word, frozenset(at + by for at in own)) for word, own in self.english)


def words(chinese: str, english: str, person: int = 3) -> Phrase:
    """A phrase of one chunk, from which every word of the English comes."""
    return Phrase((chinese,), tuple((word, frozenset((0,))) for word in english.split()), person)


def joined(parts: Sequence[Phrase], person: int = 3) -> Phrase:
    """Phrases one after the other, in both languages."""
    chinese: list[str] = []
    english: list[tuple[str, frozenset[int]]] = []
    for part in parts:
        english += part.moved(len(chinese))
        chinese += part.chinese
    return Phrase(tuple(chinese), tuple(english), person)


def entry(of: Sequence[str]) -> Phrase:
    """The phrase of a word in the lexicon: Chinese, English, whatever else."""
    return words(of[0], of[1])


def third(verb: str) -> str:
    """The form of a verb after he and she; of several words the first changes: play games, plays games."""
    first, _, rest = verb.partition(" ")
    if first in ("be", "have"):
        changed = {"be": "is", "have": "has"}[first]
    elif re.search("(s|sh|ch|x|go|do)$", first):
        changed = first + "es"
    elif re.search("[^aeiou]y$", first):
        changed = first[:-1] + "ies"
    else:
        changed = first + "s"
    return f"{changed} {rest}".strip()


def agreeing(verb: str, person: int) -> str:
    """A verb as it stands after a subject of that person."""
    if verb == "be":
        return {1: "am", 3: "is"}.get(person, "are")
    special = {"don't": "doesn't", "haven't": "hasn't", "can": "can", "will": "will"}
    return verb if person != 3 else special.get(verb, third(verb))


def articles(english: Sequence[str]) -> list[str]:
    """The words with an for a where a vowel follows."""
    done = list(english)
    for at, (word, after) in enumerate(pairwise(english)):
        if word == "a" and after[0].lower() in "aeiou" and not after.startswith(("use", "uni")):
            done[at] = "an"
    return done
