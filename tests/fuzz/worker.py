"""A process that runs command lines one after the other, kept warm, and replaced when it hangs or dies."""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import shlex
import shutil
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.judging import Done, judged, left_behind, snapshot

MEMORY = 1 << 30  # bytes an input may take
SECONDS = 5.0  # of computing an input may take
PATIENCE = 25.0  # seconds in which nothing of it computes, nor could: a busy machine is no fault
LIFE = 400  # jobs of one process

UNCHANGED = (
    "tiny",
    "gpt",
    "few",
)  # models of the box that no input changes, where they are named so


@dataclass
class Report:
    """What became of a job: the command lines that ran, and what went wrong, named so that equal faults are equal."""

    done: list[Done] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Terminal(io.StringIO):
    """Output that says whether it is a terminal."""

    def __init__(self, isatty: bool) -> None:
        super().__init__()
        self._isatty = isatty

    def isatty(self) -> bool:
        return self._isatty


class Worker:
    """Runs jobs in a process of its own: `box` is the folder they run in, filled anew for each."""

    def __init__(self, box: Path) -> None:
        self.box = box
        # not a fork of this process: its threads would be missing in the copy
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, "click", "numpy", "yaml"])
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._jobs = 0

    def run(
        self, lines: list[str], base: Path | None = None, file: str = "", data: bytes = b""
    ) -> Report:
        """Fill the box from `base` and write `data` to `file` in it; run `lines` until one fails."""
        if self._process is None or self._jobs >= LIFE:
            self._start()
        assert self._pipe is not None and self._process is not None
        self._jobs += 1
        self._pipe.send((lines, base, file, data))
        before = last = self._cpu()
        idle = time.monotonic()
        try:
            while not self._pipe.poll(0.2):
                now = self._cpu()
                if now != last or not self._sleeps():
                    last, idle = now, time.monotonic()
                used = now - before
                if used > SECONDS or time.monotonic() - idle > PATIENCE:
                    self.close()
                    fault = f"hang: {'computes' if used > SECONDS else 'waits'} too long"
                    return Report([Done(lines[0], -1, "", "")], [fault])
            report: Report = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self.close()
            return Report(
                [Done(lines[0], code or -1, "", "")], [f"crash: the process ended with {code}"]
            )
        return report

    def _start(self) -> None:
        self.close()
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs, self.box), daemon=True)
        self._process.start()
        theirs.close()
        self._jobs = 0

    def _cpu(self) -> float:
        """Seconds that the process has computed so far."""
        assert self._process is not None
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _sleeps(self) -> bool:
        """Whether all threads of the process wait for something: none computes, or waits for a core or the disk."""
        assert self._process is not None
        for path in Path(f"/proc/{self._process.pid}/task").glob("*/stat"):
            with suppress(OSError):
                if path.read_text().rpartition(")")[2].split()[0] in "RD":
                    return False
        return True

    def close(self) -> None:
        """End the process: a command may hang in it."""
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
        self._process = None


