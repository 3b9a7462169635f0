"""Read a grid world from text; every fault names its line and column.

A map is lines of equal length out of

    S start   G goal   # wall   . free   ~ slippery   > < v ^ left only that way
    a-z a reward of its own

with lines `name: number` before it: `goal:` and `step:` (rewards; 100 and -1), `slip:` (the chance
that a move from `~` goes sideways; 0.2), and one for each letter used. `;` starts a comment line.
The course's arrays are read too: 0 free, 1 wall, 2 start (the top left without one), 9 goal, with
or without brackets and commas. What is no such map is tried as one that others drew: see `layout`
and `alphabet`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NoReturn

from lmcli.frame.errors import BadInput, did_you_mean
from lmcli.maze import grid
from lmcli.maze.files.alphabet import Unclear
from lmcli.maze.grid import Cell, Maze

LARGEST = 1 << 20  # bytes; a map of 1000 x 1000 fits
_ARRAY_LINE = re.compile(r"[\s\[\],0-9]+")
_ARRAY = {"0": grid.FREE, "1": grid.WALL, "2": grid.START, "9": grid.GOAL}
_CELLS = {grid.START, grid.GOAL, grid.WALL, grid.FREE, grid.ICE, *grid.ONE_WAY}
_LEGEND = "a map has S, G, #, ., ~, > < v ^ and letters with a reward"
_DIRECTIVES = ("goal", "step", "slip")


def read(path: Path, cells: str | None = None) -> Maze:
    """The maze in a file. Raises BadInput with line and column, OSError where it cannot be read."""
    with path.open("rb") as stream:
        return read_stream(stream, path.name, cells)


def read_stream(stream: BinaryIO, name: str, cells: str | None = None) -> Maze:
    """The maze in a binary stream; `name` stands in messages."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        line, column = _place(data, LARGEST)
        _fail(
            name,
            line,
            column,
            f"longer than {LARGEST:,} bytes",
            "a map has at most 1000x1000 cells",
        )
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(data, error.start)
        _fail(name, line, column, f"byte 0x{data[error.start]:02x} is not UTF-8 text", _LEGEND)
    return parse(content, name, cells)


def parse(content: str, name: str, cells: str | None = None) -> Maze:
    """The maze that `content` draws. Raises BadInput with line and column.

    cells: what the map's characters mean, as `S=A,G=B,#=X`; without it the usual ones are known.
    """
    if cells is None:
        try:
            return _native(content, name)
        except BadInput as error:
            fault = error
    else:
        fault = BadInput(f"{name}, line 1, column 1: --cells does not fit this map")
    from lmcli.maze.files.foreign import translated

    try:
        drawn = translated(content, cells)
        maze = _native(drawn.content, name)
    except Unclear as unclear:
        raise BadInput(fault.message, str(unclear) or fault.hint) from None
    except BadInput as error:
        raise (fault if cells is None else error) from None
    return replace(maze, first_line=drawn.first_line, remarks=drawn.remarks)


def _native(content: str, name: str) -> Maze:
    """The maze of a map in lmcli's own characters."""
    reader = _Reader(name)
    for number, line in enumerate(content.split("\n"), start=1):
        reader.take(number, line.removesuffix("\r"))
    return reader.maze()


def _place(data: bytes, offset: int) -> tuple[int, int]:
    """The line and column (in bytes) of an offset."""
    return data.count(b"\n", 0, offset) + 1, offset - data.rfind(b"\n", 0, offset)


def _fail(name: str, line: int, column: int, what: str, hint: str | None = None) -> NoReturn:
    raise BadInput(f"{name}, line {line}, column {column}: {what}", hint)


