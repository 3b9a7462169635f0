"""Free sentences to facts: through the base's names and synonyms, then (optionally) through sentence vectors.

A match says which words it stands on, so that it can be shown and corrected. Questions are no statements and match
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lmcli.expert.model import RuleBase, Value, plain_value
from lmcli.expert.terms import Vocabulary

NEAR = 0.55
"""The least cosine of a sentence and a name that counts as near in meaning (MiniLM: unrelated ones reach .43)."""


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
            return f"{self.subject} = {plain_value(self.value)}"
        return self.subject if self.certainty > 0 else f"not {self.subject}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something that a fact or attribute is called."""

    subject: str
    text: str


class Language(Protocol):
    """How sentences of one language are read."""

    def __init__(self, phrases: Sequence[Phrase], attributes: Iterable[str]) -> None: ...

    def match(self, sentence: str) -> list[Match]:
        """The facts and values in a sentence, in order."""

    def leftover(self, sentence: str) -> str:
        """What of a sentence could still mean a fact, or nothing."""


Similar = Callable[[str, Sequence[str]], Sequence[float]]
"""The cosines of one text with several."""


class Matcher:
    """Reads sentences for one base; `similar` gives meaning a second chance where no word fits."""

    def __init__(self, base: RuleBase, similar: Similar | None = None) -> None:
        self.vocabulary = vocabulary = Vocabulary(base)
        goals = set(base.goals)  # they are concluded, not told: "I think it is flu" is no evidence
        names = [*(fact for fact in vocabulary.facts if fact not in goals), *vocabulary.attributes]
        self.phrases = [
            Phrase(name, text) for name in names for text in (name, *base.synonyms.get(name, ()))
        ]
        self.attributes = set(vocabulary.attributes)
        self.similar = similar
        self.language: Language
        if base.language == "zh":
            from lmcli.expert.language.chinese import Chinese

            self.language = Chinese(self.phrases, vocabulary.attributes)
        else:
            from lmcli.expert.language.english import English

            self.language = English(self.phrases, vocabulary.attributes)

    def match(self, sentence: str) -> list[Match]:
        """The facts that a sentence states, each once; [] where it states none."""
        found = {match.subject: match for match in reversed(self.language.match(sentence))}
        matches = list(reversed(found.values()))
        return matches or self._by_meaning(sentence)

    def _by_meaning(self, sentence: str) -> list[Match]:
        rest = self.language.leftover(sentence)
        if not rest or self.similar is None:
            return []
        phrases = [phrase for phrase in self.phrases if phrase.subject not in self.attributes]
        scores = self.similar(rest, [phrase.text for phrase in phrases])
        best = max(range(len(phrases)), key=scores.__getitem__)
        if scores[best] < NEAR:
            return []
        return [Match(phrases[best].subject, 1.0, rest, score=float(scores[best]))]
