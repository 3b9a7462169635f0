"""Which of a map's characters are start, goal, wall and floor, in the alphabets that others use.

What can be told for sure is translated: blocks, boxes and dark squares are walls; a pair such as A and B, S and E or
o and x, each there once, is start and goal; gym's F is floor and H a hole. What cannot is an `Unclear`, whose hint
names the `--cells` that would read the map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from lmcli.frame.errors import BadUsage
from lmcli.maze.grid import FREE, GOAL, ICE, ONE_WAY, START, WALL

WALLS = frozenset("#█▓▒■▮▪◼⬛🧱🟫%")
FLOORS = frozenset(". _·░□▢▫◻⬜,")
PAIRS = (
    ("S", "G"), ("s", "g"), ("S", "E"), ("s", "e"), ("A", "B"), ("a", "b"), ("S", "F"), ("s", "f"),
    ("S", "T"), ("S", "X"), ("s", "x"), ("P", "G"), ("@", "G"), ("o", "x"), ("O", "X"), ("🟩", "🟥"),
    ("🟢", "🔴"), ("🐭", "🧀"), ("🚶", "🏁"), ("2", "9"), ("2", "3"), ("i", "o"), ("I", "O"),
)  # fmt: skip
MEANINGS = (START, GOAL, WALL, FREE, ICE, *ONE_WAY)


class Unclear(Exception):
    """A map that could mean several things; the text says what would read it."""


def read_cells(text: str) -> dict[str, str]:
    """The map's characters of a line such as `S=A,G=B,#=X`, each with its meaning. Raises BadUsage."""
    found: dict[str, str] = {}
    for part in text.replace(",,", ",\0").split(","):
        meaning, equals, characters = part.replace("\0", ",").partition("=")
        meaning = meaning.strip() or "."
        if not equals or not characters or meaning not in MEANINGS:
            raise BadUsage(
                f"--cells: {part!r} is not MEANING=CHARACTER",
                f"write 'S=A,G=B,#=X'; meanings are {' '.join(MEANINGS)}",
            )
        characters = characters if characters.isspace() else characters.strip()
        for character in (characters, *characters):
            if found.setdefault(character, meaning) != meaning:
                raise BadUsage(f"--cells: {character!r} cannot be {found[character]} and {meaning}")
    return found


def meanings(
    counts: Counter[str], given: Mapping[str, str], rewards: Collection[str]
) -> tuple[dict[str, str], list[str]]:
    """What each token means, and what should be said about it. Raises Unclear."""
    found = {token: given[token] for token in counts if token in given}
    found |= {t: t for t in counts if len(t) == 1 and t in rewards and t not in found}
    if given.keys() - counts.keys() and not found:
        raise Unclear(f"the map holds {' '.join(map(repr, sorted(counts)[:12]))}")
    remarks: list[str] = []
    _ends(counts, found)
    _terrain(counts, found, remarks)
    if unknown := [token for token in counts if token not in found]:
        ours = set(unknown) <= {START, GOAL}  # there twice, or alone: the native fault says so
        raise Unclear("" if ours else _suggestion(counts, found, unknown))
    for meaning in (START, GOAL):
        if sum(counts[t] for t, means in found.items() if means == meaning) > 1:
            raise Unclear(_suggestion(counts, found, [t for t in found if found[t] == meaning]))
    return found, remarks


def _ends(counts: Counter[str], found: dict[str, str]) -> None:
    """Start and goal, where one pair alone is there once each."""
    open_ends = [m for m in (START, GOAL) if m not in found.values()]
    once = {token for token, count in counts.items() if count == 1 and token not in found}
    fitting = [
        pair for pair in PAIRS
        if all(end in once for end, meaning in zip(pair, (START, GOAL), strict=True)
               if meaning in open_ends)
    ]  # fmt: skip
    if len(open_ends) == 1:  # the other is given: S or G itself, or the one that fits
        end = open_ends[0]
        names = {pair[end == GOAL] for pair in fitting}
        if end in names or len(names) == 1:
            found[end if end in names else names.pop()] = end
        return
    fitting = fitting[:1] if fitting[:1] == [PAIRS[0]] else fitting
    if open_ends and len(fitting) == 1:
        found[fitting[0][0]], found[fitting[0][1]] = START, GOAL


def _terrain(counts: Counter[str], found: dict[str, str], remarks: list[str]) -> None:
    """Walls and floor."""
    rest = [token for token in counts if token not in found]
    lines = "+" in counts or "|" in counts
    for token in rest:
        if token in WALLS or "\u2500" <= token <= "\u257f" or (lines and token in ("+", "-", "|")):
            found[token] = WALL
        elif token in FLOORS or (token == "-" and not lines):
            found[token] = FREE
        elif token == ICE or (token in ONE_WAY and token != "v"):
            found[token] = token
    if "#" not in found.values() and all(t in found or t in "01" for t in rest):
        found |= {t: FREE if t == "0" else WALL for t in rest if t in ("0", "1")}
    if {"F", "H"} & set(rest) and set(rest) - found.keys() <= {"F", "H"}:
        found |= {"F": FREE, "H": WALL}
        if counts["H"]:
            remarks.append("H, a hole that ends gym's episode, is read as a wall")
    for wall, floor in (("X", "O"), ("x", "o"), ("X", "o"), ("W", "F"), ("w", "f"), ("W", "O")):
        unknown = {token for token in rest if token not in found}
        if unknown and unknown <= {wall, floor} and (counts[wall] > 1 or floor in unknown):
            has_floor = FREE in found.values() or floor in unknown
            if wall in unknown and WALL not in found.values() and has_floor:
                found |= {token: WALL if token == wall else FREE for token in unknown}


def _suggestion(counts: Counter[str], found: Mapping[str, str], unknown: list[str]) -> str:
    """The `--cells` that would read a map: those there once may be start and goal, the most frequent wall."""
    once = [token for token in unknown if counts[token] == 1]
    pair = next((pair for pair in PAIRS if set(pair) <= set(once)), ())
    once.sort(key=lambda token: pair.index(token) if token in pair else len(pair))
    many = sorted((token for token in unknown if counts[token] > 1), key=lambda t: -counts[t])
    parts = []
    for meaning in (START, GOAL):
        if meaning not in found.values() and once:
            parts.append(f"{meaning}={once.pop(0)}")
    taken = set(found.values())
    for meaning, token in zip(
        [m for m in (WALL, FREE) if m not in taken] or [WALL], many, strict=False
    ):
        parts.append(f"{meaning}={token}")
    parts += [f"#={token}" for token in once]
    cells = ",".join(parts) or "S=A,G=B,#=X"
    return f"say what they are, as --cells '{cells}'"
