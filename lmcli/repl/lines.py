"""Running what was typed: meta commands, the shell, contexts and pipelines; each line gives its exit code."""

from __future__ import annotations

import time
import traceback

from lmcli.frame.disk.faults import fault_of
from lmcli.frame.errors import BadUsage, Exit, LmcliError
from lmcli.repl import meta
from lmcli.repl.language.grammar import Line, logical_lines, parse
from lmcli.repl.running import run_line, run_shell
from lmcli.repl.session import STATE_WORDS, Quit, Session, code_of
from lmcli.repl.terminal.modes import reader_left


def run_text(session: Session, text: str) -> int:
    """Run the lines of a text, all of them whatever fails; return the last failure's code, or 0."""
    failed: int = Exit.OK
    for _, line in logical_lines(text):
        failed = run(session, line) or failed
    return failed


def run(session: Session, line: str) -> int:
    """Run one line and return its exit code; what goes wrong is reported, not raised.

    KeyboardInterrupt and Quit pass through, and BrokenPipeError where nobody reads what is printed.
    """
    start, read = time.perf_counter(), session.read_for()
    with session.charging():
        code = _reported(session, line)
    session.last_seconds = time.perf_counter() - start - (session.read_for() - read)
    if session.timing:
        session.env.stderr.write(f"{session.last_seconds:.3f} s\n")
    return code


def _reported(session: Session, line: str) -> int:
    env = session.env.for_command()
    try:
        return _dispatched(session, line.strip())
    except LmcliError as error:
        env.output.error(error)
        return error.exit_code
    except Quit:
        raise
    except BrokenPipeError as error:
        if reader_left(env.stdout):
            raise
        return failed(session, error, line)
    except SystemExit as left:
        return code_of(left)
    except Exception as error:
        return failed(session, error, line)


def failed(session: Session, error: BaseException, line: str) -> int:
    """Report a fault that nobody foresaw: its traceback where that is asked for. The session goes on."""
    env = session.env
    if "--debug" in line or session.overrides.get("debug") or env.variables.get("LMCLI_DEBUG"):
        env.stderr.write("".join(traceback.format_exception(error)))
    else:
        env.for_command().output.error(fault_of(error, env.variables))
    return Exit.FAILURE


def _dispatched(session: Session, line: str) -> int:
    """Run a line by its kind: a meta command, a shell line, a change of context, or a pipeline."""
    if line.startswith(":") or line in ("quit", "exit") or line.split()[:1] == ["help"]:
        return meta.run(session, line.removeprefix(":"))
    if line.startswith("!"):
        return run_shell(session, line[1:].strip(), None, session.env)
    parsed = parse(line)
    first = parsed.stages[0].words[:1] if parsed.stages else ()
    if any(token.bare and token.text in STATE_WORDS for token in first):
        if parsed.name or parsed.output or parsed.source or len(parsed.stages) > 1:
            raise BadUsage(f"{first[0].text} stands alone on its line", "it gives no rows")
        session.use([token.text for token in parsed.stages[0].words])
    elif parsed.stages:
        return run_line(session, _unaliased(session, line, parsed))
    return Exit.OK


def _unaliased(session: Session, line: str, parsed: Line) -> Line:
    """The line with its first word replaced where it is an alias (once: aliases may use commands)."""
    first = parsed.stages[0].words[0] if parsed.stages[0].words else None
    if first is None or not first.bare or first.text not in session.aliases:
        return parsed
    return parse(line[: first.start] + session.aliases[first.text] + line[first.end :])
