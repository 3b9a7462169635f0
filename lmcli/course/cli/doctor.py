"""lmcli doctor: the machine, its models, and the lessons that lack something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import ModelError, Reported

if TYPE_CHECKING:
    from lmcli.store.measure.doctor import Check


@click.command(
    epilog="Fields: check, result, detail, hint.\n\nExample:  lmcli doctor",
)
@options.common()
@click.pass_obj
def doctor(env: Environment) -> None:
    """Report what works here and what does not.

    Versions, the providers that really run, threads, model folders, how to mend what is damaged,
    and what the lessons of the course lack. Exits 4 where a model is damaged.
    """
    from lmcli.store.measure.doctor import examine

    rows = [*examine(env.models, env.variables), *_lessons(env)]
    env.output.rows(rows)
    damaged = [row for row in rows if row.result == "damaged"]
    if damaged:
        raise Reported(ModelError(damaged[0].detail, damaged[0].hint))


def _lessons(env: Environment) -> Iterator[Check]:
    """A row for each thing that lessons lack; one that says all is here where nothing is missing."""
    from lmcli.course.lacking import lacking
    from lmcli.course.shelf import folders
    from lmcli.store.measure.doctor import Check, has_extra

    present = {model.name for model in env.models if model.present}
    shelf = folders()
    found = list(lacking(shelf, present.__contains__, has_extra))
    for one in found:
        detail = f"{one.thing}, for {', '.join(one.lessons)}"
        yield Check("lessons", "missing", detail, one.command)
    if not found:
        yield Check("lessons", "ok", f"all {len(shelf)} can run")
