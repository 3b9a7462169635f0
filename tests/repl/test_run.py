"""Scripts and requests: lmcli run, lmcli repl < FILE, lmcli config."""

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lmcli.__main__ import run
from lmcli.frame.environment import Environment
from lmcli.frame.loaded import Loaded
from tests.bench.repl import KINDS, request
from tests.conftest import ROOT, command


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "night.lm").write_text(text)
        return tmp_path / "night.lm"

    return write


def test_a_script(lmcli, script):
    script("# words\n\n$w = analogy $a man woman -k 1\nsimilar $w\nuse words\ninfo | grep -v x\n")
    result = lmcli("run", "night.lm", "--var", "a=king", "--set", "k=2")
    assert result.code == 0 and result.err == ""
    assert [row[0] for row in result.table] == ["princess", "lady", "glove-50d"]


def test_it_stops_at_the_first_failure(lmcli, script):
    script("similar king -k 1\n\nsimilar kiing\nsimilar cat -k 1\n")
    result = lmcli("run", "night.lm")
    assert result.code == 3 and len(result.lines) == 1
    assert result.err.splitlines()[-1] == "error: night.lm:3: similar kiing; exit code 3"
    result = lmcli("run", "night.lm", "--keep-going")
    assert result.code == 5 and len(result.lines) == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["missing.lm"], 1, "missing.lm: No such file"),
        ([], 2, "no file to run"),
        (["night.lm", "--var", "x"], 2, "not NAME=VALUE"),
        (["night.lm", "--set", "kk=2"], 2, "no setting"),
        (["night.lm", "--jsonl"], 2, "leave one out"),
    ],
)
def test_wrong_use(lmcli, script, words, code, said):
    script("similar king\n")
    result = lmcli("run", *words)
    assert result.code == code and said in result.err


def test_a_script_that_is_not_utf8(lmcli, script):
    script("").write_bytes(b"similar king\nsimilar caf\xe9\n")
    result = lmcli("run", "night.lm")
    assert result.code == 1 and "night.lm:2: not UTF-8" in result.err


def test_a_script_that_runs_itself(lmcli, script):
    script("run other.lm\n").with_name("other.lm").write_text("run night.lm\n")
    result = lmcli("run", "night.lm")
    assert result.code == 2 and "night.lm runs itself" in result.err and "bug" not in result.err


def test_a_reader_that_leaves_ends_a_script_quietly(script):
    script("similar king -k 30000\nsimilar cat -k 30000\n")
    line = (
        f"{shlex.quote(sys.executable)} -m lmcli run night.lm | head -n 1; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", line],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")


def test_resume_skips_what_finished(lmcli, script):
    path = script(
        "$w = analogy king man woman -k 1\n:set k 1\nsimilar cat\nsimilar $w $x\nsimilar _\n"
    )
    first = lmcli("run", "night.lm")
    assert first.code == 2 and len(first.lines) == 1
    assert (path.parent / ".night.lm.journal").exists()
    second = lmcli("run", "night.lm", "--resume", "--var", "x=dog")
    assert second.code == 0, second.err
    assert [row[0] for row in second.table][:2] == ["queen", "dog"] and len(second.lines) == 4
    assert not (path.parent / ".night.lm.journal").exists()
    assert len(lmcli("run", "night.lm", "--var", "x=dog").lines) == 5


def test_resume_runs_only_what_failed_before(lmcli, script):
    path = script("similarity cat cat\nsimilar -k 1 < a.txt\n:set k 1\nsimilar dog\n")
    first = lmcli("run", "night.lm", "--keep-going")
    assert first.code == 5 and len(first.lines) == 2
    path.with_name("a.txt").write_text("cat\n")
    second = lmcli("run", "night.lm", "--resume")
    assert second.code == 0 and [row[0] for row in second.table] == ["cat"]
    assert not path.with_name(".night.lm.journal").exists()


def test_resume_runs_all_from_the_first_line_that_was_changed(lmcli, script):
    path = script("similarity cat cat\nsimilarity dog dog\nsimilarity cow cow\nnonsense\n")
    assert lmcli("run", "night.lm").code == 2
    path.write_text("similarity cat cat\nsimilarity pig pig\nsimilarity cow cow\n")
    assert [row[0] for row in lmcli("run", "night.lm", "--resume").table] == ["pig", "cow"]


def test_a_journal_that_is_no_journal_is_as_none(lmcli, script):
    path = script("similarity cat cat\n")
    path.with_name(".night.lm.journal").write_text('{"line": 1\n[]\n')
    assert lmcli("run", "night.lm", "--resume").code == 0


