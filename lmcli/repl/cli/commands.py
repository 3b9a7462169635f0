"""The commands repl and run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure

if TYPE_CHECKING:
    from lmcli.repl.session import Session

no_shell = click.option("--no-shell", is_flag=True, help="Refuse ! lines and | !pipes.")


@click.command(epilog='Example:  echo "similar king -k 3 | grep qu" | lmcli repl')
@no_shell
@options.common()
@click.pass_obj
def repl(env: Environment, no_shell: bool) -> None:
    """Open the interactive session, with models that stay loaded.

    All commands without the word lmcli; :help lists what else there is. Lines from a pipe run as a script
    that goes on after a failure.
    """
    from lmcli.repl.session import Session

    session = Session(_for_lines(env), shell=not no_shell)
    if env.stdin_isatty and env.stdout_isatty:
        from lmcli.repl.terminal.interface import interact

        interact(session)
        return
    from lmcli.repl.script import read_script, run_script

    text = read_script(Path("-"), env.stdin)
    _without_stdin(session)
    run_script(session, text, "stdin", keep_going=True)


@click.command(epilog="Example:  lmcli run capitals.lm --var first=france --set k=1")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--keep-going", is_flag=True, help="Go on after a line that fails.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="As :set in the file.")
@click.option("--var", "variables", multiple=True, metavar="NAME=TEXT", help="Let $NAME be TEXT.")
@click.option("--resume", is_flag=True, help="Skip the lines that finished before an interruption.")
@click.option(
    "--jsonl", is_flag=True, help='Answer {"id", "command", "args"} lines of stdin, a line each.'
)
@no_shell
@options.common()
@click.pass_obj
def run(
    env: Environment,
    file: Path | None,
    keep_going: bool,
    settings: tuple[str, ...],
    variables: tuple[str, ...],
    resume: bool,
    jsonl: bool,
    no_shell: bool,
) -> None:
    """Run a script of REPL lines, or serve another program.

    Stops at the first failure, says FILE:LINE, and exits with that line's code. With --jsonl, requests
    {"id": 1, "command": "similar", "args": ["king"]} on stdin are answered in order by {"id", "code",
    "rows", "seconds"}, with "text" where a command prints text and "error" where it complains.
    """
    from lmcli.repl.script import Journal, assignments, nested, read_script, run_script
    from lmcli.repl.session import Session
    from lmcli.repl.settings import change

    session = Session(_for_lines(env), shell=not no_shell)
    for name, value in assignments(settings, "--set"):
        change(session, name, value)
    for name, value in assignments(variables, "--var"):
        session.variables.set_text(name, value)
    if jsonl:
        _serve(session, file)
        return
    if file is None:
        raise BadUsage(
            "there is no file to run", "name it, or - for stdin; --jsonl serves requests"
        )
    text = read_script(file, env.stdin)
    journal = Journal.beside(file, env.output.warn) if file.is_file() else None
    if str(file) == "-":
        _without_stdin(session)
    if journal is not None and resume:
        journal.read()
    with nested(file):
        run_script(session, text, str(file), keep_going=keep_going, journal=journal)


def _serve(session: Session, file: Path | None) -> None:
    if file is not None:
        raise BadUsage("--jsonl reads stdin, but a file is named", "leave one out")
    from lmcli.repl.machine import serve

    failed, total = serve(session)
    if failed:
        raise PartialFailure(failed, total)


def _for_lines(env: Environment) -> Environment:
    """The environment of lines; options of this command itself hold for all of them."""
    own = env.for_command()
    given = {
        name: value
        for name in ("format", "quiet", "debug")
        if (value := getattr(env.settings, name))
    }
    if env.settings.color != "auto":
        given["color"] = env.settings.color
    own.overrides = {**env.overrides, **given}
    return own


def _without_stdin(session: Session) -> None:
    """What stdin held was the script: commands find it empty."""
    import io

    session.env.stdin = io.BytesIO()
    session.env.stdin_isatty = False
