"""Mazes, tables and replays as rich renderables for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmcli.draw.colormap import RGB, readable_on
from lmcli.frame.locale import said, told
from lmcli.frame.text.wrapping import cut
from lmcli.maze.grid import ARROWS, Maze
from lmcli.maze.view.picture import GOAL_COLOR, LEARNER_COLOR, TRAIL_COLOR, WALL_COLOR, Picture

if TYPE_CHECKING:
    from rich.text import Text

    from lmcli.maze.listing import Description
    from lmcli.maze.search import Solution

BLOCK = "█"


def picture_text(picture: Picture, width: int, height: int) -> Text:
    """A picture in at most `width` columns and `height` lines, its caption last.

    Cells are two columns wide where they fit; of a larger map the part round the learner is shown.
    """
    from rich.text import Text

    maze = picture.maze
    cell = 2 if 2 * maze.width <= width else 1
    here = divmod(picture.trail[-1], maze.width) if picture.trail else maze.start
    room = height - bool(picture.caption)
    rows = _window(maze.height, max(1, room), here[0])
    columns = _window(maze.width, max(1, width // cell), here[1])
    visited = set(picture.trail)
    text = Text(no_wrap=True, overflow="crop")
    for row in rows:
        for column in columns:
            state = row * maze.width + column
            if maze.is_wall((row, column)):
                text.append(BLOCK * cell, _rgb(WALL_COLOR))  # a wall without colours, too
                continue
            mark, style, beside = _cell(picture, state, state in visited, (row, column) == here)
            text.append(mark, style)
            if cell == 2:
                text.append(" ", beside)
        text.append("\n")
    if picture.caption:
        text.append(cut(picture.caption, width))
    else:
        text.right_crop(1)
    return text


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


def maze_text(maze: Maze, path: list[tuple[int, int]] | None = None) -> Text:
    """A map, two columns a cell, with a path as dots."""
    from rich.text import Text

    on_path = set(path or ())
    styles = {"#": "grey30", "S": "bold green", "G": "bold red", "~": "cyan", ".": "dim"}
    text = Text(no_wrap=True, overflow="crop")
    for row, line in enumerate(maze.rows):
        for column, character in enumerate(line):
            style = styles.get(character, "yellow")
            shown = 2 * BLOCK if character == "#" else f"{character} "
            if (row, column) in on_path and character not in "SG":
                shown, style = "• ", "bold green"
            text.append(shown, style)
        text.append("\n")
    text.right_crop(1)
    return text


def described(maze: Maze, row: Description) -> Text:
    """A map and a line about it."""
    text = maze_text(maze)
    length = row.shortest_length
    none = said("no path leads to the goal")
    way = none if length is None else told(f"{length} moves to the goal")
    legend = "".join(f", {letter} {value:g}" for letter, value in maze.letters.items())
    line = told(f"{row.maze}: {row.rows}x{row.columns}, {row.free} free cells, {way}{legend}")
    text.append(f"\n{line}")
    return text


def solved(maze: Maze, solution: Solution) -> Text:
    """A map with the path on it and a line about it."""
    text = maze_text(maze, solution.path)
    line = told(f"{solution.maze}: {solution.length} moves, {solution.expanded} cells looked at")
    text.append(f"\n{line}")
    return text