def test_resume_after_ctrl_c(script):
    path = script("similar cat -k 1 > one.txt\n!sleep 20\nsimilar dog -k 1 > two.txt\n")
    with subprocess.Popen(
        command("run", "night.lm"),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as child:
        journal = path.parent / ".night.lm.journal"
        for _ in range(600):
            if journal.exists() and journal.read_text():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        os.killpg(child.pid, signal.SIGINT)
        assert child.wait(20) == 130
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [entry["line"] for entry in entries] == [1]


def test_lines_from_a_pipe(process):
    done = process("repl", stdin="similar king -k 1\nsimilar kiing\nsimilar cat -k 1\n")
    assert done.code == 5 and len(done.lines) == 2 and "stdin:2: similar kiing" in done.err


def test_lmcli_alone_in_a_pipe_prints_help(process):
    done = process()
    assert "Usage: lmcli" in done.out + done.err


def test_another_program_drives_it():
    with subprocess.Popen(
        [sys.executable, "-m", "lmcli", "run", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:

        def ask(request):
            child.stdin.write((request if isinstance(request, str) else json.dumps(request)) + "\n")
            child.stdin.flush()
            return json.loads(child.stdout.readline())

        answer = ask({"id": 1, "command": "analogy", "args": ["king", "man", "woman", "-k", 1]})
        assert answer["id"] == 1 and answer["code"] == 0 and answer["rows"][0]["word"] == "queen"
        answer = ask({"id": "b", "command": "similar", "args": ["kiing"]})
        assert answer["id"] == "b" and answer["code"] == 3 and "did you mean" in answer["error"]
        answer = ask({"command": "similarity", "stdin": "cat dog\n"})
        assert answer["id"] is None and answer["rows"][0]["a"] == "cat"
        assert ask({"command": "words info", "args": ["--help"]})["text"].startswith("Usage:")
        for wrong in (
            "{",
            "[]",
            {"command": 3},
            {"command": "x", "args": "y"},
            {"command": "x", "args": [[]]},
            "[" * 200_000,
            "\xff\xfe",
            "null",
        ):
            assert ask(wrong)["code"] == 2
        assert ask({"command": "similar", "args": ["cat", "-f", "csv", "-k", 1]})[
            "text"
        ].startswith("query,")
        child.stdin.close()
        assert child.wait(20) == 5


@pytest.mark.slow
def test_memory_stays_flat(with_smollm2):
    """The process's memory over mixed commands of all systems; tests/bench/repl.py drives 10,000."""
    with subprocess.Popen(
        [sys.executable, "-m", "lmcli", "run", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as child:

        def drive(rounds):
            for _ in range(rounds):
                for number in range(KINDS):
                    child.stdin.write(json.dumps(request(number)) + "\n")
                    child.stdin.flush()
                    assert child.stdout.readline().endswith("}\n")
            pages = Path(f"/proc/{child.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")

        warm = drive(16)  # buffers have grown to what the largest request needs
        once = drive(12)
        twice = drive(12)
        # a leak grows in every stretch, what the allocator keeps in some
        assert min(once - warm, twice - once) < 4 * 2**20
        child.stdin.close()


@pytest.mark.slow
def test_a_warm_process_keeps_to_its_cap(lmcli):
    def answers(*words):
        requests = [
            {"command": "similarity", "args": ["cat", "dog"]},
            {"command": "embed", "args": ["cat"]},
        ] * 2
        text = "".join(json.dumps(request) + "\n" for request in requests)
        cache = Loaded()
        environment = Environment(
            io.BytesIO(text.encode()), io.StringIO(), io.StringIO(), os.environ, cache=cache
        )
        assert run(["run", "--jsonl", *words], environment) == 0
        return sorted(key[0] for key in cache.entries)

    assert answers() == ["encoder", "word-vectors"]
    assert answers("--set", "memory=1M") == ["encoder"], "the one used last stays"


def test_config(lmcli, own_settings, monkeypatch):
    path = own_settings / "config.toml"
    assert lmcli("config", "path").out == f"{path}\n"
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    assert lmcli("config", "edit").code == 0
    text = path.read_text()
    assert lmcli("similar", "king").code == 0, "all of it is comments"
    comments = [line for line in text.splitlines() if "=" in line or line.startswith("# [")]
    live = "\n".join(line.removeprefix("# ") for line in comments)
    path.write_text(live)
    assert lmcli("similar", "king", "-f", "plain").code == 0, "every comment is a valid setting"
    path.write_text("k = 4\n[similar]\nk = 3\n")
    rows = {row[0]: row[1:] for row in lmcli("config", "show").table}
    assert rows["k"] == ["4", "file"] and rows["similar.k"] == ["3", "file"]
    path.write_text("kk = 4\n")
    assert lmcli("config", "show").code == 1


def test_a_broken_settings_file_can_be_mended(lmcli, own_settings, monkeypatch):
    file = own_settings / "config.toml"
    file.write_text('k = "x')
    assert lmcli("similarity", "cat", "dog").code == 1
    assert lmcli("config", "path").out.strip() == str(file)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/.*/k=3/")
    assert lmcli("config", "edit").code == 0
    assert len(lmcli("similar", "king").lines) == 3
