"""Numbers as English writes them: 39.5, 39,5, 1,000, thirty-nine point five, a hundred and two, 39 and a half."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

from lmcli.expert.language.english.words import listed
from lmcli.expert.language.measures import arabic

_SMALL = listed("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen""")
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_NAMED = {name: float(number) for number, name in enumerate(_SMALL)}
_NAMED |= {name: 10.0 * number for number, name in enumerate(_TENS, 2)}
_DATE = re.compile(r"[:/-]|\..*\.")


def is_date(word: str) -> bool:
    """Whether a word of digits is a date, a time or a fraction, and no number."""
    return word[:1].isdigit() and _DATE.search(word) is not None


def number(words: Sequence[str], place: int) -> tuple[float, int, int] | None:
    """A number that begins at a word: value, end, digits behind the point."""
    word = words[place] if place < len(words) else ""
    if word in ("-", "minus"):
        inner = number(words, place + 1)
        return inner and (-inner[0], inner[1], inner[2])
    if word[:1].isdigit():
        if is_date(word):
            return None
        text = arabic(word)
        value, end, digits = float(text), place + 1, len(text.partition(".")[2])
    elif (spelt := _spelt(words, place)) is not None:
        value, end, digits = spelt
    else:
        return None
    if not isfinite(value):
        return None
    if list(words[end : end + 3]) == ["and", "a", "half"]:
        return value + 0.5, end + 3, 1
    return value, end, digits


def _spelt(words: Sequence[str], place: int) -> tuple[float, int, int] | None:
    """A number in words, up to hundreds, with `point` and digits."""
    value, end = 0.0, place
    if end + 1 < len(words) and words[end + 1] == "hundred" and words[end] in ("a", *_SMALL[1:10]):
        value, end = 100 * _NAMED.get(words[end], 1.0), end + 2
        if (
            words[end : end + 1] == ["and"]
            and words[end + 1 : end + 2]
            and words[end + 1] in _NAMED
        ):
            end += 1
    if end < len(words) and words[end] in _TENS:
        value, end = value + _NAMED[words[end]], end + 1
        if end < len(words) and words[end] in _SMALL[1:10]:
            value, end = value + _NAMED[words[end]], end + 1
    elif end < len(words) and words[end] in _SMALL:
        value, end = value + _NAMED[words[end]], end + 1
    if end == place:
        return None
    decimals = ""
    if words[end : end + 1] == ["point"]:
        while (
            end + 1 + len(decimals) < len(words)
            and (digit := words[end + 1 + len(decimals)]) in _SMALL[:10]
        ):
            decimals += str(_SMALL.index(digit))
        end += 1 + len(decimals) if decimals else 0
    return value + (float(f"0.{decimals}") if decimals else 0), end, len(decimals)
