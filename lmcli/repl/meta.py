"""The meta commands, in one registry: what they do, their help, what completes them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmcli.frame.errors import BadUsage, Exit, did_you_mean
from lmcli.repl.language import contexts
from lmcli.repl.language.filters import FILTERS

if TYPE_CHECKING:
    from lmcli.repl.session import Session

Action = Callable[["Session", list[str]], int | None]
Completions = Callable[["Session", list[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Meta:
    """One meta command. `choices` offers words for the place after the given ones."""

    name: str
    usage: str
    help: str
    run: Action
    choices: Completions


REGISTRY: dict[str, Meta] = {}


def _nothing(_session: Session, _words: list[str]) -> Sequence[str]:
    return ()


def register(
    name: str, usage: str = "", choices: Completions = _nothing
) -> Callable[[Action], Action]:
    """Add a function as the meta command `name`; its docstring is the help."""

    def add(function: Action) -> Action:
        text = (function.__doc__ or "").strip().splitlines()[0]
        REGISTRY[name] = Meta(name, usage, text, function, choices)
        return function

    return add


def run(session: Session, line: str) -> int:
    """Run a meta line without its colon. Raises BadUsage for an unknown one."""
    name, _, rest = line.strip().partition(" ")
    name = {"exit": "quit", "q": "quit", "?": "help"}.get(name, name)
    if name not in REGISTRY:
        from difflib import get_close_matches

        near = did_you_mean(f":{one}" for one in get_close_matches(name, REGISTRY))
        raise BadUsage(f"no meta command is called :{name}", near or ":help lists them")
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    return REGISTRY[name].run(session, words) or Exit.OK


GRAMMAR = """\
Every command of lmcli, with the options it has in the shell: similar king -k 3
  similar king | grep qu       rows through a pipe: {filters}, a command, or !shell
  similar king > FILE          >> adds; < FILE is the command's stdin
  $w = analogy king man woman  keep rows; similar $w, $w[0], $w.score use them; _ is the last result
  $w | sort word               alone, a variable shows its rows or passes them on
  use words                    drop the prefix; .. leaves
  !ls                          the system's shell
  \"\"\" ... \"\"\"                  text as it is, over several lines; # starts a comment
"""


@register("help", "[COMMAND]", lambda _s, _w: contexts.names())
def help_(session: Session, words: list[str]) -> int | None:
    """Say what can be typed here, or show a command's help."""
    if words:
        from lmcli.repl.running import run_command

        name = words[0].removeprefix(":")
        if name in REGISTRY and (words[0].startswith(":") or name not in contexts.names()):
            meta = REGISTRY[name]
            session.env.output.text(f":{meta.name} {meta.usage}".rstrip() + f"\n    {meta.help}")
            return None
        resolved = session.context.resolve(words)
        return run_command([*resolved, "--help"], session.env, None, hold=False).code
    from lmcli.cli import cli

    lines = [GRAMMAR.format(filters=", ".join(FILTERS))]
    for meta in REGISTRY.values():
        lines.append(f"  {f':{meta.name} {meta.usage}'.ljust(22)} {meta.help}")
    lines.append("\nCommands (:help COMMAND tells more)")
    lines += [f"  {title + ':':22} {', '.join(table)}" for title, table in cli.sections.items()]
    session.env.output.text("\n".join(lines))
    return None


def _settings(session: Session, words: list[str]) -> Sequence[str]:
    from lmcli.repl import settings

    return settings.complete(session, words)


@register("set", "NAME VALUE", _settings)
def set_(session: Session, words: list[str]) -> None:
    """Change a default: k, format, threads, ..., similar.k, model.TASK, memory."""
    from lmcli.repl import settings

    if len(words) == 1 and "=" in words[0]:
        words = words[0].split("=", 1)
    if len(words) == 3 and words[1] == "=":
        words = [words[0], words[2]]
    if len(words) != 2:
        raise BadUsage(":set takes a name and a value", "as in :set k 5; :show shows all")
    settings.change(session, *words)


@register("show", "[NAME]", _settings)
def show(session: Session, words: list[str]) -> None:
    """Show the settings and where each comes from."""
    from lmcli.repl import settings
    from lmcli.repl.language.values import Row
    from lmcli.repl.running import show as show_rows

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


@register("save", "FILE")
def save(session: Session, words: list[str]) -> None:
    """Save the last result as .json, .jsonl, .csv, .tsv or plain text."""
    from dataclasses import replace

    from lmcli.frame.disk.whole import write_text
    from lmcli.repl.running import held_text, show, text_of

    if len(words) != 1:
        raise BadUsage(":save takes a file", "as in :save last.csv")
    if "_" not in session.variables.rows:
        raise BadUsage("there is no last result yet", "run a command first")
    path = Path(words[0]).expanduser()
    suffix = path.suffix.removeprefix(".")
    held = held_text()
    form = suffix if suffix in ("json", "jsonl", "csv", "tsv") else "plain"
    env = replace(session.env, stdout=held, stdout_isatty=False, overrides={"format": form})
    show(session.variables.rows["_"], env)
    write_text(path, text_of(held))


@register("log", "FILE|off", lambda _s, words: () if words else ("off",))
def log(session: Session, words: list[str]) -> None:
    """Write what is typed and printed to a file as well."""
    if session.log is None:
        raise BadUsage(":log works in the interactive REPL", "in a script, redirect its output")
    if len(words) != 1:
        raise BadUsage(":log takes a file, or off", "as in :log today.txt")
    session.log(None if words[0] == "off" else Path(words[0]).expanduser())


@register("history", "[N|TEXT]")
def history(session: Session, words: list[str]) -> None:
    """Show the last lines typed (20), or those that hold a text."""
    lines = list(session.history())
    if words and not words[0].isdecimal():
        wanted = " ".join(words)
        lines = [line for line in lines if wanted in line]
    else:
        count = int(words[0]) if words else 20
        lines = lines[max(0, len(lines) - count) :]
    if lines:
        session.env.output.text("\n".join(lines))  # as one text: it may be paged


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


@register("models")
def models(session: Session, _words: list[str]) -> None:
    """List what is loaded, the MB it brought, seconds to load and idle."""
    from lmcli.repl.language.values import Row
    from lmcli.repl.memory import loaded
    from lmcli.repl.running import show

    rows = loaded(session.env.cache, session.models)
    if rows:
        show([Row(row, several=True) for row in rows], session.env)
    else:
        session.env.output.note("nothing is loaded")


def _loaded_names(session: Session, words: list[str]) -> Sequence[str]:
    from lmcli.repl.memory import name_of

    keys = session.env.cache.entries
    found = {key[0] for key in keys} | {name_of(key, session.models) for key in keys}
    return () if words else sorted(found)


@register("unload", "[NAME]", _loaded_names)
def unload(session: Session, words: list[str]) -> None:
    """Free the memory of loaded models: all, or those of a name."""
    from lmcli.repl.memory import name_of

    def wanted(key: tuple[str, ...]) -> bool:
        return not words or any(word in (*key, name_of(key, session.models)) for word in words)

    gone = session.env.cache.drop(wanted)
    if words and not gone:
        raise BadUsage(f"nothing called {words[0]!r} is loaded", ":models lists what is")
    session.env.output.note(f"unloaded {len(gone)}")


@register("quit")
def quit_(_session: Session, _words: list[str]) -> None:
    """Leave (so does Ctrl-D)."""
    from lmcli.repl.session import Quit

    raise Quit
