r"""What belongs to a word in any script: letters, digits, and the marks that stand on or beside them.

Python's \w leaves combining marks out, and so tears Hindi, Thai, Arabic and decomposed Latin words apart.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby

LETTER = r"[^\W_]"
_JOINERS = "[\u200c\u200d]"  # zero width: they part or join letters inside a word
_HYPHENS = r"['’\-\u00b7\u2010\u2011]"
_SOFT_HYPHEN = "\u00ad"  # says where a word may be parted; no part of its spelling
_LAST = 0xE01F0  # no mark lies beyond


def composed(text: str) -> str:
    """The normal form NFC of a text, the one that most files are in. Plain ASCII costs nothing."""
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFC", text)


def spelled(text: str) -> str:
    """A text as it is cut into words: composed, and without soft hyphens."""
    return text if text.isascii() else composed(text.replace(_SOFT_HYPHEN, ""))


@cache
def marks() -> str:
    """All combining marks (Unicode category M), as ranges for a class of a regular expression."""
    from unicodedata import category

    codes = [code for code in range(0x300, _LAST) if category(chr(code))[0] == "M"]
    runs = groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0])
    ranges = []
    for _, run in runs:
        members = [code for _, code in run]
        ranges.append(f"{chr(members[0])}-{chr(members[-1])}")
    return "".join(ranges)


@cache
def run_of_letters() -> str:
    """A regular expression for a run of letters and digits with their marks and zero-width joiners."""
    inner = f"(?:{LETTER}|[{marks()}])"
    return f"{LETTER}(?:{inner}|{_JOINERS}+(?={inner}))*"


@cache
def word() -> str:
    """A regular expression for a word: runs of letters with an apostrophe, hyphen or middle dot between."""
    run = run_of_letters()
    return f"{run}(?:{_HYPHENS}{run})*"
