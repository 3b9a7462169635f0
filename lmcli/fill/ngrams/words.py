"""The baselines of masked words: how frequent words are, and n-grams on one side and on both."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from lmcli.frame.text.languages import CHINESE, language_of

WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[.,!?;。，！？；]")
CANDIDATES = 200


def cut(text: str) -> list[str]:
    """A text as words in lower case; Chinese as characters."""
    found: list[str] = []
    for piece in WORDS.findall(text.lower()):
        found += list(piece) if language_of(piece) == CHINESE else [piece]
    return found


class NGrams:
    """Word trigrams with interpolated Witten-Bell smoothing (Witten and Bell 1991)."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Count a text, line by line."""
        self.single: Counter[str] = Counter()
        self._after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for line in lines:
            words = ["", "", *cut(line), "", ""]
            for at in range(2, len(words)):
                self._after[tuple(words[at - 2 : at])][words[at]] += 1
                self._after[(words[at - 1],)][words[at]] += 1
                self.single[words[at]] += 1
        self._total = max(self.single.total(), 1)

    def probability(self, word: str, before: tuple[str, ...]) -> float:
        """P(word | the words before), the shorter contexts mixed in by T/(N+T) for T different of N followers."""
        if not before:
            return (self.single[word] + 1) / (self._total + len(self.single) + 1)
        shorter = self.probability(word, before[1:])
        followers = self._after.get(before)
        if followers is None:
            return shorter
        types = len(followers)
        return (followers[word] + types * shorter) / (followers.total() + types)

    def best(self, before: str, after: str, k: int, both: bool) -> list[str]:
        """The k best words between two texts; both: the two words on the right count, too."""
        left = ["", "", *cut(before)][-2:]
        right = [*cut(after), "", ""][:2] if both else []
        known = {
            *self._after.get(tuple(left), ()),
            *self._after.get((left[1],), ()),
            *(word for word, _ in self.single.most_common(CANDIDATES)),
        }

        def score(word: str) -> float:
            row = [*left, word, *right]
            product = 1.0
            for at in range(2, len(row)):
                product *= self.probability(row[at], tuple(row[at - 2 : at]))
            return product

        words = sorted((word for word in known if word[:1].isalpha()), key=lambda w: (-score(w), w))
        return words[:k]

    def frequent(self, k: int) -> list[str]:
        """The k most frequent words."""
        return [word for word, _ in self.single.most_common() if word[:1].isalpha()][:k]
