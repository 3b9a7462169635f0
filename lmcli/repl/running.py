"""Running a parsed line: the stages one after the other, rows between them, a file or the terminal at the end."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, Exit, LmcliError
from lmcli.repl.language.filters import FILTERS
from lmcli.repl.language.grammar import Line, Reference, Stage, Token
from lmcli.repl.language.values import Row, Text, lines_of, rows_of_text
from lmcli.repl.session import Session, code_of

PASSING = (Exit.OK, Exit.PARTIAL)


@dataclass
class Result:
    """What a stage gave: its exit code, and rows, or the text that it printed."""

    code: int
    rows: list[Row] = field(default_factory=list)
    text: str = ""
    printed: bool = False

    @property
    def all_rows(self) -> list[Row]:
        """The rows; where the stage printed text, its lines."""
        return self.rows or rows_of_text(self.text)


def run_line(session: Session, line: Line) -> int:
    """Run a line's stages; print what the last one gave, or write it to the file, or keep it."""
    source = io.BytesIO(Path(session.word(line.source)).read_bytes()) if line.source else None
    silent = line.name is not None and line.output is None
    code: int = Exit.OK
    try:
        with _target(session, line) as env:
            result = _run_stages(session, line, env, source, silent)
            code = result.code
            if result.rows or result.text:
                session.remember(result.all_rows, line.name)
            elif line.name and result.code in PASSING:
                session.remember([], line.name)
    except OSError as error:
        if line.output is None or error.filename not in (None, str(_path(session, line.output))):
            raise
        if code in PASSING:  # else the command has said it
            raise LmcliError(f"{session.word(line.output)}: {error.strerror}") from None
    return code


def _run_stages(
    session: Session, line: Line, env: Environment, source: io.BytesIO | None, silent: bool
) -> Result:
    result: Result | None = None
    code: int = Exit.OK
    for position, stage in enumerate(line.stages):
        last = position == len(line.stages) - 1
        result = run_stage(session, stage, result, env, source, hold=silent or not last)
        code = code or result.code
        if result.code not in PASSING:
            break
    assert result is not None
    result.code = code
    return result


@contextmanager
def _target(session: Session, line: Line) -> Iterator[Environment]:
    """The environment of the line's last command: the session's own, or one that writes to the file."""
    if line.output is None:
        yield session.env
        return
    raw = _File(_path(session, line.output), "ab" if line.append else "wb")
    with io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", newline="\n") as file:
        yield replace(session.env, stdout=file, stdout_isatty=False)


def _path(session: Session, word: Token) -> Path:
    return Path(session.word(word)).expanduser()


class _File(io.FileIO):
    """A file whose errors say which file it is, also those of writing (a full disk)."""

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.name)) from None


def run_stage(
    session: Session,
    stage: Stage,
    before: Result | None,
    env: Environment,
    source: io.BytesIO | None,
    *,
    hold: bool,
) -> Result:
    """Run one stage on what the one before it gave. `hold`: keep rows and text rather than print them."""
    if stage.shell is not None:
        return _shell_stage(session, stage.shell, before, env, hold)
    if before is None and (reference := _alone(session, stage)):
        return _given(session.variables.recall(reference), env, hold)
    words = session.words(stage.words)
    if before is not None and words[0] in FILTERS:
        return _given(FILTERS[words[0]][1](before.all_rows, words[1:]), env, hold)
    words = session.context.resolve(words) if before is None else words
    if before is None:
        stdin = source
    elif before.text and not before.rows:
        stdin = io.BytesIO(before.text.encode())
    else:
        jsonl = any(word == "--jsonl" or word.startswith("--jsonl=") for word in words)
        stdin = io.BytesIO(lines_of(before.rows, jsonl))
    return run_command(words, env, stdin, hold=hold)


