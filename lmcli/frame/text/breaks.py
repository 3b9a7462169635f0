"""Where a long text is best cut."""

from __future__ import annotations

import re

_BREAK = (re.compile(r"[.!?]\s+|[。！？]|\n"), re.compile(r"\s+"))


def last_break(text: str, start: int, end: int) -> int:
    """The last place in the second half of text[start:end] to cut it at: after a sentence, else between words.

    `end` where there is neither.
    """
    for pattern in _BREAK:
        found = [match.end() for match in pattern.finditer(text, (start + end) // 2, end)]
        if found:
            return found[-1]
    return end
