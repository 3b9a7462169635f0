"""Every command that takes records, given a BOM, CRLF, a blank line, 1 MB in a line, a bad byte, and nothing."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from lmcli.__main__ import run
from lmcli.frame.environment import Environment
from lmcli.frame.loaded import Loaded
from tests.conftest import Result, command
from tests.e2e.taking import NAMING, TAKES, has_arguments, takes_records
from tests.e2e.tree import commands
from tests.fuzz import samples

TREE = dict(commands())
TAKING = {path: takes for path, takes in TAKES.items() if path in TREE}
LINES = [path for path, takes in TAKING.items() if takes.kind == "lines"]
NEEDS_TORCH = {("clip", "train")}
SEALED = {("maze", "replay"), ("maze", "export")}  # files of lmcli's own, with a checksum
FAILING = {
    ("words", "bias"),
    ("prompt", "compare"),
    ("clip", "train"),
}  # their sound content is longer
DOCUMENTED = {0, 1, 2, 3, 4, 5}
BIG = b"x" * 1_000_000


class Closed(io.StringIO):
    """A stdout whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.fixture(scope="module")
def box(tmp_path_factory) -> Path:
    """A folder with small models and the files that the commands of the table speak of."""
    folder = tmp_path_factory.mktemp("records")
    samples.encoder(folder)
    samples.decoder(folder)
    samples.vectors(folder)
    (folder / "docs.txt").write_text("the cat\n\na dog\n", encoding="utf-8")
    pictures = folder / "pictures"
    pictures.mkdir()
    samples.pictures(pictures)
    shutil.copy(pictures / "rgb.png", folder / "pic.png")
    shutil.copy(pictures / "L.png", folder / "other.png")
    shutil.copy(samples.EXAMPLES / "course.run", folder / "course.run")
    return folder


@pytest.fixture(scope="module")
def cache() -> Loaded:
    """What all commands of this module keep loaded."""
    return Loaded()


@pytest.fixture
def call(box, cache, monkeypatch):
    """Run a command of the table on bytes, in this process."""
    monkeypatch.chdir(box)
    monkeypatch.setenv("LMCLI_MODELS", str(box / "models"))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")
    monkeypatch.setenv("LMCLI_THREADS", "1")
    if not (box / "models" / "few").exists():
        _run(["words", "import", "glove.txt", "--out", "models/few"], b"", cache)

    def on(path: tuple[str, ...], data: bytes, stdout: io.StringIO | None = None) -> Result:
        words, stdin = line_of(path, data)
        return _run(words, stdin, cache, stdout)

    return on


def line_of(path: tuple[str, ...], data: bytes) -> tuple[list[str], bytes]:
    """The command line of a command, and its stdin; a file that it reads is written."""
    takes = TAKING[path]
    if "{}" not in takes.words:
        return [*path, *shlex.split(takes.words)], data
    name = f"input{takes.suffix}"
    Path(name).write_bytes(data)
    return [*path, *shlex.split(takes.words.replace("{}", name))], b""


def _run(
    words: list[str], stdin: bytes, cache: Loaded, stdout: io.StringIO | None = None
) -> Result:
    out, err = stdout or io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=io.BytesIO(stdin), stdout=out, stderr=err, variables=os.environ, cache=cache
    )
    code = int(run(words, environment))
    result = Result(out.getvalue(), err.getvalue(), code)
    assert code in DOCUMENTED, words
    assert "bug in lmcli" not in result.err + result.out, (words, result.err)
    assert "Traceback" not in result.err
    assert code == 0 or (result.err + result.out).strip(), "an exit code and no word"
    assert all(len(line) < 3000 for line in result.err.splitlines())
    return result


def good(path: tuple[str, ...]) -> bytes:
    """The sound content of a command, ended."""
    if path[0] == "maze" and path[1] in ("replay", "export"):
        return (samples.EXAMPLES / "course.run").read_bytes()
    return TAKING[path].good.encode() + b"\n"


def test_every_command_with_arguments_has_a_row_in_the_table():
    missing = [
        " ".join(path)
        for path, command in TREE.items()
        if has_arguments(command) and path not in TAKES and path not in NAMING
    ]
    assert not missing, "say in tests/e2e/taking.py what they take"
    hidden = [path for path in NAMING if path in TREE and takes_records(TREE[path])]
    assert not hidden, "they take records, and belong into TAKES"
    assert TAKES.keys() <= TREE.keys() and TREE.keys() >= NAMING, "a command that is gone"


def _params(paths=TAKING):
    return [pytest.param(path, id=" ".join(path)) for path in sorted(paths)]


@pytest.mark.parametrize("path", _params(TAKING.keys() - NEEDS_TORCH))
def test_a_bom_and_crlf_change_nothing(call, path):
    data = good(path)
    plain = call(path, data)
    assert plain.code in (0, 3) or path in FAILING, plain.err
    if path in SEALED:
        return
    assert call(path, b"\xef\xbb\xbf" + data) == plain
    assert call(path, data.replace(b"\n", b"\r\n")) == plain


@pytest.mark.parametrize("path", _params())
def test_nothing_and_what_is_no_text(call, path):
    if path in NEEDS_TORCH:
        pytest.importorskip("torch")
    empty = call(path, b"")
    if path in LINES:
        assert (empty.out, empty.code) == ("", 0)
    for data in (b"\n", b"\xff\xfe\n", b"\0\n", b"" if path in LINES else BIG + b"\n" + good(path)):
        call(path, data)


@pytest.mark.parametrize("path", _params(LINES))
def test_a_line_that_fails_is_named_and_the_others_are_answered(call, path):
    record = good(path)
    two = call(path, record * 2)
    bad = call(path, record + b"\xff\xfe\n" + record)
    assert bad.code == 5 and "line 2" in bad.err
    assert bad.out == two.out
    long = call(path, BIG + b"\n" + record)
    assert long.out.endswith(call(path, record).out)
    blank = call(path, record + b"\n" + record)
    assert len(blank.lines) >= len(two.lines)
    assert blank.code == 0 or (blank.code == 5 and "line 2" in blank.err)


@pytest.mark.parametrize("path", _params())
def test_a_reader_that_has_gone(call, path):
    with suppress(BrokenPipeError):  # the process ends quietly: below
        call(path, good(path), Closed())


REAL = [("expert", "infer"), ("maze", "show"), ("similar",), ("embed",), ("complete",), ("run",)]


@pytest.mark.parametrize("path", _params([*REAL, ("clip", "embed")]))
def test_a_closed_pipe_in_a_real_process(call, box, path):
    words, stdin = line_of(path, good(path))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command(*words), input=stdin, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
