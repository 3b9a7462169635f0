"""Write a replay to a file in the format that its suffix names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.disk.whole import check_target, new_file, write_text
from lmcli.frame.errors import BadUsage
from lmcli.maze.runs.replay import Scene, sampled
from lmcli.maze.runs.run import Run
from lmcli.maze.view.picture import Picture, last_picture, pictures, scale_of

STILL = (".svg", ".png")
MOVING = (".gif", ".cast", ".html")


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was written: how many pictures of which episodes, and its bytes."""

    file: str
    episodes: list[str]
    pictures: int
    size: int


def checked(path: Path) -> None:
    """Raise BadUsage for a suffix that is no replay's, or a folder that is not there."""
    if path.suffix.lower() not in STILL + MOVING:
        formats = ", ".join(MOVING + STILL)
        raise BadUsage(f"{path}: no replay format {path.suffix!r}", f"use {formats}")
    check_target(path)


def save_replay(
    run: Run,
    scenes: Sequence[Scene],
    path: Path,
    seconds: float,
    most: int,
    advance: Callable[[float], None] = lambda _pictures: None,
    note: Callable[[str], None] | None = None,
) -> Saved:
    """Write scenes to `path`, moving pictures `seconds` apart and at most `most` an episode.

    `advance` is called with each picture that is done, `note` with what to say of letters that no font can draw.
    """
    scale = scale_of(run)

    def counted(scene: Scene) -> Iterator[Picture]:
        for picture in pictures(scene, scale, most):
            yield picture
            advance(1)

    moving = [counted(scene) for scene in scenes]
    suffix = path.suffix.lower()
    if suffix in STILL:
        from lmcli.maze.view.drawing import figure

        figure([last_picture(scene, scale) for scene in scenes]).save(path, note=note)
    elif suffix == ".gif":
        from lmcli.maze.view.gif import gif

        with new_file(path) as stream:
            stream.write(gif(moving, seconds, note))
    elif suffix == ".cast":
        from lmcli.maze.view.cast import cast

        write_text(path, "".join(f"{line}\n" for line in cast(scenes[0].maze, moving, seconds)))
    else:
        from lmcli.maze.view.html import html

        write_text(path, html(run.name, moving, seconds))
    count = len(scenes) if suffix in STILL else sum(len(sampled(s.steps, most)) for s in scenes)
    return Saved(str(path), [scene.episode for scene in scenes], count, path.stat().st_size)
