"""lmcli course timeline, lmcli glossary."""

from __future__ import annotations

import click

from lmcli.course.cli.language import chosen, language_option
from lmcli.frame import options
from lmcli.frame.environment import Environment


def complete_term(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The terms that begin so, in either language."""
    from lmcli.course.facts import terms

    names = [name for one in terms("en") for name in (one.term, one.chinese)]
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


@click.command(
    epilog="Fields: year, what, who, source.\n\nExample:  lmcli course timeline -f plain | head -3"
)
@language_option
@options.common()
@click.pass_obj
def timeline(env: Environment, language: str | None) -> None:
    """List what was found when, and by whom."""
    from lmcli.course.facts import events

    env.output.rows(events(chosen(env, language)))


@click.command(
    epilog="Fields: term, chinese, meaning, lesson, command.\n\nExample:  lmcli glossary softmax --lang en"
)
@click.argument("terms", nargs=-1, metavar="[TERM]...", shell_complete=complete_term)
@language_option
@options.common()
@click.pass_obj
def glossary(env: Environment, terms: tuple[str, ...], language: str | None) -> None:
    """Explain the terms of the course, in English or Chinese.

    Each TERM may be English or Chinese, or a part of it; without one all are listed, with the lesson and the command
    that show them.
    """
    from lmcli.course import facts

    code = chosen(env, language)
    env.output.rows(facts.look_up(terms, code) if terms else facts.terms(code))
