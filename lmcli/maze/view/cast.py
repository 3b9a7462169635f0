"""Replays as asciicast v2: a terminal session that players and web pages show.

Format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lmcli.maze.grid import Maze
from lmcli.maze.view.picture import Picture
from lmcli.maze.view.render import ansi_lines

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
            lines = ansi_lines(picture, width, height)
            shown += [""] * (len(lines) - len(shown))
            changed = [i for i, line in enumerate(lines) if line != shown[i]]
            output = "".join(f"\x1b[{i + 1};1H{lines[i]}\x1b[K" for i in changed)
            yield json.dumps([round(time, 3), "o", output])
            shown = lines
            time += seconds
        time += LAST_SECONDS
    yield json.dumps([round(time, 3), "o", "\x1b[?25h\r\n"])