def _serve(pipe: Connection, box: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    os.environ.update(variables(box))
    from lmcli.frame.loaded import Loaded

    shared = Loaded()  # of the models that no job changes
    with tempfile.TemporaryFile() as native:
        for stream in (1, 2):  # what libraries write past Python
            os.dup2(native.fileno(), stream)
        while True:
            try:
                lines, base, file, data = pipe.recv()
            except EOFError:
                os._exit(0)
            native.truncate(0)
            report = _job(lines, box, base, file, data, Loaded() if names_models(base) else shared)
            native.seek(0)
            if said := native.read().decode("utf-8", "replace").strip():
                report.faults.append(f"library: wrote {said.splitlines()[-1][:200]!r}")
            pipe.send(report)


def names_models(base: Path | None) -> bool:
    """Whether the settings of a folder name models of their own: those of other jobs are not theirs."""
    settings = base / "config.toml" if base else None
    return settings is not None and settings.exists() and b"[model]" in settings.read_bytes()


def variables(box: Path) -> dict[str, str]:
    """The environment of a command in the box: nothing of this machine's user, no network."""
    return {
        "HOME": str(box / "home"),
        "LMCLI_CONFIG": str(box / "config.toml"),
        "LMCLI_DATA": str(box / "data"),
        "LMCLI_CACHE": str(box / "cache"),
        "LMCLI_MODELS": str(box / "models"),
        "LMCLI_OFFLINE": "1",
        "LMCLI_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "COLUMNS": "80",
        "TERM": "xterm-256color",
    }


def _job(
    lines: list[str], box: Path, base: Path | None, file: str, data: bytes, shared: object
) -> Report:
    report = Report()
    _fill(box, base, file, data)
    for line in lines:
        faults: list[str] = []
        done = run_line(line, box, faults, shared)
        report.done.append(done)
        if any("bug in lmcli" in fault for fault in faults) and not line.startswith("@"):
            faults = [f"{fault} {_where(line, box)}" for fault in faults]
        report.faults += faults
        if faults or done.code not in (0, 5):
            break
    return report


def _fill(box: Path, base: Path | None, file: str, data: bytes) -> None:
    """The folder of one job: those of the job before it are gone."""
    os.chdir(box.parent)
    if base is None:
        box.mkdir(exist_ok=True)
    else:
        shutil.rmtree(box, ignore_errors=True)
        shutil.copytree(base, box)
    if file:
        (box / file).write_bytes(data)
    os.chdir(box)


def run_line(line: str, box: Path, faults: list[str], shared: object, debug: bool = False) -> Done:
    """Run a command line; `<` names its stdin, `!tty` makes it think of a terminal, `@` a function of `doors`."""
    words = shlex.split(line)
    before = snapshot(box)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        for kind in (UserWarning, RuntimeWarning, FutureWarning, SyntaxWarning, UnicodeWarning):
            warnings.simplefilter("always", kind)
        done = (
            _call(line, words, faults)
            if words[0].startswith("@")
            else _command(line, words, shared, debug)
        )
    for warning in caught:
        place = Path(warning.filename)
        faults.append(f"warning: {warning.category.__name__} {warning.message} ({place.name})")
    faults += judged(done)
    faults += left_behind(words, done.code, before, snapshot(box))
    return done


def _command(line: str, words: list[str], shared: object, debug: bool) -> Done:
    from lmcli.__main__ import run
    from lmcli.frame.environment import Environment
    from lmcli.frame.loaded import Loaded

    tty = "!tty" in words
    words = [word for word in words if word != "!tty"]
    stdin = None
    if "<" in words:
        at = words.index("<")
        stdin = Path(words[at + 1]).read_bytes()
        del words[at : at + 2]
    out, err = Terminal(tty), Terminal(False)
    model = words[words.index("--model") + 1] if "--model" in words else ""
    own = words[0] == "models" or model not in ("", *UNCHANGED)
    environment = Environment(
        stdin=io.BytesIO(stdin or b""),
        stdout=out,
        stderr=err,
        variables={**os.environ, **({"LMCLI_DEBUG": "1"} if debug else {})},
        stdin_isatty=stdin is None,
        stdout_isatty=tty,
        cache=Loaded() if own else shared,  # type: ignore[arg-type]
    )
    code = int(run(words, environment))
    return Done(line, code, out.getvalue(), err.getvalue())


def _call(line: str, words: list[str], faults: list[str]) -> Done:
    """Call a reader that no command reaches with a file of the user's own."""
    from lmcli.frame.errors import LmcliError
    from tests.fuzz import doors

    try:
        getattr(doors, words[0][1:])(*map(Path, words[1:]))
    except LmcliError as error:
        return Done(line, int(error.exit_code), "", f"error: {error}\n")
    except Exception as error:  # any other is a fault of the reader
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
        faults.append(f"bug in lmcli: {type(error).__name__} at {place} {error}"[:300])
        return Done(line, 1, "", str(error))
    return Done(line, 0, "", "")


def _where(line: str, box: Path) -> str:
    """The place in lmcli where an exception came from: the line run again with --debug."""
    try:
        run_line(line, box, [], _fresh(), debug=True)
    except Exception as error:
        trace, place = error.__traceback__, ""
        while trace:
            name = trace.tb_frame.f_code.co_filename
            if "/lmcli/" in name:
                place = f"{name.rpartition('/lmcli/')[2]}:{trace.tb_lineno}"
            trace = trace.tb_next
        return f"at {place}"
    return "(not seen again)"


def _fresh() -> object:
    from lmcli.frame.loaded import Loaded

    return Loaded()
