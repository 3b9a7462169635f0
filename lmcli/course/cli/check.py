"""lmcli course check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lmcli.course.cli.language import language_option
from lmcli.course.cli.play import complete_lesson
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, PartialFailure

if TYPE_CHECKING:
    from lmcli.course.checking import Checked


@click.command(
    epilog="Fields: lesson, language, step, title, command, seconds, fault.\n\nExample:  lmcli course check 1 --lang en"
)
@click.argument("lessons", nargs=-1, metavar="[LESSON]...", shell_complete=complete_lesson)
@language_option
@options.common()
@click.pass_obj
def check(env: Environment, lessons: tuple[str, ...], language: str | None) -> None:
    """Run lessons and say where they do not hold.

    Each LESSON is a number, a name, or a folder of your own [all that come with lmcli]. Every command has to print
    what the lesson expects, every solution its exercise's answer; both languages have to have the same steps. Without
    --lang both are run.
    """
    found: list[Checked] = []
    env.output.rows(_noted(_checked(env, lessons, language), found))
    wrong = sum(bool(row.fault) for row in found)
    if wrong == len(found):
        raise BadInput("nothing of this holds", "the column fault says why")
    if wrong:
        raise PartialFailure(wrong, len(found))


def _noted(rows: Iterator[Checked], found: list[Checked]) -> Iterator[Checked]:
    for row in rows:
        found.append(row)
        yield row


def _checked(env: Environment, lessons: tuple[str, ...], language: str | None) -> Iterator[Checked]:
    from lmcli.course.checking import Checked, check, unlike
    from lmcli.course.running import stage
    from lmcli.course.shelf import find, folders, open_lesson
    from lmcli.frame.locale import LANGUAGES

    for folder in [find(one) for one in lessons] or folders():
        codes = [code for code in LANGUAGES if (folder / f"lesson.{code}.md").is_file()]
        own = {code: open_lesson(folder, code) for code in codes}
        for fault in unlike(own):
            name = next(iter(own.values())).name
            yield Checked(name, "", "both", "", "", 0.0, fault)
        for code, lesson in own.items():
            if language in (None, code):
                with stage(env, lesson) as one:
                    one.without_keys()
                    yield from check(lesson, one)
