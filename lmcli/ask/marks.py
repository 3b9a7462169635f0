"""Which passage says what a sentence says. A model's own citations are not believed: marks are set by the words.

A passage supports a sentence if it has half of the words that the sentence adds to the question, and all of its
numbers, each before the same letter (20 cents is not 20 euros). That the words are there does not prove that the
sentence is true: "open until Monday" has the words of "closed on Monday". A sentence without support gets the mark
[?], and so does one that only says the question's words again: they are borne out by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lmcli.sentences.bm25 import terms

SHARE = 0.5  # of a sentence's new words that its passage must have
_HAN = re.compile("[\u3400-\u9fff]+")
_OWN = re.compile(r"\[\d*\]?")  # a citation that the model writes, or its beginning
_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*)\s*([^\W\d_]?)")
_COMMON = frozenset(
    re.findall(
        r"\S+",
        "a an and are as at be by can cannot could do does for from get has have he her his how i if in into is it its "
        "may me must my no not of on one or our she should so than that the their them there these they this those to "
        "up was we were what when where which who will with would yes you your 的 了 是 在 有 可以 吗 和",
    )
)


def content(text: str) -> set[str]:
    """The terms of a text that carry its meaning, a plural as its singular."""
    found = (term for term in terms(text) if term not in _COMMON)
    return {t[:-1] if len(t) > 3 and t.endswith("s") and not t.endswith("ss") else t for t in found}


def _numbers(text: str) -> set[tuple[str, str]]:
    return {(number, after.casefold()) for number, after in _NUMBER.findall(text)}


class Marker:
    """Sets the mark of its passage behind each sentence of a text that comes in pieces.

    marks: the numbers (from 1) of the passages that support a sentence; unsupported: the sentences without one.
    """

    def __init__(self, question: str, passages: Sequence[str]) -> None:
        self._asked = content(question)
        self._passages = [_Known(text) for text in passages]
        self._sentence = ""
        self._held = ""
        self.marks: list[int] = []
        self.unsupported: list[str] = []

    def feed(self, piece: str) -> str:
        """What is to be printed for a piece: its text without the model's own citations, with marks."""
        out = ""
        for character in piece:
            self._held += character
            if self._held[0] == "[" and _OWN.fullmatch(self._held) and character != "]":
                continue
            held, self._held = self._held, ""
            if not (held[0] == "[" and held[-1] == "]" and _OWN.fullmatch(held)):
                out += "".join(map(self._take, held))
        return out

    def end(self) -> str:
        """What is to be printed last."""
        held, self._held = self._held, ""
        return "".join(map(self._take, held)) + self._mark()

    def _take(self, character: str) -> str:
        ended = self._sentence.rstrip()[-1:] in (*".!?", "") and character.isspace()
        if ended or character == "\n":
            return self._mark() + character
        self._sentence += character
        return character + (self._mark() if character in "。！？" else "")

    def _mark(self) -> str:
        sentence, self._sentence = self._sentence.strip(), ""
        if not re.search(r"[^\W\d_]", sentence) or not content(sentence):
            return ""
        if number := self.passage_of(sentence):
            self.marks.append(number)
            return f" [{number}]"
        self.unsupported.append(sentence)
        return " [?]"

    def passage_of(self, sentence: str) -> int:
        """The number of the passage that has most of a sentence's words, and all its numbers; 0 for none."""
        words, numbers = content(sentence), _numbers(sentence)
        new = words - self._asked
        if not new:
            return 0
        best, number = 0.0, 0
        for place, known in enumerate(self._passages, 1):
            share = known.share(new)
            if share >= SHARE and known.counts(numbers) and share + known.share(words) > best:
                best, number = share + known.share(words), place
        return number


class _Known:
    """The words and numbers of a passage."""

    def __init__(self, text: str) -> None:
        self._text, self._words, self._numbers = text, content(text), _numbers(text)

    def share(self, words: set[str]) -> float:
        """The share of words that stand in the passage; Chinese ones also inside others."""
        return sum(word in self._words or self._inside(word) for word in words) / len(words)

    def _inside(self, word: str) -> bool:
        return bool(_HAN.fullmatch(word)) and word in self._text

    def counts(self, numbers: set[tuple[str, str]]) -> bool:
        """Whether all numbers stand in the passage, before the same letter if one follows."""
        bare = {number for number, _ in self._numbers}
        return all(one in self._numbers or (not one[1] and one[0] in bare) for one in numbers)
