"""Every command that takes records, given a BOM, CRLF, a blank line, 1 MB in a line, a bad byte, and nothing.

Every line of stdin is a record: one that fails, a blank one too, is named by its line (exit 5), and what stands on
stdout is what the others give.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
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
NEEDS_TORCH = {
    ("clip", "train"),
    ("classify", "train"),
    ("classify", "compare"),
    ("pretrain", "train"),
    ("translate", "train"),
    ("translate", "compare"),
    ("translate", "eval"),  # sacrebleu, of the same extra
}
SEALED = {("maze", "replay"), ("maze", "export")}  # files of lmcli's own, with a checksum
FAILING = {
    ("words", "bias"),
    ("prompt", "compare"),
    ("clip", "train"),
    ("pretrain", "train"),
    ("translate", "train"),
    ("translate", "compare"),
    ("translate", "eval"),  # sacrebleu, of the same extra
}  # their sound content is longer
DOCUMENTED = {0, 1, 2, 3, 4, 5}
BIG = b"x" * 1_000_000
MARK = b"\xef\xbb\xbf"
LONG = {"one word": BIG, "many words": b"a b " * 250_000, "Chinese": "\u732b".encode() * 333_334}
GIGABYTE = 1 << 20  # in kB, as /proc counts
COMPUTING = 60  # seconds of processor time that a line of 1 MB may take, on a slow machine


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
    samples.classifier(folder)
    samples.masked(folder)
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

    def on(
        path: tuple[str, ...], data: bytes, stdout: io.StringIO | None = None, jsonl: str = ""
    ) -> Result:
        words, stdin = line_of(path, data)
        if jsonl:
            words = [word for word in words if word != "-"] + ["--jsonl", jsonl]
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
    assert call(path, MARK + data) == plain
    assert call(path, data.replace(b"\n", b"\r\n")) == plain
    assert call(path, MARK + data.replace(b"\n", b"\r\n").removesuffix(b"\r\n")) == plain
    if path in LINES:
        assert call(path, MARK) == call(path, b"")


@pytest.mark.parametrize("path", _params())
def test_nothing_and_what_is_no_text(call, path):
    if path in NEEDS_TORCH:
        pytest.importorskip("torch")
    empty = call(path, b"")
    if path in LINES:
        assert (empty.out, empty.code) == ("", 0)
    for data in (b"\n", b"\xff\xfe\n", b"\0\n", b"" if path in LINES else BIG + b"\n" + good(path)):
        call(path, data)


SPOILT = {
    "blank": b"",
    "blanks": b" \t ",
    "CRLF alone": b"\r",
    "bad bytes": b"\xff\xfe",
    "cut character": b"\xe7\x8c",
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("path", _params(LINES))
def test_a_line_that_fails_is_named_and_the_others_are_answered(call, path, spoilt):
    record = good(path)
    two = call(path, record * 2)
    assert two.code == 0, two.err
    done = call(path, record + spoilt + b"\n" + record)
    assert (done.code, done.out) == (5, two.out)
    assert re.search(r"^error: line 2: ", done.err, re.MULTILINE)
    alone = call(path, spoilt + b"\n")
    assert (alone.code, alone.out) == (1, "") and "line 1: " in alone.err
    first, last = call(path, spoilt + b"\n" + record), call(path, record + spoilt)
    one = call(path, record)
    assert (first.out, first.code) == (one.out, 5)
    if spoilt:
        assert (last.out, last.code) == (one.out, 5)
        assert "line 2: " in last.err
    else:
        assert last == one


@pytest.mark.parametrize("path", _params(LINES))
def test_lines_of_json_are_kept_in_step(call, path):
    def line(**fields: object) -> bytes:
        return json.dumps(fields).encode()

    text = good(path).decode().removesuffix("\n")
    record = line(t=text, id=7)
    clean = call(path, record + b"\n" + record + b"\n", jsonl="t")
    assert clean.code == 0, clean.err
    bad = [
        b"",
        b"{",
        b"[1]",
        b"3",
        line(t=3),
        line(u=text),
        line(t=" "),
        b'{"t": "\xff"}',
        line(t="\ud800"),
    ]
    data = record + b"\r\n" + b"\n".join(bad) + b"\n" + record
    done = call(path, MARK + data, jsonl="t")
    assert (done.code, done.out) == (5, clean.out)
    named = [int(number) for number in re.findall(r"^error: line (\d+): ", done.err, re.MULTILINE)]
    assert named == list(range(2, 2 + len(bad)))


@pytest.mark.slow
@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
@pytest.mark.parametrize("path", _params(TAKING.keys() - NEEDS_TORCH))
def test_a_line_of_a_megabyte_neither_hangs_nor_swells(call, path, long):
    record = good(path)
    one = call(path, record)
    done, seconds, kilobytes = _cost(lambda: call(path, long + b"\n" + record))
    assert seconds < COMPUTING and kilobytes < GIGABYTE
    if path in LINES:
        assert done.out.endswith(one.out)
        assert done.code in (0, 5)
        assert done.code == 0 or "line 1: " in done.err


def _cost(call: Callable[[], Result]) -> tuple[Result, float, int]:
    """What a call gives, the processor's seconds that it took, and the kB that memory grew by at its peak."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    before, start = _memory("VmRSS"), time.process_time()
    done = call()
    return done, time.process_time() - start, _memory("VmHWM") - before


def _memory(what: str) -> int:
    """A figure of this process from /proc in kB; 0 where there is none."""
    with suppress(OSError):
        found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
        return int(found[1]) if found else 0
    return 0


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
