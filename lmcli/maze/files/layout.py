"""How others lay a map out: characters, values with commas, tabs or blanks between, lists, boxes drawn with lines.

Every layout gives rows of tokens, one a cell, with the line that each row stood on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

Row = tuple[int, list[str]]
"""A line's number and its tokens."""

_QUOTED = re.compile(r"""b?'([^']*)'|b?"([^"]*)\"""")
_NUMBER = re.compile(r"-?\d+(\.\d*)?")
FLOOR_MARKS = frozenset("._·░□▢⬜0")
"""Floor that is drawn: beside it a blank at the end of a row is none."""
_BOX = frozenset(map(chr, range(0x2500, 0x2580)))
# marks that show in which columns and rows walls may stand; the end of a line (╵, ╶) is a corner
_UPRIGHT = frozenset("+|") | _BOX - frozenset("─━┄┅┈┉╌╍═╼╾")
_LEVEL = frozenset("+-") | _BOX - frozenset("│┃┆┇┊┋╎╏║╽╿")
_VARIATION = "\ufe0e\ufe0f\u200d"  # marks that choose an emoji's look


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rows of a map. remarks: what was taken for granted on the way."""

    rows: list[Row]
    remarks: list[str] = field(default_factory=list)

    @property
    def even(self) -> bool:
        """Whether there are rows, equally long."""
        lengths = {len(tokens) for _, tokens in self.rows}
        return len(lengths) == 1 and lengths != {0}


def drawing(lines: Sequence[tuple[int, str]]) -> Drawing:
    """The rows of a map's lines (number, text), in the layout that fits all of them."""
    lines = _trimmed([(number, _plain(line)) for number, line in lines])
    text = "\n".join(line for _, line in lines)
    if "[" in text or "(" in text:
        return Drawing(_lists(lines))
    if '"' in text or "'" in text:
        return Drawing(_quoted(lines))
    for mark in (",", "\t"):
        if all(mark in line or not line.strip() for _, line in lines):
            return Drawing([(n, _values(line.strip().strip(mark), mark)) for n, line in lines])
    single = (len(_value(w)) == 1 or _NUMBER.fullmatch(w) for w in text.split())
    if all(single) and _spaced(lines):
        return Drawing([(n, [_value(word) for word in line.split()]) for n, line in lines])
    return _characters(lines)


def _plain(line: str) -> str:
    """A line without marks that are no cells of their own."""
    return "".join(c for c in line if c not in _VARIATION).replace("\u3000", " ")


