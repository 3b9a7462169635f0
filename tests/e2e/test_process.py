"""Real processes: pipes that close, Ctrl-C, locales, exit codes."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, command


def shell(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which lmcli is this checkout."""
    script = f'lmcli() {{ "{sys.executable}" -m lmcli "$@"; }}\nset -o pipefail\n{line}'
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, **variables},
        timeout=60,
        check=False,
    )


def test_an_endless_stream_ends_with_its_reader():
    start = time.perf_counter()
    done = shell('yes "king man woman" | lmcli analogy - | head -3')
    assert done.stdout.splitlines() == ["king man woman\tqueen\t0.8529633"] * 3
    assert done.stderr == ""
    assert time.perf_counter() - start < 20


def test_a_closed_pipe_is_no_failure():
    done = shell("lmcli words export --limit 20000 | head -1; echo ${PIPESTATUS[0]}")
    assert done.stdout.splitlines() == ["20000 50", "0"] and done.stderr == ""


def test_a_failing_record_in_mid_stream():
    done = shell(r"printf 'king man woman\nking man wmoan\nparis france italy\n' | lmcli analogy -")
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == ["queen", "rome"]
    assert len(done.stderr.splitlines()) == 1 and "line 2" in done.stderr
    assert done.returncode == 5


def test_records_are_answered_as_they_come():
    with subprocess.Popen(
        command("analogy", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        child.stdin.write(b"king man woman\n")
        child.stdin.flush()
        assert b"queen" in child.stdout.readline()
        child.stdin.write(b"paris france italy\n")
        child.stdin.flush()
        assert b"rome" in child.stdout.readline()
        child.stdin.close()
        assert child.wait(20) == 0


def test_ctrl_c_ends_with_130_and_says_nothing():
    with subprocess.Popen(
        command("analogy", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as child:
        child.stdin.write(b"king man woman\n")
        child.stdin.flush()
        assert b"queen" in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_utf8_in_and_out_whatever_the_locale(locale):
    line = "echo café | lmcli similar - -k 1; lmcli similar café -k 1"
    done = shell(line, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", **locale)
    first, second = done.stdout.splitlines()
    assert first == "café\t" + second
    assert done.returncode == 0 and done.stderr == ""


def test_one_query_in_a_pipe_is_word_and_score():
    done = shell("lmcli analogy king man woman | head -1 | cut -f1")
    assert done.stdout == "queen\n" and done.returncode == 0


def test_as_a_filter():
    done = shell(r"printf 'cat\ndog\n' | lmcli similar - -k 2 | cut -f2")
    assert len(done.stdout.split()) == 4


def test_nothing_on_stdin_is_no_error():
    done = shell("lmcli similar < /dev/null")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("line", ["similar king", "--help", "models path glove-50d"])
def test_a_full_disk_is_a_message(line):
    done = shell(f"lmcli {line} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"


def test_closed_streams_are_no_trouble():
    assert shell("lmcli similar king -k 1 2>&-").stdout.startswith("prince")
    assert shell("lmcli similar kng 2>&-").returncode == 3
    done = shell("lmcli similar king >&-")
    assert (done.stderr, done.returncode) == ("", 0)
    assert shell("lmcli similar - <&-").returncode == 0


BEGUN = """
import atexit, pathlib, sys, threading, time
from lmcli.__main__ import main

def late():
    time.sleep(0.3)
    pathlib.Path(folder, "thread").write_text("done")

folder = sys.argv.pop(1)
import lmcli.frame.environment as environment
made = environment.Environment.of_process.__func__

def of_process(cls):  # what a command begins while it runs
    threading.Thread(target=late).start()
    atexit.register(lambda: pathlib.Path(folder, "exit").write_text("done"))
    return made(cls)

environment.Environment.of_process = classmethod(of_process)
main()
"""


@pytest.mark.parametrize(("words", "code"), [(("similar", "king"), 0), (("similar", "kng"), 3)])
def test_what_a_command_began_is_finished_before_it_ends(tmp_path, words, code):
    done = subprocess.run(
        [sys.executable, "-c", BEGUN, str(tmp_path), *words],
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert done.returncode == code
    assert bool(done.stdout) == (code == 0)
    assert {path.name for path in tmp_path.iterdir()} == {"thread", "exit"}
