"""lmcli course [LESSON], and the commands below it."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "play": ("lmcli.course.cli.play:play", "List the lessons, or play one."),
        "check": ("lmcli.course.cli.check:check", "Run lessons and say where they do not hold."),
        "export": (
            "lmcli.course.cli.export:export",
            "Write a lesson with this run's outputs, to hand out.",
        ),
        "new": ("lmcli.course.cli.new:new", "Make the skeleton of a lesson of your own."),
        "timeline": ("lmcli.course.cli.facts:timeline", "List what was found when, and by whom."),
    },
}


@click.group(cls=DefaultGroup, default="play", table=TABLE, context_settings=HELP)
def course() -> None:
    """Take the course: lessons that run the real commands.

    lmcli course lists the lessons, lmcli course 2 plays the second: short for lmcli course play 2, whose --help lists
    the options.
    """
