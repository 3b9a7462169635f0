"""What commands leave behind on a machine, and whether they speak to others: nothing that nobody asked for."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import ROOT, command

OWN = (".cache/lmcli", ".config/lmcli", ".local/share/lmcli")
# Python imports it first of all. Sockets between two threads of a process (AF_UNIX) speak to nobody else.
WATCH = """
import os, sys

def watch(event, arguments):
    asked = event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")
    if asked or (event == "socket.__new__" and int(arguments[1]) != 1):
        with open(os.environ["SOCKETS"], "a") as file:
            file.write(f"{event} {arguments[1:]} {sys.argv}\\n")

sys.addaudithook(watch)
"""
MAKING = [
    "maze train course --episodes 50 --record own.run",
    "maze replay own.run --save own.gif",
    "words train learning.txt --algorithm glove --name own --force --min-count 1 --epochs 1",
    "words plot king queen man --save own.svg",
    "attention show 'The cat sat' --save own.png",
    "search 'what do plants eat' --in cats.txt --index own",
    "clip search 'a hot drink' pics --index own",
    "models verify all-minilm-l6-v2",
    "models bench all-minilm-l6-v2",
    "config show",
    "doctor",
]
SINGLE = [
    ("compare", "a cat", "a dog"),
    ("clip", "classify", "pics/cat.jpg", "--labels", "a dog,a cat"),
    ("clip", "search", "a hot drink", "pics", "-k", "1"),
    ("doctor",),
    ("--help",),
    ("complete", "The capital of France is", "-n", "2", "--greedy"),
]


@pytest.fixture
def clean(tmp_path, with_smollm2):
    """A folder of examples, an empty home and an empty folder for temporary files; runs lmcli in them."""
    for name in ("home", "tmp", "watch"):
        (tmp_path / name).mkdir()
    shutil.copytree(ROOT / "tests" / "examples", tmp_path / "work")
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    dropped = ("LMCLI_", "XDG_", "ORT_", "HF_", "DO_NOT_TRACK")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    variables |= {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "SOCKETS": str(tmp_path / "sockets.txt"),
        "PYTHONPATH": f"{tmp_path / 'watch'}{os.pathsep}{ROOT}",
        "LMCLI_MODELS": os.environ["LMCLI_MODELS"],
    }

    def run(*words, stdin=b""):
        return subprocess.run(
            command(*words),
            cwd=tmp_path / "work",
            env=variables,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=300,
        )

    return run


def left(folder: Path) -> list[str]:
    """The files in a folder that are in none of lmcli's own."""
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
    return [name for name in files if not name.startswith(OWN)]


def assert_clean(tmp_path):
    assert left(tmp_path / "home") == []
    assert left(tmp_path / "tmp") == []
    sockets = tmp_path / "sockets.txt"
    assert not sockets.exists(), sockets.read_text()


def test_the_watch_sees_a_socket(clean, tmp_path):
    done = clean("models", "pull", "hf:lmcli/none")
    assert done.returncode == 4
    assert "socket." in (tmp_path / "sockets.txt").read_text()


@pytest.mark.slow
def test_every_kind_of_command_leaves_and_sends_nothing(clean, tmp_path):
    lines = (ROOT / "tests" / "repl" / "all.lm").read_text().splitlines()
    lines += MAKING
    if find_spec("jieba") and find_spec("gensim"):
        lines.append("words train l.txt --segmenter jieba --name zh --min-count 1 --epochs 1")
    done = clean("repl", stdin="\n".join(lines).encode())
    print(done.stderr.decode())
    assert_clean(tmp_path)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("words", SINGLE, ids=" ".join)
def test_a_single_command_leaves_and_sends_nothing(clean, tmp_path, words):
    done = clean(*words)
    assert (done.returncode, done.stderr) == (0, b"")
    assert_clean(tmp_path)
