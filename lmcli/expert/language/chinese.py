"""Chinese sentences: names and synonyms found as they stand, longest first, the reach of 没有 and 不."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lmcli.expert.language.match import Match, Phrase

_FILLERS = re.compile(r"非常|特别|十分|比较|有点儿?|有些|真的|稍微|[很太的了着也都呢啊呀\s]")
_ASKS = re.compile(r"吗|什么|谁|哪|怎么|为何|几点|多少|是否|[?？]\s*$")
_CLAUSE = re.compile(r"[，。；！,;!]|(?<!\d)\.|\.(?!\d)|但是?|不过(?![气来])|可是|然而")
_PREFIXES = ("有", "会", "能", "善于", "生活在")
_BEFORE = "有是会又还也和与很太没不、或在"
_AFTER = "和与、或又也还"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FAR = ("没有", "没", "无", "并无", "未", "未见")
_DIRECT = re.compile(r"(?:不|没|无|未)(?:会|能|爱|喜欢|怎么|曾|见)?$")
_RESTART = "有是会能"


class Chinese:
    """Reads Chinese; see `match.Language`."""

    def __init__(self, phrases: Sequence[Phrase], attributes: Iterable[str]) -> None:
        self.attributes = set(attributes)
        texts: dict[str, str] = {}
        for phrase in phrases:
            texts.setdefault(_plain(phrase.text), phrase.subject)
        for phrase in phrases:
            for prefix in _PREFIXES:
                short = _plain(phrase.text.removeprefix(prefix))
                if phrase.text.startswith(prefix) and len(short) > 1:
                    texts.setdefault(short, phrase.subject)
        self.texts = dict(sorted(texts.items(), key=lambda item: -len(item[0])))

    def match(self, sentence: str) -> list[Match]:
        """The facts and values in a sentence, in order; the longest names are found first."""
        if _ASKS.search(sentence):
            return []
        found: list[Match] = []
        for clause in _CLAUSE.split(sentence):
            found += self._clause(_plain(clause))
        return found

    def leftover(self, sentence: str) -> str:
        """Nothing: the sentence encoder knows no Chinese."""
        return ""

    def _clause(self, clause: str) -> list[Match]:
        free = clause
        found: list[tuple[int, Match]] = []
        for text, subject in self.texts.items():
            start = free.find(text)
            if start < 0 or (len(text) == 1 and not self._stands_alone(clause, start)):
                continue
            end = start + len(text)
            if subject in self.attributes:
                number = _NUMBER.search(clause)
                if number is None:
                    continue
                match = Match(subject, 1.0, clause, float(number[0]))
            else:
                denied = self._denied(free[:start])
                match = Match(subject, -1.0 if denied else 1.0, clause[start:end])
            free = free[:start] + "\0" * len(text) + free[end:]
            found.append((start, match))
        return [match for _, match in sorted(found, key=lambda item: item[0])]

    def _stands_alone(self, clause: str, start: int) -> bool:
        """A name of one character counts only where it is a word of its own."""
        before, after = clause[:start], clause[start + 1 :]
        if before[-1:].isdigit():
            return True
        return (not before or before[-1] in _BEFORE) and (not after or after[0] in _AFTER)

    def _denied(self, before: str) -> bool:
        """Whether a negation before a name reaches it: 不 stands next to it, 没有 reaches along a list."""
        if _DIRECT.search(before):
            return True
        places = [(before.rfind(word), word) for word in _FAR]
        start, word = max(places, key=lambda place: (place[0], len(place[1])))
        if start < 0:
            return False
        word = "没有" if before.startswith("没有", start) else word
        between = before[start + len(word) :]
        return not any(sign in between for sign in _RESTART)


def _plain(text: str) -> str:
    return _FILLERS.sub("", text)
