"""The process boundary: exit codes, Ctrl-C, closed pipes. Every error becomes a message here."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from click import ClickException

    from lmcli.frame.environment import Environment
    from lmcli.frame.errors import LmcliError

COMPLETE = "_LMCLI_COMPLETE"  # set by the shell completion scripts
NEW_OBJECTS = 50_000  # between two searches for garbage: what imports make stays, so that each search is in vain


def main() -> None:
    """Run lmcli with this process's arguments and exit with the documented code."""
    gc.set_threshold(NEW_OBJECTS)
    leaving = _Leaving()
    try:
        from lmcli.frame.environment import Environment

        _open_closed_streams()
        env = Environment.of_process()
        code = run(_arguments() or _without_arguments(env), env)
        sys.stdout.flush()
        leaving.code = code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0  # the reader has had what it wanted
        _discard_stdout()
    sys.exit(code)


def run(arguments: list[str], env: Environment) -> int:
    """Run one command line in `env` and return its exit code; errors are printed, not raised.

    BrokenPipeError and KeyboardInterrupt pass through: only the process knows what they mean.
    """
    from contextlib import redirect_stderr, redirect_stdout

    import click

    from lmcli.cli import cli
    from lmcli.frame.errors import Exit, LmcliError
    from lmcli.frame.locale import language_of, speak

    speak(language_of(env.variables))
    try:
        with redirect_stdout(env.stdout), redirect_stderr(env.stderr):  # where click prints help
            if COMPLETE in env.variables:
                cli.main(arguments, prog_name="lmcli", complete_var=COMPLETE)
            with cli.make_context("lmcli", arguments, obj=env) as context:
                cli.invoke(context)
        return Exit.OK
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _show(error, env)
    except click.Abort:
        raise KeyboardInterrupt from None
    except LmcliError as error:
        return _report(error, env)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if _debugging(arguments, env):
            raise
        from lmcli.frame.disk.faults import fault_of

        return _report(fault_of(error, env.variables), env)


class _Leaving:
    """Ends the process when all that it began is finished, without taking the interpreter apart.

    That would free every module and open graph one by one: 30 ms of a command that has said all it has to say.
    What is registered first runs last: after threads and whatever else is to be done at exit. `code`: the exit
    code; None for an end that is none of the usual ones, which goes the interpreter's way.
    """

    def __init__(self) -> None:
        self.code: int | None = None
        atexit.register(self._leave)

    def _leave(self) -> None:
        if self.code is None:
            return
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # closed by now
                stream.flush()
        os._exit(self.code)


def _report(error: LmcliError, env: Environment) -> int:
    from lmcli.frame.errors import PartialFailure, Reported

    if isinstance(error, PartialFailure):
        env.output.note(error.message)
    elif not isinstance(error, Reported):
        env.output.error(error)
    return error.exit_code


def _show(error: ClickException, env: Environment) -> int:
    """Print a usage error; what it quotes of the command line may be anything."""
    from io import StringIO

    from lmcli.frame.locale import told
    from lmcli.frame.text.printable import printable

    words = StringIO()
    error.show(words)
    env.stderr.write(printable("\n".join(map(told, words.getvalue().split("\n")))))
    env.stderr.flush()
    return error.exit_code


def _debugging(arguments: list[str], env: Environment) -> bool:
    from lmcli.frame.variables import is_set

    return "--debug" in arguments or is_set(env.variables, "LMCLI_DEBUG")


def _arguments() -> list[str]:
    """The command line as UTF-8, also where the locale is of another encoding."""
    if sys.getfilesystemencoding() == "utf-8":
        return sys.argv[1:]
    return [os.fsencode(word).decode("utf-8", "replace") for word in sys.argv[1:]]


def _without_arguments(env: Environment) -> list[str]:
    """What `lmcli` alone means: the session on a terminal, help elsewhere."""
    inside = env.stdin_isatty and env.stdout_isatty and COMPLETE not in env.variables
    return ["repl"] if inside else []


def _open_closed_streams() -> None:
    """Give a process that was started without stdin, stdout or stderr (`>&-`) an empty one.

    Else the next file that is opened would take the number, and children would read or write it.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            free = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(free, True)
        if name != "stdin" and getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115


def _discard_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush meets no closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
