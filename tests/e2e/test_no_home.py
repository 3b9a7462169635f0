"""Commands and sessions of a user without a home, or whose folders cannot be read or written."""

import os
import subprocess

import pytest

from tests.conftest import ROOT, command

NOWHERE = "/proc/none"  # where nobody, root neither, can make a folder


def run(*words, stdin=b"", cwd=ROOT, **variables):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LMCLI_", "XDG_"))}
    done = subprocess.run(
        command(*words),
        input=stdin,
        cwd=cwd,
        env={**kept, "HOME": NOWHERE, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.stdout.decode(), done.stderr.decode(), done.returncode


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("analogy king man woman -k 1", "queen\t"),
        ("compare cat cat", "cat\tcat\t"),
        ("models list", "all-minilm-l6-v2\t"),
        ("config path", f"{NOWHERE}/.config/lmcli/config.toml"),
        ("maze train course --episodes 200", "200\t"),
        ("clip classify tests/examples/pics/cat.jpg --labels a_dog,a_cat", "tests/examples/pics"),
        ("repl", "queen\t"),
        ("--quiet", ""),
    ],
)
def test_commands_work_without_a_home(words, first):
    out, err, code = run(*words.split(), stdin=b"analogy king man woman -k 1\n")
    if words == "--quiet":  # an option of commands
        assert code == 2
        return
    assert (err, code) == ("", 0)
    assert out.startswith(first)


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (("config", "edit"), "LMCLI_CONFIG"),
        (("words", "train", "tests/examples/learning.txt", "--name", "x"), "LMCLI_DATA"),
        (("search", "cat", "--in", "tests/examples/cats.txt", "--index", "x"), "LMCLI_DATA"),
        (("models", "pull", "smollm2-135m-instruct"), "LMCLI_DATA"),
    ],
)
def test_what_must_be_written_names_the_variable(words, variable):
    out, err, code = run(*words, EDITOR="true")
    assert out == "" and code in (1, 4)
    assert err.count("\n") == 1 and err.endswith(f"; {variable} can name another place\n")


def test_an_index_that_cannot_be_kept_is_said_once_and_the_answer_is_given():
    words = "clip search drink tests/examples/pics -k 1"
    out, err, code = run("repl", stdin=f"{words}\n{words}\n".encode())
    assert out.startswith("tests/examples/pics/coffee.jpg\t") and code == 0
    assert err.count("warning: ") == 1 and "LMCLI_CACHE can name another place" in err


def test_settings_that_cannot_be_read_are_said_once(tmp_path):
    lines = b"similar king -k 1\nsimilar king -k 1\n"
    out, err, code = run("repl", stdin=lines, LMCLI_CONFIG=str(tmp_path))
    assert err == f"warning: the settings are not read ({tmp_path}: Is a directory)\n"
    assert out.count("prince") == 2 and code == 0


def test_a_script_beside_which_no_journal_can_be_written():
    script = "/proc/self/fd/0"  # a file in a folder that takes no others
    out, err, code = run("run", "-", stdin=b"similar king -k 1\n")
    assert out.startswith("prince") and (err, code) == ("", 0)
    out, err, code = run("run", script, stdin=b"similar king -k 1\n")
    assert out.startswith("prince") and code == 0
    assert err.count("\n") <= 1


@pytest.mark.parametrize("words", [("repl",), ("run", "-"), ("similar", "-"), ("analogy",)])
def test_a_closed_stdin_is_an_empty_one(words):
    line = " ".join(command(*words))
    done = subprocess.run(
        ["bash", "-c", f"{line} <&-"], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)


def test_an_error_that_nobody_can_be_told_keeps_its_code():
    line = " ".join(command("similar", "kng"))
    done = subprocess.run(
        ["bash", "-c", f"{line} 2>/dev/full"],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
