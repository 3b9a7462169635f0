"""What stands behind a pipe and is no command of the tree: small filters that take rows and give rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from lmcli.frame.errors import BadUsage, NoAnswer
from lmcli.repl.language.values import Row

Filter = Callable[[list[Row], Sequence[str]], list[Row]]


def grep(rows: list[Row], words: Sequence[str]) -> list[Row]:
    """Keep the rows that a regular expression finds something in; -i ignores case, -v keeps the others."""
    flags, rest = _flags(words, "iv")
    if len(rest) != 1:
        raise BadUsage("grep takes one pattern", "as in: similar king | grep qu")
    try:
        pattern = re.compile(rest[0], re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise BadUsage(f"grep: {rest[0]!r} is no pattern: {error}") from None
    kept = [row for row in rows if bool(pattern.search(row.plain)) != ("v" in flags)]
    if rows and not kept:
        raise NoAnswer(f"grep: none of {len(rows)} rows has {rest[0]!r}")
    return kept


def head(rows: list[Row], words: Sequence[str]) -> list[Row]:
    """Keep the first rows (10, or as many as named)."""
    return rows[: _count("head", words)]


def tail(rows: list[Row], words: Sequence[str]) -> list[Row]:
    """Keep the last rows (10, or as many as named)."""
    return rows[-_count("tail", words) :]


def sort(rows: list[Row], words: Sequence[str]) -> list[Row]:
    """Sort by a field (the first without one); -r from large to small."""
    flags, rest = _flags(words, "r")
    if len(rest) > 1:
        raise BadUsage("sort takes one field", "as in: similar king | sort -r score")

    def key(row: Row) -> tuple[int, Any]:
        values = row.fields
        if rest and rest[0] not in values:
            raise BadUsage(f"sort: no field {rest[0]!r}", f"there are {', '.join(values)}")
        value = values[rest[0]] if rest else row.word
        return (0, value) if isinstance(value, (int, float)) else (1, str(value))

    return sorted(rows, key=key, reverse="r" in flags)


FILTERS: dict[str, tuple[str, Filter]] = {
    "grep": ("[-i] [-v] PATTERN", grep),
    "head": ("[N]", head),
    "tail": ("[N]", tail),
    "sort": ("[-r] [FIELD]", sort),
}


def _flags(words: Sequence[str], known: str) -> tuple[str, list[str]]:
    flags, rest = "", list(words)
    while rest and re.fullmatch(f"-[{known}]+", rest[0]):
        flags += rest.pop(0)
    return flags, rest


def _count(name: str, words: Sequence[str]) -> int:
    """The number of rows asked for: `head 3`, `head -3`, `head -n 3`."""
    text = "".join(words).removeprefix("-n").removeprefix("-") or "10"
    if not text.isdigit() or int(text) == 0:
        raise BadUsage(f"{name} takes a number of rows", f"as in: similar king | {name} 3")
    return int(text)
