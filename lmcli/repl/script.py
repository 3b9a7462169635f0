"""Batch scripts: `lmcli run FILE`, its journal, and `lmcli repl < FILE`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from lmcli.frame.errors import BadUsage, Exit, LmcliError, PartialFailure, Reported
from lmcli.frame.printing.cells import to_json
from lmcli.frame.text.textfile import decoded
from lmcli.repl.language.grammar import ASSIGNMENT, logical_lines
from lmcli.repl.language.values import restore
from lmcli.repl.lines import run
from lmcli.repl.session import STATE_WORDS, Quit, Session

_running: list[Path] = []  # scripts that run each other


@dataclass
class Journal:
    """The lines of a script that finished, beside it, so that a run can be taken up where it was cut."""

    path: Path
    warn: Callable[[str], None]
    done: dict[int, dict[str, Any]] = field(default_factory=dict)  # by the number of the line
    _file: IO[str] | None = None

    @classmethod
    def beside(cls, script: Path, warn: Callable[[str], None]) -> Journal:
        """The journal of a script."""
        return cls(script.with_name(f".{script.name}.journal"), warn)

    def read(self) -> None:
        """Read the lines that finished; from an entry that was cut or changed on, all is left out."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        for line in data.split(b"\n"):
            entry = _entry(line)
            if entry is None:
                break
            self.done[entry["line"]] = entry

    def open(self, lines: Sequence[tuple[int, str]]) -> None:
        """Begin to write. What was read of `lines` stays, up to the first that says something else now."""
        kept = {}
        for number, line in lines:
            entry = self.done.get(number)
            if entry is not None and entry.get("text") != line:
                break
            if entry is not None:
                kept[number] = entry
        self.done = kept
        with self._where_it_may():
            self._file = self.path.open("w", encoding="utf-8")
        for entry in kept.values():
            self._write(entry)

    @contextmanager
    def _where_it_may(self) -> Iterator[None]:
        """Give the journal up where there is no place for it; the script does not need it."""
        try:
            yield
        except OSError as error:
            self._file = None
            self.warn(f"{self.path}: {error.strerror}: this run cannot be taken up with --resume")

    def add(self, number: int, line: str, session: Session) -> None:
        """Note that a line finished, and the rows that later lines may use."""
        if self._file is None:
            return
        found = ASSIGNMENT.match(line)
        rows = session.variables.rows.get("_", [])
        entry = {"line": number, "text": line, "name": found[1] if found else None}
        self._write({**entry, "rows": [row.saved for row in rows]})

    def _write(self, entry: dict[str, Any]) -> None:
        with self._where_it_may():
            if self._file is not None:
                self._file.write(to_json(entry) + "\n")
                self._file.flush()

    def close(self, finished: bool) -> None:
        """End; where the whole script finished, nothing stays behind."""
        if self._file is not None:
            with self._where_it_may():
                self._file.close()
            if finished:
                self.path.unlink(missing_ok=True)


def _entry(line: bytes) -> dict[str, Any] | None:
    """An entry of the journal whose rows can be restored, or None."""
    try:
        entry = json.loads(line)
        for row in entry["rows"]:
            restore(row)
        sound = isinstance(entry["line"], int) and isinstance(entry["text"], str)
        sound = sound and isinstance(entry["name"], str | None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entry if sound else None


def run_script(
    session: Session,
    text: str,
    name: str,
    *,
    keep_going: bool = False,
    journal: Journal | None = None,
) -> None:
    """Run the lines of a script. Raises Reported with the exit code of the line that failed.

    With `keep_going` the other lines run, and PartialFailure says that some failed.
    """
    lines = [entry for entry in logical_lines(text) if entry[1].strip()]
    lines = [entry for entry in lines if not entry[1].lstrip().startswith("#")]
    done = {}
    if journal is not None:
        journal.open(lines)
        done = journal.done
    failed = 0
    finished = False
    try:
        for number, line in lines:
            if number in done:
                _redo(session, line, done[number])
                continue
            code = run(session, line)
            if code == Exit.OK:
                if journal is not None:
                    journal.add(number, line, session)
                continue
            failed += 1
            fault = LmcliError(
                f"{name}:{number}: {line.strip().splitlines()[0]}", f"exit code {code}"
            )
            session.env.output.error(fault)
            if not keep_going:
                raise _stopped(fault, code)
        finished = failed == 0
    except Quit:
        finished = True
    finally:
        if journal is not None:
            journal.close(finished)
    if failed:
        raise PartialFailure(failed, len(lines))


@contextmanager
def nested(path: Path) -> Iterator[None]:
    """Run a script within. Raises BadUsage where it runs itself, directly or through others."""
    place = path.resolve()
    if place in _running:
        raise BadUsage(f"{path} runs itself", "take its own name out of the script")
    _running.append(place)
    try:
        yield
    finally:
        _running.pop()


def _stopped(fault: LmcliError, code: int) -> Reported:
    known = code in list(Exit)
    fault.exit_code = Exit(code) if known else Exit.FAILURE
    return Reported(fault)


def _redo(session: Session, line: str, entry: dict[str, Any]) -> None:
    """Bring a finished line's effects on the session back without running its command."""
    words = line.split()
    if words[0].startswith(":") or words[0] in STATE_WORDS:
        run(session, line)
        return
    session.remember([restore(row) for row in entry["rows"]], entry["name"])


def read_script(path: Path, stdin: IO[bytes]) -> str:
    """The text of a script; `-` is stdin. Raises BadInput where it is not UTF-8."""
    data = stdin.read() if str(path) == "-" else path.read_bytes()
    return decoded(data, str(path))


def assignments(values: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    """(name, value) of NAME=VALUE words. Raises BadUsage for others."""
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise BadUsage(f"{option} {value!r} is not NAME=VALUE", f"as in {option} dir=pictures")
        yield name, text
