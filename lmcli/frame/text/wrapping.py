"""Lines of a paragraph by the terminal's cells: Chinese breaks between characters, other text at blanks."""

from __future__ import annotations

from collections.abc import Iterator

_NOT_FIRST = "，。、；：？！）》」』”’…％·"  # no line begins with these
_NOT_LAST = "（《「『“‘"
_CHINESE = 0x2E7F  # ideographs and their signs come after this letter


def breaks(plain: str, width: int) -> Iterator[tuple[int, int]]:
    """Where each line of a paragraph begins and ends, at most `width` cells where a place to break is found."""
    start = 0
    while start < len(plain):
        end = _end(plain, start, width)
        yield start, end
        start = end
        while start < len(plain) and plain[start] == " ":
            start += 1


def wrapped(plain: str, width: int) -> list[str]:
    """The lines of one paragraph."""
    return [plain[start:end].rstrip() for start, end in breaks(plain, width)]


def cut(line: str, width: int) -> str:
    """What of a line fits `width` cells."""
    from rich.cells import cell_len, set_cell_size

    return line if cell_len(line) <= width else set_cell_size(line, width)


def _end(plain: str, start: int, width: int) -> int:
    """Where the line that begins at `start` ends: at its last place to break, or where it is full."""
    from rich.cells import cell_len

    used, last = 0, 0
    for place in range(start, len(plain)):
        if place > start and _breaks(plain[place - 1], plain[place]):
            last = place
        used += cell_len(plain[place])
        if used > width and plain[place] != " ":
            return last or max(place, start + 1)
    return len(plain)


def _breaks(before: str, after: str) -> bool:
    """Whether a line may end between two letters."""
    if after == " ":
        return False
    if before == " ":
        return True
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return ord(before) > _CHINESE or ord(after) > _CHINESE
