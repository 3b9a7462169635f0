"""English sentences: words cut to light stems, phrases found in any order within a few words, the reach of `no`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmcli.expert.language.match import Match, Phrase

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|°c|[,;.!?]")
_SPOKEN = {
    "a", "an", "the", "it", "its", "it's", "is", "are", "was", "were", "be", "been", "am", "i'm", "he's", "she's",
    "has", "have", "had", "having", "i've", "with", "he", "she", "they", "his", "her", "their", "my", "i", "me", "you",
    "your", "this", "that", "there", "of", "in", "on", "at", "to", "for", "very", "really", "quite", "so", "too",
    "also", "got", "gets", "get", "some", "any", "do", "does", "did", "him", "them", "animal", "patient", "seems",
    "who", "which", "from", "by", "as", "than", "then", "when", "while", "and", "or", "lot", "lots", "bit", "little",
    "can", "could", "will", "would", "yes", "well", "one", "think", "since", "just", "still", "now", "kind",
}  # fmt: skip
_NEGATORS = {
    "no",
    "not",
    "never",
    "without",
    "neither",
    "nor",
    "cannot",
    "lacks",
    "lack",
    "lacking",
    "none",
}
_RESTART = {
    "has",
    "have",
    "is",
    "a",
    "an",
    "with",
    "it",
    "he",
    "she",
    "they",
    "the",
    "can",
    "does",
    "i",
    "there",
}
_QUESTION = re.compile(
    r"\s*(what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|should)\b"
)
_MARKS = set(",;.!?")
_STOPS = {";", ".", "!", "?", "but", "although", "though", "however", "yet", "except"}
SLACK = 2  # words that may stand between those of a phrase


def stem(word: str) -> str:
    """A word without its plural, -ing or -ed; light, and the same for names and sentences."""
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("aches") and not word.endswith("eaches"):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sle":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@dataclass(frozen=True, slots=True)
class _Pattern:
    phrase: Phrase
    stems: tuple[str, ...]
    crossing: bool


class English:
    """Reads English; see `match.Language`."""

    def __init__(self, phrases: Sequence[Phrase], attributes: Iterable[str]) -> None:
        self.attributes = set(attributes)
        patterns = [_Pattern(p, self._stems(p.text), " and " in p.text) for p in phrases]
        self.patterns = sorted(patterns, key=lambda pattern: -len(pattern.stems))

    def match(self, sentence: str) -> list[Match]:
        """The facts and values in a sentence, in order; the longest phrases are found first."""
        words = self._words(sentence)
        if self._asks(sentence, words):
            return []
        stems = [stem(word) for word in words]
        taken: set[int] = set()
        found: list[tuple[int, Match]] = []
        for pattern in self.patterns:
            place = self._find(pattern, words, stems, taken)
            if place is None:
                continue
            match = self._read(pattern.phrase, place, words, taken)
            if match is not None:
                taken.update(place)
                found.append((min(place), match))
        return [match for _, match in sorted(found, key=lambda item: item[0])]

    def leftover(self, sentence: str) -> str:
        """The sentence, unless it asks, denies or says next to nothing."""
        words = self._words(sentence)
        content = [word for word in words if word not in _SPOKEN and word not in _MARKS]
        if self._asks(sentence, words) or not content or any(_denies(word) for word in words):
            return ""
        return sentence.strip()

    def _asks(self, sentence: str, words: Sequence[str]) -> bool:
        return bool(words) and (words[-1] == "?" or bool(_QUESTION.match(sentence.lower())))

    def _words(self, text: str) -> list[str]:
        text = (
            text.lower()
            .replace("’", "'")
            .replace("can't", "cannot")
            .replace("-", " ")
            .replace("°", " °")
        )
        return _TOKEN.findall(text)

    def _stems(self, text: str) -> tuple[str, ...]:
        words = self._words(text)
        kept = [word for word in words if word not in _SPOKEN] or words
        return tuple(stem(word) for word in kept)

    def _find(
        self, pattern: _Pattern, words: Sequence[str], stems: Sequence[str], taken: set[int]
    ) -> list[int] | None:
        """Where the stems of a pattern stand close together, in any order."""
        first = pattern.stems[0]
        for anchor in (n for n, word in enumerate(stems) if word == first and n not in taken):
            place = [anchor]
            for wanted in pattern.stems[1:]:
                near = [n for n, word in enumerate(stems) if word == wanted and n not in taken]
                near = [n for n in near if n not in place]
                if not near:
                    break
                place.append(min(near, key=lambda n: abs(n - anchor)))
            low, high = min(place), max(place)
            whole = len(place) == len(pattern.stems) and high - low < len(place) + SLACK
            barrier = any(
                words[n] in _MARKS or words[n] in ("and", "or", "but") for n in range(low, high)
            )
            if whole and (pattern.crossing or not barrier):
                return place
        return None

    def _read(
        self, phrase: Phrase, place: list[int], words: Sequence[str], taken: set[int]
    ) -> Match | None:
        text = " ".join(words[n] for n in range(min(place), max(place) + 1))
        if phrase.subject in self.attributes:
            number = self._number(place, words)
            return None if number is None else Match(phrase.subject, 1.0, text, number)
        denied = self._denied(place, words, taken)
        return Match(phrase.subject, -1.0 if denied else 1.0, text)

    def _number(self, place: list[int], words: Sequence[str]) -> float | None:
        """The nearest number within four words of an attribute's name."""
        numbers = [n for n, word in enumerate(words) if word[0].isdigit()]
        near = [n for n in numbers if min(place) - 3 <= n <= max(place) + 4]
        return float(words[min(near, key=lambda n: abs(n - place[0]))]) if near else None

    def _denied(self, place: list[int], words: Sequence[str], taken: set[int]) -> bool:
        """Whether a negator before the place still reaches it."""
        for n in range(min(place) - 1, -1, -1):
            word = words[n]
            if n in taken and _denies(word):
                continue
            if _denies(word):
                return True
            following = words[n + 1] if n + 1 < len(words) else ""
            if word in _STOPS:
                return False
            if word == "and" and following in _RESTART:
                return False
            if word == "," and not any(later in ("or", "nor") for later in words[n:]):
                return False
        return False


def _denies(word: str) -> bool:
    return word in _NEGATORS or word.endswith("n't")
