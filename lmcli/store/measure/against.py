"""A language model beside llama.cpp on the file it was made of: processes of both, taken in turn."""

from __future__ import annotations

import importlib
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lmcli.frame.errors import BadUsage, LmcliError, ModelError
from lmcli.frame.models import Model
from lmcli.frame.variables import of_process
from lmcli.store.measure.engines import PROMPT, READ, WRITTEN

OTHER = "llama.cpp"
# Where the GGUF file of a model comes from: a function that writes it, from what was downloaded if that is still there.
FILES = {
    "smollm2-135m-instruct": "lmcli.gpt.convert.build:fetch",
    "qwen": "lmcli.gpt.convert.build_qwen:fetch",
}

_MEASURES = {
    "first": ("first token, cold", "s"),
    "read": (f"prefill of {READ} tokens", "tokens/s"),
    "written": (f"decoding {WRITTEN} tokens", "tokens/s"),
    "memory": ("peak memory", "MB"),
}
_COMMAND = "import sys; from lmcli.__main__ import main; sys.exit(main())"
_ENGINE = "import sys; from lmcli.store.measure.engines import main; main(*sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Beside:
    """A measure of both: medians of the rounds, and lmcli's over llama.cpp's, above 1 where lmcli's is the larger."""

    measure: str
    lmcli: float
    llama_cpp: float
    unit: str
    ratio: float
    rounds: int

    KEY: ClassVar[str] = "measure"
    PLAIN: ClassVar[tuple[str, ...]] = ("lmcli", "llama_cpp", "unit", "ratio")
    TOLD: ClassVar[tuple[str, ...]] = ("measure", "unit")


def check_installed() -> None:
    """Raise LmcliError where llama-cpp-python is not to be found."""
    if importlib.util.find_spec("llama_cpp") is None:
        raise LmcliError(
            "llama-cpp-python is not installed beside lmcli",
            "install it with: pip install llama-cpp-python (it is compiled, for some minutes)",
        )


@contextmanager
def gguf_of(model: Model, file: Path | None, say: Callable[[str], None]) -> Iterator[Path]:
    """The GGUF file that a model was made of: the one given, else the pinned one, kept for the while.

    Raises BadUsage where neither is known, ModelError where the pinned one cannot be had.
    """
    if file is not None:
        yield file
        return
    if model.name not in FILES:
        raise BadUsage(
            f"the GGUF file that {model.name} was made of is not known", "give it: --gguf FILE"
        )
    module, _, function = FILES[model.name].partition(":")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model.gguf"
        getattr(importlib.import_module(module), function)(target, say)
        yield target


def against(
    model: Model,
    gguf: Path,
    threads: int,
    rounds: int,
    *,
    note: Callable[[str], None],
    advance: Callable[[float], None] = lambda _step: None,
) -> list[Beside]:
    """Measure both, each round in two processes of each; `note` is told where their tokens differ.

    Raises ModelError where one of them cannot run the file.
    """
    where = {"lmcli": str(model.folder), OTHER: str(gguf)}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in where}
    for _ in range(rounds):
        for name, file in where.items():
            first = _seconds_to_first(name, file, threads)
            found[name].append(_line(_engine(name, file, threads, "speed")) | {"first": first})
            advance(1)
    if found["lmcli"][0]["ids"] != found[OTHER][0]["ids"]:
        note("the two cut the same text into other tokens: is it the file that the model is of?")
    return list(_rows(found, rounds))


def _rows(found: dict[str, list[dict[str, Any]]], rounds: int) -> Iterator[Beside]:
    for key, (measure, unit) in _MEASURES.items():
        values = [[run[key] for run in found[side]] for side in ("lmcli", OTHER)]
        if None in values[0] + values[1]:
            continue  # the system does not tell
        own, other = map(statistics.median, values)
        yield Beside(measure, own, other, unit, own / other, rounds)


def _engine(name: str, file: str, threads: int, what: str) -> list[str]:
    return [sys.executable, "-c", _ENGINE, name, file, str(threads), what]


def _seconds_to_first(name: str, file: str, threads: int) -> float:
    """From the start of a process to the first token that it prints; lmcli's is the command `complete`."""
    command = _engine(name, file, threads, "first")
    if name == "lmcli":
        command = [sys.executable, "-c", _COMMAND, "complete", PROMPT, "--model", file]
        command += ["-n", "1", "--greedy", "--threads", str(threads), "--offline"]
    start = time.perf_counter()
    with _process(command) as running:
        assert running.stdout is not None
        running.stdout.read(1)
        seconds = time.perf_counter() - start
        _ended(running)
    return seconds


def _line(command: list[str]) -> dict[str, Any]:
    with _process(command) as running:
        assert running.stdout is not None
        words = running.stdout.read()
        _ended(running)
    values: dict[str, Any] = json.loads(words)
    return values


def _process(command: list[str]) -> subprocess.Popen[bytes]:
    # compiled modules are kept, as an installed package's are
    variables = {**of_process(), "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables, bufsize=0
    )


def _ended(running: subprocess.Popen[bytes]) -> None:
    """Wait for a process's end. Raises ModelError with its last word where it failed."""
    _, words = running.communicate()
    if running.returncode:
        last = words.decode(errors="replace").strip().splitlines()[-1:]
        name = "llama.cpp" if OTHER in running.args else "lmcli"  # type: ignore[operator]
        why = "".join(last) or f"it ended with {running.returncode}, without a word"
        raise ModelError(f"{name} could not run the model: {why}")
