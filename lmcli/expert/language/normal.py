"""One spelling for each name: full-width signs, composed and decomposed letters, upper and lower case."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, zero-width signs

_FRACTION = re.compile(r"(?<=\d)[¼-¾⅐-⅞]")
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_POWER = re.compile(r"(?<=\d)[²³¹⁰-⁹]+")


def plain(text: str) -> str:
    """The text in NFKC, with single blanks: `体温 ＞ ４０` is `体温 > 40`, e + accent is é.

    A fraction or power next to a number stays one (39½ is 39.5, 10³ is 10^3), where NFKC alone would make it 391⁄2.
    """
    if text.isascii():
        return " ".join(text.split())
    text = _FRACTION.sub(lambda found: _FRACTIONS.get(found[0], " " + found[0]), text)
    text = _POWER.sub(r"^\g<0>", _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFKC", text).split())


def composed(text: str) -> str:
    """The text in NFC: words for people keep their full-width punctuation."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """What two spellings of one name share, whatever their case."""
    return plain(plain(text).casefold())
