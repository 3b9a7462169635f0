"""Free sentences to facts: through the base's names and synonyms, then (optionally) through sentence vectors.

A match says which words it stands on, so that it can be shown and corrected. What is asked, supposed, past or about
somebody else is heard too, as a doubt: it becomes no fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from lmcli.expert.language.hearing import Heard
from lmcli.expert.language.measures import FAHRENHEIT, FAHRENHEIT_WORDS, Scale
from lmcli.expert.language.normal import plain
from lmcli.expert.language.reading import Match, Phrase, Reading
from lmcli.expert.model import RuleBase
from lmcli.expert.terms import DENIAL, Vocabulary
from lmcli.frame.errors import BadInput

_HAN = re.compile("[\u3400-\u9fff]")
LONGEST = 2000  # characters of one line that is read as sentences
NEAR = 0.55
"""The least cosine of a sentence and a name that counts as near in meaning (MiniLM: unrelated ones reach .43)."""


class Language(Protocol):
    """How sentences of one language are read."""

    def __init__(self, phrases: Sequence[Phrase]) -> None: ...

    def read(self, text: str, asked: str = "") -> Heard:
        """What a text says, in order. asked: the attribute of the open question, which a bare number answers."""

    def leftover(self, sentence: str) -> str:
        """What of a sentence could still mean a fact, or nothing."""


Similar = Callable[[str, Sequence[str]], Sequence[float]]
"""The cosines of one text with several."""


class Matcher:
    """Reads sentences for one base; `similar` gives meaning a second chance where no word fits."""

    def __init__(self, base: RuleBase, similar: Similar | None = None) -> None:
        self.vocabulary = vocabulary = Vocabulary(base)
        self.phrases = list(_phrases(base, vocabulary))
        self.attributes = set(vocabulary.attributes)
        self.scales = {name: _scale(base, vocabulary, name) for name in self.attributes}
        self.similar = similar
        self.language: Language
        self.chinese: Language | None = None  # names in Chinese may stand in a base of any language
        if base.language == "zh" or any(_HAN.search(phrase.text) for phrase in self.phrases):
            from lmcli.expert.language.chinese.sentences import Chinese

            self.language = self.chinese = Chinese(self.phrases)
        if base.language != "zh":
            from lmcli.expert.language.english.sentences import English

            self.language = English(self.phrases)

    @staticmethod
    def refuse_long(text: str) -> None:
        """Raise BadInput for a line of more than LONGEST characters."""
        if len(text) > LONGEST:
            raise BadInput(f"a line of {len(text)} characters is too long", "tell less at once")

    def match(self, sentence: str) -> list[Match]:
        """The facts that a sentence states, each once; [] where it states none."""
        return list(self.read(sentence).matches)

    def read(self, sentence: str, asked: str = "") -> Reading:
        """What a sentence states, each fact once, and what it mentions without stating it."""
        sentence = plain(sentence)
        reader = self.chinese if self.chinese and _HAN.search(sentence) else self.language
        heard = reader.read(sentence, asked if asked in self.attributes else "")
        named = any(measure.unit == FAHRENHEIT for measure, _, _ in heard.measures)
        heard.fahrenheit = not named and bool(FAHRENHEIT_WORDS.search(sentence))
        reading = heard.reading(self.scales)
        if reading.matches or reading.doubts:
            return reading
        return Reading(tuple(self._by_meaning(sentence)))

    def _by_meaning(self, sentence: str) -> list[Match]:
        rest = self.language.leftover(sentence)
        if not rest or self.similar is None:
            return []
        phrases = [phrase for phrase in self.phrases if phrase.kind == "fact"]
        scores = self.similar(rest, [phrase.text for phrase in phrases])
        best = max(range(len(phrases)), key=scores.__getitem__)
        if scores[best] < NEAR:
            return []
        return [Match(phrases[best].subject, 1.0, rest, score=float(scores[best]))]


def _phrases(base: RuleBase, vocabulary: Vocabulary) -> Iterator[Phrase]:
    """All that can be found in a sentence: names and wordings, and what only looks like one."""
    goals = set(base.goals)  # they are concluded, not told: "I think it is flu" is no evidence
    for name in (*vocabulary.facts, *vocabulary.attributes):
        kind = "goal" if name in goals else "attribute" if name in vocabulary.attributes else "fact"
        yield Phrase(name, name, kind)
        for text in base.synonyms.get(name, ()):
            if text.startswith(DENIAL):
                yield Phrase(name, text.removeprefix(DENIAL), "denial")
            else:
                yield Phrase(name, text, kind)
    for text in base.ignore:
        yield Phrase("", text, "other")


def _scale(base: RuleBase, vocabulary: Vocabulary, name: str) -> Scale:
    numbers = [c.value for c in vocabulary.comparisons(name) if isinstance(c.value, float)]
    return Scale.of(numbers, (name, base.questions.get(name, ""), *base.synonyms.get(name, ())))
