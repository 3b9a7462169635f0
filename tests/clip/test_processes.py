"""Real processes: pipes of pictures and of paths."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from lmcli.clip.files.index import PictureIndex
from tests.conftest import ROOT, on_terminal

PICS = ROOT / "tests" / "examples" / "pics"


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Run a line of shell beside a folder of pictures."""
    shutil.copytree(PICS, tmp_path / "pics", ignore=shutil.ignore_patterns("*.md"))
    shutil.copy(PICS.parent / "l.txt", tmp_path)
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(line):
        script = f'lmcli() {{ "{sys.executable}" -m lmcli "$@"; }}\nset -o pipefail\n{line}'
        return subprocess.run(
            ["bash", "-c", script],
            capture_output=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            text=True,
        )

    return run


def test_find_classify_count(shell):
    """The README's line: with jq where it is installed, and with cut."""
    line = "find pics -name '*.jpg' -print0 | lmcli clip classify -0 - --labels-file l.txt"
    plain = shell(f"{line} | cut -f2 | sort | uniq -c")
    assert plain.returncode == 0 and plain.stderr == ""
    counts = {
        label: int(count)
        for count, label in (row.split(None, 1) for row in plain.stdout.splitlines())
    }
    assert sum(counts.values()) == len(list(PICS.glob("*.jpg")))
    assert (
        set((PICS.parent / "l.txt").read_text().splitlines())
        >= set(counts)
        >= {"a cat", "a rocket"}
    )
    if shutil.which("jq"):
        with_jq = shell(f"{line} -f jsonl | jq -r .label | sort | uniq -c")
        assert with_jq.stdout == plain.stdout and with_jq.stderr == ""


def test_a_picture_through_a_pipe(shell):
    done = shell(
        "cat pics/cat.jpg | lmcli clip classify - --labels 'a dog,a cat' | head -1 | cut -f1,2"
    )
    assert done.stdout == "-\ta cat\n" and done.stderr == "" and done.returncode == 0
    done = shell("lmcli clip classify --labels 'a dog,a cat' < pics/cat.jpg | wc -l")
    assert done.stdout.strip() == "2"


def test_a_closed_pipe_is_no_failure(shell):
    line = "for i in $(seq 60); do ls pics/*.jpg; done | lmcli clip classify - -l 'a cat' | head -1"
    done = shell(f"{line}; echo ${{PIPESTATUS[1]}}")
    assert done.stdout.splitlines()[1] == "0" and done.stderr == ""


def test_exit_codes(shell):
    done = shell("touch empty.png; lmcli clip classify pics/cat.jpg empty.png -l 'a cat'")
    assert done.returncode == 5 and len(done.stdout.splitlines()) == 1
    assert done.stderr.splitlines()[0].startswith("error: empty.png: ")
    assert shell("lmcli clip classify empty.png gone.png -l 'a cat'").returncode == 1
    assert shell("lmcli clip classify pics/cat.jpg").returncode == 2


def test_a_picture_is_answered_before_the_next_path_comes(shell, tmp_path):
    command = [sys.executable, "-m", "lmcli", "clip", "classify", "-", "-l", "a cat", "-f", "plain"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    ) as child:
        for name in ("cat", "coffee"):
            child.stdin.write(f"pics/{name}.jpg\n".encode())
            child.stdin.flush()
            assert child.stdout.readline().startswith(f"pics/{name}.jpg\t".encode())
        child.stdin.close()
        assert child.wait(20) == 0


def test_ctrl_c_while_paths_are_waited_for(shell, tmp_path):
    command = [sys.executable, "-m", "lmcli", "clip", "classify", "-", "-l", "a cat", "-f", "plain"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path) as child:
        child.stdin.write(b"pics/cat.jpg\n")
        child.stdin.flush()
        assert child.stdout.readline().startswith(b"pics/cat.jpg\t")
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
        assert child.stderr.read() == b""


def test_two_processes_fill_one_cache(shell):
    done = shell(
        "for i in 1 2 3; do lmcli clip classify pics/cat.jpg -l \"label $i\" -l 'a cat' & done; wait; "
        "lmcli clip classify pics/cat.jpg -l 'label 1' -l 'label 2' -l 'label 3' -l 'a cat'"
    )
    lines = Counter(row.split("\t")[1] for row in done.stdout.splitlines())
    assert lines["a cat"] == 4 and done.stderr == "" and done.returncode == 0


def test_two_processes_make_one_index(shell):
    done = shell("for i in 1 2; do lmcli clip search 'a cat' pics -k 1 2> /dev/null & done; wait")
    assert [row.split("\t")[0] for row in done.stdout.splitlines()] == ["pics/cat.jpg"] * 2


def test_ctrl_c_keeps_what_was_indexed(shell, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(6000):
        os.link(tmp_path / "pics" / "cat.jpg", tmp_path / "many" / f"{number}.jpg")
    command = [sys.executable, "-m", "lmcli", "clip", "search", "a cat", "many", "--index", "mine"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path) as child:
        time.sleep(8)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130 and child.stderr.read() == b""
    (place,) = Path(os.environ["LMCLI_DATA"]).rglob("mine.pictures")
    assert 0 < len(PictureIndex(place)) < 6000


def test_half_blocks_on_a_terminal_of_256_colours(shell, tmp_path):
    line = "lmcli clip classify pics/cat.jpg -l 'a cat' --show"
    variables = {"NO_COLOR": "", "COLORTERM": "", "TERM": "xterm-256color", "TERM_PROGRAM": ""}
    shown = on_terminal(line, tmp_path, TMUX="", **variables)
    assert "\x1b[38;5;" in shown and "▀" in shown and "38;2;" not in shown
    assert "\x1b[38;2;" in on_terminal(
        line, tmp_path, TMUX="", **{**variables, "COLORTERM": "truecolor"}
    )
    assert "\x1b_Ga=T" in on_terminal(line, tmp_path, TMUX="", STY="", TERM="xterm-kitty")
