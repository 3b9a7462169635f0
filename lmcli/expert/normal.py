"""One spelling for each name: full-width signs, composed and decomposed letters, upper and lower case."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, zero-width signs


def plain(text: str) -> str:
    """The text in NFKC, with single blanks: `体温 ＞ ４０` is `体温 > 40`, e + accent is é."""
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).split())


def composed(text: str) -> str:
    """The text in NFC: words for people keep their full-width punctuation."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """What two spellings of one name share, whatever their case."""
    return plain(plain(text).casefold())
