"""lmcli course, lmcli course LESSON."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import click

from lmcli.course.cli.language import chosen, language_option
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure

if TYPE_CHECKING:
    from pathlib import Path

    from lmcli.course.lesson import Lesson
    from lmcli.course.progress import Progress


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson of the list: how long it takes, and how much of it was read."""

    lesson: int
    name: str
    title: str
    minutes: int
    done: str
    about: str

    PLAIN: ClassVar[tuple[str, ...]] = ("lesson", "name", "title", "minutes", "done")


def complete_lesson(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """The lessons' names, then folders."""
    from click.shell_completion import CompletionItem

    from lmcli.course.shelf import folders, name_of

    names = [name for name in map(name_of, folders()) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="dir")]


@click.command(
    epilog="Fields: lesson, name, title, minutes, done, about.\n\nExample:  lmcli course play --lang zh"
)
@click.argument("lesson", required=False, shell_complete=complete_lesson)
@language_option
@click.option(
    "--plain",
    is_flag=True,
    help="Ask for no keys: run all, and exit with 0 only where all is as said.",
)
@click.option(
    "--step", type=click.IntRange(min=1), help="Begin with this step; with --plain, run it alone."
)
@click.option("--go-on", is_flag=True, help="Go on with the lesson that was open last.")
@options.common()
@click.pass_obj
def play(
    env: Environment,
    lesson: str | None,
    language: str | None,
    plain: bool,
    step: int | None,
    go_on: bool,
) -> None:
    """List the lessons, or play one.

    LESSON is a number, a name, or the folder of a lesson of your own. A step is a few sentences and a command that
    Enter runs; change it, or type others. In a pipe all runs at once, as with --plain.
    """
    from lmcli.course.progress import Progress
    from lmcli.course.shelf import find, folders, name_of, open_lesson

    progress = Progress(env.variables)
    code = chosen(env, language)
    if go_on and lesson is None:
        lesson = progress.last or name_of(folders()[0])
    if lesson is None:
        env.output.rows(_listed(progress, code))
        return
    opened = open_lesson(find(lesson), code)
    if step is not None and step > len(opened.steps):
        raise BadUsage(
            f"lesson {opened.name} has {len(opened.steps)} steps", "--step counts from 1"
        )
    if plain or not (env.stdin_isatty and env.stdout_isatty):
        _plain(env, opened, step)
    else:
        _live(env, opened, step, progress)


def _listed(progress: Progress, language: str) -> list[Listed]:
    from lmcli.course.shelf import folders, open_lesson

    rows = []
    for folder in folders():
        lesson = open_lesson(folder, language)
        done = progress.of(lesson.name)
        right = f"{len(done.exercises)}/{len(lesson.exercises)}"
        text = (
            f"{min(done.step, len(lesson.steps))}/{len(lesson.steps)}, {right}"
            if done.steps
            else ""
        )
        number = int(folder.name[:2])
        rows.append(Listed(number, lesson.name, lesson.title, lesson.minutes, text, lesson.about))
    return rows


def _number(lesson: Lesson) -> int | None:
    from lmcli.course.shelf import LESSONS

    numbered = lesson.folder.parent == LESSONS and lesson.folder.name[:2].isdecimal()
    return int(lesson.folder.name[:2]) if numbered else None


def _plain(env: Environment, lesson: Lesson, step: int | None) -> None:
    from lmcli.course.player import Plain
    from lmcli.course.running import stage
    from lmcli.course.view.page import Page
    from lmcli.course.view.words import words

    said = words(lesson.language)
    page = Page(env, said)
    page.title(lesson, _number(lesson))
    count = len(lesson.steps)
    with stage(env, lesson) as own:
        own.without_keys()
        player = Plain(lesson, own, page, env.stdout)
        player.play(range(step, step + 1) if step else range(1, count + 1))
    if not step:
        page.readings(lesson)
    if player.wrong:
        total = 1 if step else count + len(lesson.exercises)
        env.output.warn(said["wrong_steps"].format(wrong=player.wrong, count=total))
        raise PartialFailure(player.wrong, total)


def _live(env: Environment, lesson: Lesson, step: int | None, progress: Progress) -> None:
    from lmcli.course.player import Keys, Player
    from lmcli.course.progress import Done
    from lmcli.course.running import stage
    from lmcli.course.view.page import Page
    from lmcli.course.view.reading import Key, Reader
    from lmcli.course.view.words import words

    said = words(lesson.language)
    page = Page(env, said)
    before = progress.of(lesson.name)
    start = step or (1 if before.read else before.step + 1)

    def keep(place: int, right: tuple[int, ...]) -> None:
        with suppress(OSError):  # a lesson can be read where nothing can be kept
            progress.note(
                lesson.name, Done(min(place, len(lesson.steps)), len(lesson.steps), right)
            )

    page.title(lesson, _number(lesson))
    with stage(env, lesson) as own, env.dialogue():
        keys = Keys(Key.NEXT, Key.BACK, Key.QUIT)
        player = Player(
            lesson, own, page, Reader(own.session), keys, env.stdout, keep, before.exercises
        )
        left = player.play(start)
    if left is not None:
        page.line(said["left"].format(number=left, name=lesson.name))
        return
    page.readings(lesson)
    page.line("")
    page.line(said["end"].format(right=len(player.right), count=len(lesson.exercises)), "bold")
    if following := _following(lesson.folder):
        page.line(said["next"].format(name=following))


def _following(folder: Path) -> str:
    """The name of the lesson after this one; "" after the last, or for one's own."""
    from lmcli.course.shelf import folders, name_of

    known = folders()
    at = known.index(folder) + 1 if folder in known else len(known)
    return name_of(known[at]) if at < len(known) else ""
