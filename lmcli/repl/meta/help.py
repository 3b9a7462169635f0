"""`:help`, and how to leave."""

from __future__ import annotations

import shutil

from lmcli.frame.locale import said
from lmcli.frame.tree.lazy import Context
from lmcli.repl.language import contexts
from lmcli.repl.language.filters import FILTERS
from lmcli.repl.meta.registry import REGISTRY, register
from lmcli.repl.running import run_command
from lmcli.repl.session import Quit, Session

INTRODUCTION = "Every command of lmcli, with the options it has in the shell: similar king -k 3"
GRAMMAR = (
    ("similar king | grep qu", "rows through a pipe: {filters}, a command, or !shell"),
    ("similar king > FILE", ">> adds; < FILE is the command's stdin"),
    (
        "$w = analogy king man woman",
        "keep rows; similar $w, $w[0], $w.score use them; _ is the last result",
    ),
    ("$w | sort word", "alone, a variable shows its rows or passes them on"),
    ("use words", "drop the prefix; .. leaves"),
    ("!ls", "the system's shell"),
    ('""" ... """', "text as it is, over several lines; # starts a comment"),
)
WIDEST = 100  # columns


@register("help", "[COMMAND]", lambda _s, _w: contexts.names())
def help_(session: Session, words: list[str]) -> int | None:
    """Say what can be typed here, or show a command's help."""
    if words:
        name = words[0].removeprefix(":")
        if name in REGISTRY and (words[0].startswith(":") or name not in contexts.names()):
            meta = REGISTRY[name]
            usage = f":{meta.name} {meta.usage}".rstrip()
            session.env.output.text(f"{usage}\n    {said(meta.help)}")
            return None
        resolved = session.context.resolve(words)
        return run_command([*resolved, "--help"], session.env, None, hold=False).code
    session.env.output.text(_overview())
    return None


def _overview() -> str:
    """What can be typed, in the width of the terminal."""
    from lmcli.cli import cli

    filters = ", ".join(FILTERS)
    context = Context(cli, terminal_width=min(WIDEST, shutil.get_terminal_size().columns))
    formatter = context.make_formatter()
    formatter.write_text(said(INTRODUCTION))
    formatter.indent()
    formatter.write_dl([(line, said(text).format(filters=filters)) for line, text in GRAMMAR])
    formatter.write("\n")
    formatter.write_dl([(f":{one.name} {one.usage}", said(one.help)) for one in REGISTRY.values()])
    formatter.write(f"\n{said('Commands (:help COMMAND tells more)')}\n")
    mark = said(": ").strip()
    sections = [(f"{said(title)}{mark}", ", ".join(table)) for title, table in cli.sections.items()]
    formatter.write_dl(sections)
    return formatter.getvalue().rstrip("\n")


@register("quit")
def quit_(_session: Session, _words: list[str]) -> None:
    """Leave (so does Ctrl-D)."""
    raise Quit
