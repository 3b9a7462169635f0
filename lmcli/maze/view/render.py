"""Mazes, tables and replays as rich renderables for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmcli.draw.colormap import RGB, readable_on
from lmcli.draw.terminal.projector import is_big
from lmcli.frame.locale import said, told
from lmcli.frame.text.wrapping import cut
from lmcli.maze.grid import ARROWS, Maze
from lmcli.maze.view.picture import GOAL_COLOR, LEARNER_COLOR, TRAIL_COLOR, WALL_COLOR, Picture

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

    from lmcli.maze.listing import Description
    from lmcli.maze.search import Solution

BLOCK = "█"


def picture_text(picture: Picture, width: int, height: int, *, big: bool = False) -> Text:
    """A picture in at most `width` columns and `height` lines, its caption last.

    Cells are two columns wide where they fit; of a larger map the part round the learner is shown. With
    `big` cells are as large as they fit.
    """
    from rich.text import Text

    maze = picture.maze
    cell = 2 if 2 * maze.width <= width else 1
    here = divmod(picture.trail[-1], maze.width) if picture.trail else maze.start
    room = height - bool(picture.caption)
    rows = _window(maze.height, max(1, room), here[0])
    columns = _window(maze.width, max(1, width // cell), here[1])
    visited = set(picture.trail)
    times = _times(maze, width, room) if big else 1
    text = Text(no_wrap=True, overflow="crop")
    for row, line in ((row, line) for row in rows for line in range(times)):
        for column in columns:
            state = row * maze.width + column
            if maze.is_wall((row, column)):
                text.append(BLOCK * cell * times, _rgb(WALL_COLOR))  # a wall without colours, too
                continue
            mark, style, beside = _cell(picture, state, state in visited, (row, column) == here)
            if times > 1:
                text.append((mark if line == times // 2 else "").center(cell * times), style)
                continue
            text.append(mark, style)
            if cell == 2:
                text.append(" ", beside)
        text.append("\n")
    if picture.caption:
        text.append(cut(picture.caption, width))
    else:
        text.right_crop(1)
    return text


def _times(maze: Maze, width: int, height: int) -> int:
    """How many times larger than two columns and a line a cell may be."""
    return max(1, min(width // (2 * maze.width), height // maze.height))


def ansi_lines(picture: Picture, width: int, height: int) -> list[str]:
    """The lines of a truecolour terminal that shows the picture, with their escape sequences."""
    from io import StringIO

    from rich.console import Console

    stream = StringIO()
    console = Console(
        file=stream, force_terminal=True, color_system="truecolor", width=width, highlight=False
    )
    console.print(picture_text(picture, width, height), end="", soft_wrap=True)
    return stream.getvalue().split("\n")


def _window(size: int, room: int, here: int) -> range:
    """The part of `size` cells that fits in `room` and has `here` near its middle."""
    if size <= room:
        return range(size)
    start = min(max(0, here - room // 2), size - room)
    return range(start, start + room)


def _cell(picture: Picture, state: int, visited: bool, here: bool) -> tuple[str, str, str]:
    """A cell's character, its style, and the style of the column after it."""
    maze = picture.maze
    place = divmod(state, maze.width)
    color = picture.color(state)
    ground = f"on {_rgb(color)}"
    if here:
        return "●", f"bold {_rgb(LEARNER_COLOR)} on {_rgb(GOAL_COLOR)}", ground
    if place == maze.goal:
        return "G", f"bold {_rgb(readable_on(color))} {ground}", ground
    action = picture.policy[state]
    mark = ARROWS[action] if action is not None else " "
    if visited:  # the way behind the learner, as a ribbon beside the value's colour
        return mark, f"bold {_rgb(readable_on(TRAIL_COLOR))} on {_rgb(TRAIL_COLOR)}", ground
    return mark, f"{_rgb(readable_on(color))} {ground}", ground


def _rgb(color: RGB) -> str:
    return "rgb({},{},{})".format(*color)


@dataclass(frozen=True)
class MazeMap:
    """A renderable of a map, two columns a cell and more on a console for a projector, with a path and a line below."""

    maze: Maze
    below: str
    path: Sequence[tuple[int, int]] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The map, then the line."""
        big = is_big(console)
        times = _times(self.maze, options.max_width, console.size.height - 3) if big else 1
        yield _map_text(self.maze, self.path, times).append(f"\n{self.below}")


def _map_text(maze: Maze, path: Sequence[tuple[int, int]], times: int) -> Text:
    """A map, 2 x `times` columns a cell, with a path as dots."""
    from rich.text import Text

    on_path = set(path)
    styles = {"#": "grey30", "S": "bold green", "G": "bold red", "~": "cyan", ".": "dim"}
    text = Text(no_wrap=True, overflow="crop")
    for row, line in ((row, line) for row in range(maze.height) for line in range(times)):
        for column, character in enumerate(maze.rows[row]):
            style = styles.get(character, "yellow")
            mark = character
            if (row, column) in on_path and character not in "SG":
                mark, style = "•", "bold green"
            if character == "#":
                shown = BLOCK * 2 * times
            elif times == 1:
                shown = f"{mark} "
            else:
                shown = (mark if line == times // 2 else "").center(2 * times)
                style += " reverse" if mark in "SG•" else ""  # the whole cell
            text.append(shown, style)
        text.append("\n")
    text.right_crop(1)
    return text


def described(maze: Maze, row: Description) -> MazeMap:
    """A map and a line about it."""
    length = row.shortest_length
    none = said("no path leads to the goal")
    way = none if length is None else told(f"{length} moves to the goal")
    legend = "".join(f", {letter} {value:g}" for letter, value in maze.letters.items())
    line = told(f"{row.maze}: {row.rows}x{row.columns}, {row.free} free cells, {way}{legend}")
    return MazeMap(maze, line)


def solved(maze: Maze, solution: Solution) -> MazeMap:
    """A map with the path on it and a line about it."""
    below = told(f"{solution.maze}: {solution.length} moves, {solution.expanded} cells looked at")
    return MazeMap(maze, below, solution.path)
