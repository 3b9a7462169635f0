"""The meta commands of the course: `:course` goes on with it, `:lang` chooses its language."""

from __future__ import annotations

from dataclasses import replace

from lmcli.frame.errors import BadUsage
from lmcli.frame.locale import LANGUAGES, VARIABLE, speak
from lmcli.repl.meta.registry import register
from lmcli.repl.running import run_command
from lmcli.repl.session import Session


@register("course", "[LESSON]")
def course(session: Session, words: list[str]) -> int:
    """Go on with the course where it was left, or play a lesson."""
    line = ["course", "play", *(words or ["--go-on"])]
    return run_command(line, session.env, None, hold=False).code


@register("lang", "en|zh", lambda _s, words: () if words else LANGUAGES)
def lang(session: Session, words: list[str]) -> None:
    """Choose the language of help, messages, lessons and the glossary."""
    if len(words) != 1 or words[0] not in LANGUAGES:
        raise BadUsage(":lang takes en or zh", "as in :lang zh")
    speak(words[0])
    session.env = replace(session.env, variables={**session.env.variables, VARIABLE: words[0]})
