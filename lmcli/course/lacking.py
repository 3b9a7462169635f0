"""What lessons need and this machine lacks: a row for each thing, with the lessons and the command that gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmcli.course.shelf import name_of, open_lesson

EXTRA = "extra:"


@dataclass(frozen=True, slots=True)
class Lacking:
    """A model or an extra that is not here, the lessons that need it, and the command that gets it."""

    thing: str
    lessons: tuple[str, ...]
    command: str


def lacking(
    folders: list[Path], has_model: Callable[[str], bool], has_extra: Callable[[str], bool]
) -> Iterator[Lacking]:
    """What the lessons of `folders` need and is not here, in the order in which they need it."""
    wanted: dict[str, list[str]] = {}
    for folder in folders:
        for thing in open_lesson(folder, "en").needs:
            wanted.setdefault(thing, []).append(f"{int(folder.name[:2])} {name_of(folder)}")
    for thing, lessons in wanted.items():
        extra = thing.removeprefix(EXTRA)
        if extra != thing:
            if not has_extra(extra):
                yield Lacking(f"the extra {extra}", tuple(lessons), f"pip install 'lmcli[{extra}]'")
        elif not has_model(thing):
            yield Lacking(thing, tuple(lessons), f"lmcli models pull {thing}")
