"""Replays as asciicast v2: a terminal session that players and web pages show.

Format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lmcli.maze.grid import Maze
from lmcli.maze.picture import Picture
from lmcli.maze.render import picture_text

LARGEST = (200, 60)  # columns, lines
LAST_SECONDS = 1.5


def cast(maze: Maze, episodes: Iterable[Iterable[Picture]], seconds: float) -> Iterator[str]:
    """The lines of a cast file: a header, then one event a picture."""
    width = min(max(2 * maze.width, 60), LARGEST[0])
    height = min(maze.height + 1, LARGEST[1])
    header = {"version": 2, "width": width, "height": height, "title": f"lmcli maze: {maze.name}"}
    yield json.dumps(header)
    time = 0.0
    yield json.dumps([time, "o", "\x1b[2J\x1b[?25l"])
    shown: list[str] = []
    for pictures in episodes:
        for picture in pictures:
            lines = _lines(picture, width, height)
            shown += [""] * (len(lines) - len(shown))
            changed = [i for i, line in enumerate(lines) if line != shown[i]]
            output = "".join(f"\x1b[{i + 1};1H{lines[i]}\x1b[K" for i in changed)
            yield json.dumps([round(time, 3), "o", output])
            shown = lines
            time += seconds
        time += LAST_SECONDS
    yield json.dumps([round(time, 3), "o", "\x1b[?25h\r\n"])


def _lines(picture: Picture, width: int, height: int) -> list[str]:
    """The lines of a terminal that shows the picture."""
    from io import StringIO

    from rich.console import Console

    stream = StringIO()
    console = Console(
        file=stream, force_terminal=True, color_system="truecolor", width=width, highlight=False
    )
    console.print(picture_text(picture, width, height), end="", soft_wrap=True)
    return stream.getvalue().split("\n")
