"""What is read in a sentence: facts and values that it states, and what it only mentions."""

from __future__ import annotations

from dataclasses import dataclass

from lmcli.expert.model import Value, value_words

QUESTION, IF, UNSURE, PAST, PERSON = "question", "if", "unsure", "past", "person"
"""Frames, and reasons of a doubt: asked, supposed, uncertain, of another time, of another person."""


@dataclass(frozen=True, slots=True)
class Match:
    """A fact (certainty 1 or -1) or an attribute's value, and the words that it was read from.

    score: 1 for words, the cosine for meaning; such a match should be confirmed.
    """

    subject: str
    certainty: float
    words: str
    value: Value | None = None
    score: float = 1.0

    def __str__(self) -> str:
        if self.value is not None:
            return ", ".join(value_words(self.subject, self.value))
        return self.subject if self.certainty > 0 else f"not {self.subject}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that was heard and is no fact. subject: what it is about, "" where nothing the base knows.

    reason: question, if, unsure, past, person, goal, denied, unit, conflict, value (an attribute without one),
    number (one that belongs to nothing). match: what a yes would state, where that can be said. who: the other person.
    """

    reason: str
    subject: str
    words: str
    match: Match | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence states, and what it only mentions. notes: measures that were converted, and to what."""

    matches: tuple[Match, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something that a fact or attribute is called. kind: fact, denial, attribute, goal, other (no fact at all)."""

    subject: str
    text: str
    kind: str = "fact"
