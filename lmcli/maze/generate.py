"""Make mazes: perfect ones from four spanning-tree algorithms, loops, or an open field.

Rooms lie on even rows and columns, walls between them, so both sides of a map are odd (an open
field may have any size). The start is the top left, the goal the bottom right.

Algorithms: depth first search (recursive backtracker), Prim's and Kruskal's with random weights,
and Wilson's, which draws every spanning tree with the same chance (D. B. Wilson, "Generating random
spanning trees more quickly than the cover time", STOC 1996).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from lmcli.frame.errors import BadUsage
from lmcli.maze.grid import FREE, GOAL, START, STEPS, WALL, Cell, Maze

LARGEST_SIDE = 999
Passage = tuple[Cell, Cell]
Tree = Iterator[Passage]


def generate(
    height: int,
    width: int,
    algorithm: str = "dfs",
    *,
    loops: float = 0.0,
    seed: int = 0,
    name: str = "maze",
) -> Maze:
    """A maze of `height` rows and `width` columns; the same seed gives the same maze.

    loops: the share of the walls between two rooms that are taken out once the tree is made.
    Raises BadUsage for a size that the algorithm cannot fill.
    """
    _check(height, width, algorithm)
    rng = random.Random(seed)
    if algorithm == "open":
        cells = [[FREE] * width for _ in range(height)]
    else:
        cells = _carved(height, width, ALGORITHMS[algorithm], loops, rng)
    cells[0][0], cells[-1][-1] = START, GOAL
    rows = tuple("".join(row) for row in cells)
    return Maze(name, rows, start=(0, 0), goal=(height - 1, width - 1))


def _check(height: int, width: int, algorithm: str) -> None:
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE) or height * width < 2:
        raise BadUsage(
            f"a maze of {height}x{width} cannot be made",
            f"each side has 1 to {LARGEST_SIDE} cells, both together at least 2",
        )
    if algorithm != "open" and not (height % 2 and width % 2):
        odd = f"{height | 1}x{width | 1}"
        raise BadUsage(
            f"{height}x{width}: rooms and walls take turns, so both sides must be odd",
            f"try --size {odd}, or --algorithm open",
        )


def _carved(
    height: int,
    width: int,
    algorithm: Callable[[int, int, random.Random], Tree],
    loops: float,
    rng: random.Random,
) -> list[list[str]]:
    rooms_high, rooms_wide = (height + 1) // 2, (width + 1) // 2
    cells = [[WALL] * width for _ in range(height)]
    for row in range(0, height, 2):
        cells[row][::2] = [FREE] * rooms_wide
    for passage in algorithm(rooms_high, rooms_wide, rng):
        _open(cells, passage)
    walls = [
        passage for passage in _all_passages(rooms_high, rooms_wide) if _is_shut(cells, passage)
    ]
    for passage in rng.sample(walls, round(loops * len(walls))):
        _open(cells, passage)
    return cells


def _between(passage: Passage) -> Cell:
    (row, column), (other_row, other_column) = passage
    return row + other_row, column + other_column


def _open(cells: list[list[str]], passage: Passage) -> None:
    row, column = _between(passage)
    cells[row][column] = FREE


def _is_shut(cells: list[list[str]], passage: Passage) -> bool:
    row, column = _between(passage)
    return cells[row][column] == WALL


def _all_passages(high: int, wide: int) -> list[Passage]:
    """Every pair of rooms side by side."""
    across = [((row, col), (row, col + 1)) for row in range(high) for col in range(wide - 1)]
    down = [((row, col), (row + 1, col)) for row in range(high - 1) for col in range(wide)]
    return across + down


def _neighbours(room: Cell, high: int, wide: int) -> list[Cell]:
    row, column = room
    around = ((row + down, column + right) for right, down in STEPS)
    return [(r, c) for r, c in around if 0 <= r < high and 0 <= c < wide]


def depth_first(high: int, wide: int, rng: random.Random) -> Tree:
    """Walk to a random unseen neighbour, back up where there is none: long corridors."""
    seen = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        room = stack[-1]
        unseen = [other for other in _neighbours(room, high, wide) if other not in seen]
        if not unseen:
            stack.pop()
            continue
        other = rng.choice(unseen)
        seen.add(other)
        stack.append(other)
        yield room, other


def prim(high: int, wide: int, rng: random.Random) -> Tree:
    """Grow one tree by a random passage of its frontier: many short dead ends."""
    seen = {(0, 0)}
    frontier: list[Passage] = [((0, 0), other) for other in _neighbours((0, 0), high, wide)]
    while frontier:
        index = rng.randrange(len(frontier))
        frontier[index], frontier[-1] = frontier[-1], frontier[index]
        room, other = frontier.pop()
        if other in seen:
            continue
        seen.add(other)
        yield room, other
        frontier += [(other, far) for far in _neighbours(other, high, wide) if far not in seen]


def kruskal(high: int, wide: int, rng: random.Random) -> Tree:
    """Open passages in random order wherever they join two trees."""
    parent = {(row, column): (row, column) for row in range(high) for column in range(wide)}

    def root(room: Cell) -> Cell:
        while parent[room] != room:
            parent[room] = parent[parent[room]]
            room = parent[room]
        return room

    passages = _all_passages(high, wide)
    rng.shuffle(passages)
    for room, other in passages:
        if root(room) != root(other):
            parent[root(room)] = root(other)
            yield room, other


def wilson(high: int, wide: int, rng: random.Random) -> Tree:
    """Join each room by a random walk with its loops cut out: a uniform spanning tree."""
    rooms = [(row, column) for row in range(high) for column in range(wide)]
    rng.shuffle(rooms)
    tree = {rooms[0]}
    for first in rooms:
        onward: dict[Cell, Cell] = {}  # the last way out of each room of the walk: loops vanish
        room = first
        while room not in tree:
            onward[room] = rng.choice(_neighbours(room, high, wide))
            room = onward[room]
        room = first
        while room not in tree:
            tree.add(room)
            yield room, onward[room]
            room = onward[room]


ALGORITHMS: dict[str, Callable[[int, int, random.Random], Tree]] = {
    "dfs": depth_first,
    "prim": prim,
    "kruskal": kruskal,
    "wilson": wilson,
}
