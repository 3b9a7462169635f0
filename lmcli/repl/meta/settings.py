"""The meta commands that change how the session answers: `:set`, `:show`, `:time`, `:alias`, `:reset`."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from lmcli.frame.errors import BadUsage
from lmcli.repl import settings
from lmcli.repl.language import contexts
from lmcli.repl.language.values import Row
from lmcli.repl.meta.registry import register
from lmcli.repl.running import show as show_rows
from lmcli.repl.session import Session


@register("set", "NAME VALUE", settings.complete)
def set_(session: Session, words: list[str]) -> None:
    """Change a default: k, format, threads, ..., similar.k, model.TASK, memory."""
    if len(words) == 1 and "=" in words[0]:
        words = words[0].split("=", 1)
    if len(words) == 3 and words[1] == "=":
        words = [words[0], words[2]]
    if len(words) != 2:
        raise BadUsage(":set takes a name and a value", "as in :set k 5; :show shows all")
    settings.change(session, *words)


@register("show", "[NAME]", settings.complete)
def show(session: Session, words: list[str]) -> None:
    """Show the settings and where each comes from."""
    rows = settings.rows(session)
    wanted = [row for row in rows if not words or row.name in words]
    if not wanted:
        raise BadUsage(
            f"no setting is called {words[0]!r}", f"known: {', '.join(r.name for r in rows)}"
        )
    show_rows([Row(row, several=True) for row in wanted], session.env)


@register("time", "on|off", lambda _s, words: () if words else ("on", "off"))
def time_(session: Session, words: list[str]) -> None:
    """Print after each line how long it took."""
    if words not in (["on"], ["off"], []):
        raise BadUsage(":time takes on or off")
    session.timing = not session.timing if not words else words == ["on"]


@register("big", "on|off", lambda _s, words: () if words else ("on", "off"))
def big(session: Session, words: list[str]) -> None:
    """Print for a projector: large letters and cells."""
    if words not in (["on"], ["off"], []):
        raise BadUsage(":big takes on or off")
    on = not session.env.big if not words else words == ["on"]
    session.overrides["big"] = on
    session.env = replace(session.env, variables={**session.env.variables, "LMCLI_BIG": f"{on:d}"})


@register("alias", "[NAME [LINE]]", lambda session, words: () if words else tuple(session.aliases))
def alias(session: Session, words: list[str]) -> None:
    """Let a name stand for the start of a line; list them; NAME - forgets one."""
    if not words:
        for name, line in session.aliases.items():
            session.env.output.text(f"{name} = {line}")
    elif not re.fullmatch(r"\w[\w-]*", words[0]):
        raise BadUsage(f"{words[0]!r} is no name for an alias", "letters, digits, _ and -")
    elif words[1:] == ["-"]:
        session.aliases.pop(words[0], None)
    elif len(words) == 1:
        raise BadUsage(
            ":alias takes a name and what it stands for", 'as in :alias nn "similar -k 3"'
        )
    else:
        session.aliases[words[0]] = words[1] if len(words) == 2 else shlex.join(words[1:])


@register("reset")
def reset(session: Session, _words: list[str]) -> None:
    """Forget variables, settings, aliases and the context; models stay loaded."""
    session.variables.rows.clear()
    session.overrides.clear()
    session.aliases.clear()
    session.context = contexts.ROOT
    session.timing = False
    session.memory = None
