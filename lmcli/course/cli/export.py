"""lmcli course export."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.course.cli.language import chosen, language_option
from lmcli.course.cli.play import complete_lesson
from lmcli.frame import options
from lmcli.frame.environment import Environment


@click.command(epilog="Example:  lmcli course export 2 --to html --out words.html")
@click.argument("lesson", shell_complete=complete_lesson)
@click.option(
    "--to",
    "form",
    type=click.Choice(("html", "md", "ipynb")),
    default="html",
    show_default=True,
    help="A page, Markdown, or a notebook.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file [LESSON.LANGUAGE.html].",
)
@click.option("--answers", is_flag=True, help="With the exercises' answers.")
@language_option
@options.common()
@click.pass_obj
def export(
    env: Environment, lesson: str, form: str, out: Path | None, answers: bool, language: str | None
) -> None:
    """Write a lesson with this run's outputs, to hand out.

    One file that needs nothing else: its commands run now, their outputs and figures stand in it.
    """
    from dataclasses import replace

    from lmcli.course.export.html import html
    from lmcli.course.export.markdown import markdown
    from lmcli.course.export.notebook import notebook
    from lmcli.course.export.recorded import record
    from lmcli.course.running import stage
    from lmcli.course.shelf import find, open_lesson
    from lmcli.frame.disk.whole import check_target, write_text

    opened = open_lesson(find(lesson), chosen(env, language))
    target = out or Path(f"{opened.name}.{opened.language}.{form}")
    check_target(target)
    tables = replace(env, overrides={**env.overrides, "format": "table", "color": "never"})
    with stage(tables, opened) as own:
        own.without_keys()
        recorded = record(opened, own, answers=answers)
    write = {"html": html, "md": markdown, "ipynb": notebook}[form]
    write_text(target, write(recorded))
    env.output.note(f"the lesson is {target}")
