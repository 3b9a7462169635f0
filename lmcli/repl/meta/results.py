"""The meta commands about what was typed and printed: `:save`, `:log`, `:history`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmcli.frame.disk.whole import write_text
from lmcli.frame.errors import BadUsage
from lmcli.repl.meta.registry import register
from lmcli.repl.running import held_text, show, text_of
from lmcli.repl.session import Session


@register("save", "FILE")
def save(session: Session, words: list[str]) -> None:
    """Save the last result as .json, .jsonl, .csv, .tsv or plain text."""
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
