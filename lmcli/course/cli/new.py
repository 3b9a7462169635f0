"""lmcli course new."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment


@click.command(epilog="Example:  lmcli course new kings && lmcli course check kings")
@click.argument("name", type=click.Path(path_type=Path))
@options.common()
@click.pass_obj
def new(env: Environment, name: Path) -> None:
    """Make the skeleton of a lesson of your own.

    NAME is a folder that is made: lesson.en.md and lesson.zh.md, which hold one of everything.
    """
    from lmcli.course.shelf import LESSONS
    from lmcli.frame.disk.whole import install
    from lmcli.frame.locale import LANGUAGES

    with install(name) as folder:
        for code in LANGUAGES:
            text = (LESSONS / "skeleton" / f"lesson.{code}.md").read_text(encoding="utf-8")
            (folder / f"lesson.{code}.md").write_text(text, encoding="utf-8")
    env.output.note(f"write in {name}, then: lmcli course check {name}, lmcli course {name}")
