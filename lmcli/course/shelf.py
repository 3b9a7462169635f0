"""Where lessons lie: those that come with lmcli, in the course's order, and a lecturer's own folder."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from lmcli.course.lesson import Lesson, read_lesson
from lmcli.frame.errors import BadUsage, did_you_mean
from lmcli.frame.locale import LANGUAGES

LESSONS = Path(__file__).parent / "lessons"


def folders() -> list[Path]:
    """The folders of the lessons that come with lmcli, in the course's order."""
    return sorted(path for path in LESSONS.iterdir() if re.match(r"\d\d-", path.name))


def name_of(folder: Path) -> str:
    """What a lesson is called: its folder's name without the number."""
    return re.sub(r"^\d\d-", "", folder.name)


def find(wanted: str) -> Path:
    """The folder of a lesson by its number, its name, or the path of a folder of one's own. Raises BadUsage."""
    known = folders()
    if wanted.isdecimal():
        for folder in known:
            if int(folder.name[:2]) == int(wanted):
                return folder
        raise BadUsage(f"there is no lesson {wanted}", "lmcli course lists them")
    own = Path(wanted)
    if own.is_dir() and any(own.glob("lesson.*.md")):
        return own
    names = {name_of(folder): folder for folder in known}
    if wanted in names:
        return names[wanted]
    near = did_you_mean(get_close_matches(wanted, names, n=3))
    raise BadUsage(f"there is no lesson {wanted!r}", near or "lmcli course lists them")


def open_lesson(folder: Path, language: str) -> Lesson:
    """The lesson of a folder in a language, or in the one that it is written in. Raises BadInput, BadUsage."""
    for code in (language, *LANGUAGES):
        path = folder / f"lesson.{code}.md"
        if path.is_file():
            return read_lesson(path, name_of(folder))
    raise BadUsage(f"{folder} holds no lesson", "lesson.en.md or lesson.zh.md belongs there")