def run_command(
    words: Sequence[str], env: Environment, stdin: io.BytesIO | None, *, hold: bool
) -> Result:
    """Run a command of the tree in `env`, on `stdin` where it is given."""
    if words[:1] == ["lmcli"]:  # as in every example
        words = words[1:]
    if words[:1] == ["repl"] and not {"-h", "--help"} & set(words):
        raise BadUsage("this is the REPL already", "leave it with :quit or Ctrl-D")
    rows: list[Row] = []
    printing = not hold or _names_format(words)

    def keep(row: Any, extra: Mapping[str, Any], several: bool) -> bool:
        rows.append(Row(row, extra, several))
        return printing

    changes: dict[str, Any] = {"keep": keep}
    if stdin is not None:
        changes |= {"stdin": stdin, "stdin_isatty": False}
    held = held_text() if hold else None
    if held is not None:
        changes |= {"stdout": held, "stdout_isatty": False}
    code = _run(list(words), replace(env, **changes))
    text = text_of(held) if held is not None else ""
    if hold and (printing or not rows):
        return Result(code, text=text)
    return Result(code, rows, printed=not hold)


def _run(words: list[str], env: Environment) -> int:
    """Run a command; one that would end the process ends itself alone. Its text, if any, was its reason."""
    from lmcli.__main__ import run

    try:
        return run(words, env)
    except SystemExit as left:
        if isinstance(left.code, str):
            env.output.error(LmcliError(left.code))
        return code_of(left)


def _names_format(words: Sequence[str]) -> bool:
    """Whether the words ask for a format: then the text in it goes on, not the rows."""
    return any(
        word.startswith("--format") or (word.startswith("-f") and not word.startswith("--"))
        for word in words
    )


def held_text() -> TextIO:
    """A stream that keeps what is written to it."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)


def text_of(stream: TextIO) -> str:
    """What was written to a stream of `held_text`."""
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8", "replace")


def _alone(session: Session, stage: Stage) -> Reference | None:
    """The variable that is the whole stage: its rows are shown, unless words are a command's here."""
    if len(stage.words) != 1 or session.context.resolve(["$"]) != ["$"]:
        return None
    token = stage.words[0]
    part = token.parts[0] if token.bare and len(token.parts) == 1 else None
    return part if isinstance(part, Reference) else None


def _given(rows: list[Row], env: Environment, hold: bool) -> Result:
    """Rows that no command of the tree made."""
    if not hold:
        show(rows, env)
    return Result(Exit.OK, rows, printed=not hold)


def show(rows: Sequence[Row], env: Environment) -> None:
    """Print rows in the format in force; lines of text as they are."""
    from lmcli.frame.config import defaults

    own = env.for_command()
    shared: Mapping[str, Any] = defaults(env.variables, env.overrides) or {}
    if "format" in shared:
        own.settings.format = shared["format"]
    if rows and all(isinstance(row.row, Text) for row in rows):
        own.output.text("\n".join(row.row.text for row in rows))
    elif rows:
        own.output.rows([row.shown for row in rows], several=any(row.several for row in rows))


def _shell_stage(
    session: Session, line: str, before: Result | None, env: Environment, hold: bool
) -> Result:
    text = None
    if before is not None:
        text = before.text or "".join(row.plain + "\n" for row in before.rows)
    if not hold:
        return Result(run_shell(session, line, text, env), printed=True)
    held = held_text()
    code = run_shell(session, line, text, replace(env, stdout=held))
    return Result(code, text=text_of(held))


def run_shell(session: Session, line: str, text: str | None, env: Environment) -> int:
    """Run a line of the system's shell on `text`. Raises BadUsage where the session has no shell."""
    if not session.shell:
        raise BadUsage("there is no shell here", "this session was opened with --no-shell")
    if not line:
        raise BadUsage("! needs a command", "as in: !ls")
    env.stdout.flush()
    inherits = env.stdout is sys.__stdout__ or env.stdout.isatty()
    data = text.encode() if text is not None else None
    if data is None and not env.stdin_isatty:
        data = b""  # what stdin holds is the script
    done = subprocess.run(
        line,
        shell=True,
        input=data,
        stdout=None if inherits else subprocess.PIPE,
        check=False,
    )
    if not inherits:
        env.stdout.write(done.stdout.decode("utf-8", "replace"))
        env.stdout.flush()
    return done.returncode if done.returncode >= 0 else 128 - done.returncode