def _trimmed(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines from the first to the last that is not blank."""
    filled = [index for index, (_, line) in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _value(word: str) -> str:
    """A value as a token: numbers without their point, words without quotes, true and false as 1 and 0."""
    word = word.strip().strip("'\"")
    if _NUMBER.fullmatch(word) and "." in word and not word.partition(".")[2].strip("0"):
        word = word.partition(".")[0]
    return {"True": "1", "true": "1", "False": "0", "false": "0", "": " "}.get(word, word)


def _values(line: str, mark: str) -> list[str]:
    return [_value(word) for word in line.split(mark)]


def _spaced(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether single blanks stand between all cells: no row has two cells side by side."""
    rows = [line.strip() for _, line in lines if line.strip()]
    cells = {len(row.split()) for row in rows}
    return len(cells) == 1 and cells.pop() > (1 if len(rows) > 1 else 2)


def _lists(lines: Sequence[tuple[int, str]]) -> list[Row]:
    """Python's lists, numpy's printed arrays, gym's lists of strings: innermost brackets are rows."""
    found: list[Row] = []
    number_at = [number for number, line in lines for _ in range(len(line) + 1)]
    text = "\n".join(line for _, line in lines)
    for match in re.finditer(r"[\[(]([^\[\]()]*)[\])]", text):
        inside, start = match[1], match.start()
        strings = [(m.start(), m[1] or m[2] or "") for m in _QUOTED.finditer(inside)]
        if strings and any(len(string) > 1 for _, string in strings):
            found += [(number_at[start + 1 + at], list(string)) for at, string in strings]
        elif strings:
            found.append((number_at[start], [string or " " for _, string in strings]))
        elif inside.strip(" ,\n"):
            words = inside.replace(",", " ").split()
            found.append((number_at[start], [_value(word) for word in words]))
    return found or _quoted(lines)


def _quoted(lines: Sequence[tuple[int, str]]) -> list[Row]:
    """A string a row, or csv with quotes."""
    found: list[Row] = []
    for number, line in lines:
        strings = [m[1] or m[2] or "" for m in _QUOTED.finditer(line)]
        if len(strings) > 1 and all(len(string) <= 1 for string in strings):
            found.append((number, [string or " " for string in strings]))
        else:
            found += [(number, list(string)) for string in strings]
    return found


def _characters(lines: list[tuple[int, str]]) -> Drawing:
    """A character a cell. Where blanks are floor, a row that ends early goes on in floor."""
    rows = [(number, line.rstrip()) for number, line in lines]
    marked = any(not FLOOR_MARKS.isdisjoint(line) for _, line in rows)
    floor = not marked or any(" " in line.strip() for _, line in rows)
    lead = min((len(line) - len(line.lstrip()) for _, line in rows if line), default=0)
    if not floor or (lead and all(line[lead : lead + 1] != " " for _, line in rows)):
        rows = [(number, line[lead:]) for number, line in rows]
    remarks = []
    if floor:
        width = max((len(line) for _, line in rows), default=0)
        drawn = dict(lines)  # with the blanks at the end of a row, which are floor that is there
        if short := [number for number, _ in rows if len(drawn[number]) < width]:
            remarks.append(f"line {short[0]} ends early and is read as going on in floor")
        rows = [(number, line.ljust(width)) for number, line in rows]
    return Drawing([(n, list(line)) for n, line in _rooms(_halved(_joined(rows)))], remarks)


def _joined(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Maps with a blank between all cells, and blank floor: a border shows that every other column is empty."""
    apart = len(rows) > 1 and all(not line[1::2].strip() for _, line in rows)
    if apart and any(len(line) > 4 and " " not in line[::2] for _, line in rows):
        return [(number, line[::2]) for number, line in rows]
    return rows


def _halved(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Maps whose cells are two characters wide, as `██  ██S `, one a cell."""
    if not any("█" in line for _, line in rows) or any(len(line) % 2 for _, line in rows):
        return rows
    pairs = [re.findall("..", line) for _, line in rows]
    alone = [pair for row in pairs for pair in row if pair[0] != pair[1]]
    if any(len(pair.strip()) != 1 or not pair.strip().isalnum() for pair in alone):
        return rows
    return [(n, "".join(p.strip()[:1] or " " for p in row))
            for (n, _), row in zip(rows, pairs, strict=True)]  # fmt: skip


def _rooms(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Rooms drawn as +--+ and |  |, or as ┌──┐ and │  │, with one character a room, a wall and a corner.

    Left as they are where lines cut a room or a wall, so that a character is a cell.
    """
    lines = [line for _, line in rows]
    width = len(lines[0]) if lines else 0
    upright = {x for line in lines for x, mark in enumerate(line) if mark in _UPRIGHT}
    level = {y for y, line in enumerate(lines) if not _LEVEL.isdisjoint(line)}
    wide, high = math.gcd(*upright), math.gcd(*level)
    if wide < 3 or high < 2 or (width - 1) % wide or (len(lines) - 1) % high:
        return rows
    if {len(line) for line in lines} != {width}:
        return rows
    ascii_art = any("+" in line for line in lines)
    found = []
    for y, down in enumerate(_spans(len(lines), high)):
        cells = ""
        for x, across in enumerate(_spans(width, wide)):
            inside = {mark for line in lines[down] for mark in line[across]}
            if y % 2 and x % 2 and len(inside) > 1:
                inside.discard(" ")  # a room may hold one mark anywhere
            corner = not (y % 2 or x % 2)
            if len(inside) > 1 or (corner and ascii_art and inside != {"+"}):
                return rows
            cells += inside.pop()
        found.append((rows[down.start][0], cells))
    return found


def _spans(size: int, step: int) -> list[slice]:
    """Where walls and rooms lie in turn: one wide the walls, and `step` from each to the next."""
    edges = range(0, size - 1, step)
    rooms = [span for at in edges for span in (slice(at, at + 1), slice(at + 1, at + step))]
    return [*rooms, slice(size - 1, size)]