@dataclass
class _Reader:
    """What has been read so far."""

    name: str
    rows: list[str] = field(default_factory=list)
    # of S and G: cell, line, column
    places: dict[str, tuple[Cell, int, int]] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    first_line: int = 0
    last_line: int = 1
    ended: bool = False
    array: bool = False

    def take(self, number: int, line: str) -> None:
        """Take one line: a comment, a number, or a row of the map."""
        if line.lstrip().startswith(";"):
            return
        if not line.strip():
            self.ended = bool(self.rows)
            return
        if ":" in line:
            self._number(number, line)
            return
        if self.ended:
            _fail(self.name, number, 1, "the map goes on after a blank line", "take it out")
        if not self.rows:
            self.first_line = number
            self.array = _ARRAY_LINE.fullmatch(line) is not None
        self.last_line = number
        self._row(number, self._cells(number, line))

    def _number(self, number: int, line: str) -> None:
        key, _, text = line.partition(":")
        key = key.strip()
        column = line.index(":") + 2
        if key not in _DIRECTIVES and not _is_letter(key):
            hint = did_you_mean(name for name in _DIRECTIVES if name[0] == key[:1])
            hint = hint or "goal, step, slip or a letter of the map (not v) may have a number"
            _fail(self.name, number, 1, f"{key!r} is no reward", hint)
        try:
            value = float(text)
        except ValueError:
            _fail(self.name, number, column, f"{text.strip()!r} is not a number")
        if not abs(value) <= 1e9:
            _fail(self.name, number, column, f"{key} must lie between -1e9 and 1e9, not {value:g}")
        if key == "slip" and not 0 <= value <= 1:
            _fail(self.name, number, column, f"slip is a chance from 0 to 1, not {value:g}")
        self.numbers[key] = value

    def _cells(self, number: int, line: str) -> list[tuple[str, int]]:
        """The characters of a row with their columns."""
        if not self.array:
            return [(character, column) for column, character in enumerate(line, start=1)]
        cells = []
        for match in re.finditer(r"[^\s\[\],]", line):
            if match.group() not in _ARRAY:
                hint = "0 is free, 1 a wall, 2 the start, 9 the goal"
                _fail(self.name, number, match.start() + 1, f"{match.group()!r} is no cell", hint)
            cells.append((_ARRAY[match.group()], match.start() + 1))
        return cells

    def _row(self, number: int, cells: list[tuple[str, int]]) -> None:
        if not cells:
            return  # a bracket alone
        for index, (character, column) in enumerate(cells):
            if character not in _CELLS and not _is_letter(character):
                _fail(self.name, number, column, f"{character!r} is no cell", _LEGEND)
            if character in (grid.START, grid.GOAL):
                self._place(character, (len(self.rows), index), number, column)
        width = len(self.rows[0]) if self.rows else len(cells)
        if len(cells) != width:
            column = cells[min(width, len(cells) - 1)][1] + (len(cells) < width)
            what = f"{len(cells)} cells, but the first row has {width}"
            _fail(self.name, number, column, what, "make all rows equally long")
        self.rows.append("".join(character for character, _ in cells))

    def _place(self, character: str, cell: Cell, line: int, column: int) -> None:
        kind = "start" if character == grid.START else "goal"
        if character in self.places:
            _, first_line, first_column = self.places[character]
            what = f"a second {kind}; the first is at line {first_line}, column {first_column}"
            _fail(self.name, line, column, what, f"keep one {character}")
        self.places[character] = (cell, line, column)

    def maze(self) -> Maze:
        """The whole maze, once its last line is taken."""
        if not self.rows:
            _fail(self.name, self.last_line, 1, "there is no map", _LEGEND)
        if self.array and grid.START not in self.places:
            self._start_of_array()
        for character, kind in ((grid.START, "start"), (grid.GOAL, "goal")):
            if character not in self.places:
                where = (self.last_line, len(self.rows[-1]) + 1)
                _fail(self.name, *where, f"the map ends without a {kind}", f"put {character} in it")
        self._check_letters()
        return Maze(
            name=self.name,
            rows=tuple(self.rows),
            start=self.places[grid.START][0],
            goal=self.places[grid.GOAL][0],
            letters={key: value for key, value in self.numbers.items() if len(key) == 1},
            goal_reward=self.numbers.get("goal", grid.GOAL_REWARD),
            step_reward=self.numbers.get("step", grid.STEP_REWARD),
            ice_slip=self.numbers.get("slip", grid.ICE_SLIP),
            first_line=self.first_line,
        )

    def _start_of_array(self) -> None:
        if self.rows[0][0] != grid.FREE:
            what = "an array without a 2 starts at its top left, which is not free"
            _fail(self.name, self.first_line, 1, what, "put 2 on the start")
        self.rows[0] = grid.START + self.rows[0][1:]
        self.places[grid.START] = ((0, 0), self.first_line, 1)

    def _check_letters(self) -> None:
        for row, line in enumerate(self.rows):
            for column, character in enumerate(line):
                if _is_letter(character) and character not in self.numbers:
                    what = f"the letter {character!r} has no reward"
                    hint = f"add a line like {character}: -10"
                    _fail(self.name, self.first_line + row, column + 1, what, hint)


def _is_letter(key: str) -> bool:
    return len(key) == 1 and "a" <= key <= "z" and key not in grid.ONE_WAY
