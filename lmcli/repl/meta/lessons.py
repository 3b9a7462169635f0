"""The meta commands of the course: `:course` goes on with it, `:lang` chooses its language."""

from __future__ import annotations

from dataclasses import replace

from lmcli.frame.errors import BadUsage
from lmcli.repl.meta.registry import register
from lmcli.repl.running import run_command
from lmcli.repl.session import Session

VARIABLE = "LMCLI_LANG"


@register("course", "[LESSON]")
def course(session: Session, words: list[str]) -> int:
    """Go on with the course where it was left, or play a lesson."""
    line = ["course", "play", *(words or ["--go-on"])]
    return run_command(line, session.env, None, hold=False).code


@register("lang", "en|zh", lambda _s, words: () if words else ("en", "zh"))
def lang(session: Session, words: list[str]) -> None:
    """Choose the language of the lessons and the glossary."""
    if len(words) != 1 or words[0] not in ("en", "zh"):
        raise BadUsage(":lang takes en or zh", "as in :lang zh")
    session.env = replace(session.env, variables={**session.env.variables, VARIABLE: words[0]})
