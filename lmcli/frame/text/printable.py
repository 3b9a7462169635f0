"""Messages as a terminal can show them, whatever stands in the file that they quote."""

from __future__ import annotations

import re

LONGEST = 2000  # characters of a line; a file that is one line may be quoted in a message
_KEPT = 400  # of its end, where the hint stands
# control characters but tab and newline, and the marks that turn the direction of what follows
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(message: str) -> str:
    """The message with control characters as escapes, and its lines cut in the middle where they are too long."""
    shown = _UNSEEN.sub(_escaped, message)
    if len(shown) <= LONGEST:
        return shown
    return "\n".join(map(_cut, shown.split("\n")))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _cut(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    return f"{line[: LONGEST - _KEPT]} ... {line[-_KEPT:]}"
