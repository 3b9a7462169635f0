"""The mazes that come with lmcli, and how a name, a path or stdin becomes a maze."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import BinaryIO

from lmcli.frame.errors import BadInput, did_you_mean
from lmcli.maze.files import text
from lmcli.maze.generate import generate
from lmcli.maze.grid import Maze

# made when they are asked for: (height, width, algorithm, loops, seed)
_GENERATED: dict[str, tuple[int, int, str, float, int]] = {
    "open-50": (50, 50, "open", 0.0, 0),
    "dfs-15": (15, 15, "dfs", 0.0, 1),
    "loops-25": (25, 25, "wilson", 0.2, 1),
}
_SUMMARIES = {
    "course": "the course's 4x4 array",
    "detour": "a marsh on the short way: rewards that make the long way better",
    "ice": "slippery cells",
    "one-way": "one-way cells",
    "open-50": "50x50 without a wall: 98 moves from corner to corner",
    "dfs-15": "a perfect maze (depth first search)",
    "loops-25": "a uniform maze (Wilson) with a fifth of its walls taken out",
}


def names() -> Iterator[tuple[str, str]]:
    """Each bundled maze's name and what it is."""
    yield from _SUMMARIES.items()


def bundled(name: str) -> Maze:
    """The bundled maze of this name. Raises KeyError for another."""
    if name in _GENERATED:
        height, width, algorithm, loops, seed = _GENERATED[name]
        return generate(height, width, algorithm, loops=loops, seed=seed, name=name)
    if name not in _SUMMARIES:
        raise KeyError(name)
    file = resources.files("lmcli.maze").joinpath("data", f"{name}.txt")
    return text.parse(file.read_text(encoding="utf-8"), name)


def find(name: str, stdin: BinaryIO | None = None, cells: str | None = None) -> Maze:
    """The maze that `name` means: `-` is stdin, then a bundled name, then a file.

    cells: what the characters of a map mean, as `S=A,G=B,#=X`; bundled mazes have their own.
    """
    if name == "-" and stdin is not None:
        return text.read_stream(stdin, "stdin", cells)
    if name in _SUMMARIES:
        return bundled(name)
    path = Path(name)
    try:
        return text.read(path, cells)
    except FileNotFoundError:
        near = get_close_matches(name, _SUMMARIES, n=3)
        hint = did_you_mean(near) or "'lmcli maze list' shows the bundled mazes"
        raise BadInput(f"{name}: no file and no bundled maze of that name", hint) from None
    except OSError as error:
        raise BadInput(
            f"{name}: {error.strerror or error}", "give a text file with a map"
        ) from None
    except ValueError as error:  # a NUL in a path
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name!r}: {error}") from None
