"""lmcli demo."""

from __future__ import annotations

import time
from pathlib import Path

import click

from lmcli.course.cli.language import chosen, language_option
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure


@click.command(epilog="Example:  lmcli demo --speed 2")
@language_option
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 100),
    default=1.0,
    show_default=True,
    help="How fast texts follow each other; 2 is twice as fast.",
)
@click.option("--plain", is_flag=True, help="Wait nowhere, as in a pipe.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Film it, waiting nowhere: a .cast (asciicast) or a moving .svg.",
)
@options.common()
@click.pass_obj
def demo(
    env: Environment, language: str | None, speed: float, plain: bool, save: Path | None
) -> None:
    """See all systems at work in three minutes, without a key.

    Every command runs as it is shown. Ctrl-C leaves. In a pipe nothing waits, and the exit code is 0 only where
    every answer was as expected.
    """
    from lmcli.course.export.film import FORMATS, Film, FilmedPage, filmed, written
    from lmcli.course.running import stage
    from lmcli.course.shelf import LESSONS, open_lesson
    from lmcli.course.tour import Tour
    from lmcli.course.view.page import Page
    from lmcli.course.view.words import words
    from lmcli.frame.disk.whole import check_target, write_text

    if save is not None:
        if save.suffix not in FORMATS:
            raise BadUsage(f"{save}: no film is called {save.suffix!r}", "name it .cast or .svg")
        check_target(save)
    lesson = open_lesson(LESSONS / "demo", chosen(env, language))
    said = words(lesson.language)
    film = Film()
    own_env = filmed(env, film) if save else env
    page = FilmedPage(own_env, said, film) if save else Page(env, said)
    page.title(lesson, None)
    with stage(own_env, lesson) as own:
        own.without_keys()
        tour = Tour(lesson, own, page, own_env.stdout)
        if save:
            tour.pause = lambda seconds: film.pause(seconds / speed)
        elif env.stdout_isatty and not plain:
            tour.pause = lambda seconds: time.sleep(seconds / speed)
        tour.play()
    if save:
        write_text(save, written(film, lesson, save.suffix))
        env.output.note(f"the film is {save}")
    if tour.wrong:
        count = len(lesson.steps)
        env.output.warn(said["wrong_steps"].format(wrong=tour.wrong, count=count))
        raise PartialFailure(tour.wrong, count)
