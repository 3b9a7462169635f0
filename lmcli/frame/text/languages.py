"""The language that a word is written in, as far as its letters tell: a test of code points, no more."""

from __future__ import annotations

import re
from collections.abc import Iterable

CHINESE, ENGLISH = "zh", "en"
NAMES = {CHINESE: "Chinese", ENGLISH: "English"}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(f"{_LETTER.pattern}+")


def language_of(word: str) -> str | None:
    """zh for a word with a Chinese character, en for one with Latin letters alone, else None."""
    if not word.isascii() and _HAN.search(word):
        return CHINESE
    return ENGLISH if _LETTER.search(word) else None


def language_of_text(text: str) -> str | None:
    """zh where Chinese characters outnumber words in Latin letters, en for the other way round, None without either."""
    if text.isascii():
        return ENGLISH if _LETTER.search(text) else None
    chinese, latin = len(_HAN.findall(text)), len(_WORD.findall(text))
    if chinese or latin:
        return CHINESE if chinese > latin else ENGLISH
    return None


def by_language(words: Iterable[str]) -> dict[str, list[str]]:
    """The words by their language; those without one, as numbers, are left out."""
    found: dict[str, list[str]] = {}
    for word in words:
        language = language_of(word)
        if language is not None:
            found.setdefault(language, []).append(word)
    return found
