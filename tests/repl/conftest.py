"""Sessions in this process, and the interactive one on a real terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from lmcli.frame.environment import Environment
from lmcli.frame.loaded import Loaded
from lmcli.repl.lines import run_text
from lmcli.repl.session import Session
from tests.conftest import ROOT

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|[>=78]|\][^\x07]*\x07)")
CACHE = Loaded()
# pexpect answers no question of where the cursor is
TERMINAL = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}


class Lines:
    """A session whose streams are kept: `lines("similar king")` runs and returns what was printed."""

    def __init__(self, **changes: object) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        env = Environment(
            stdin=io.BytesIO(),
            stdout=self.out,
            stderr=self.err,
            variables={**os.environ, "COLUMNS": "80"},
            cache=CACHE,
            **changes,
        )
        self.session = Session(env)
        self.code = 0

    def __call__(self, text: str) -> str:
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        self.code = run_text(self.session, text)
        return self.out.getvalue()

    @property
    def error(self) -> str:
        """What the last lines said on stderr."""
        return self.err.getvalue()


@pytest.fixture
def lines(tmp_path, monkeypatch) -> Lines:
    """A fresh session in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Lines()


class Terminal:
    """`lmcli` on a real terminal."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "lmcli"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **TERMINAL, **variables},
            cwd=str(folder),
            dimensions=(30, 100),
            encoding="utf-8",
            timeout=30,
        )

    def wait(self, text: str) -> str:
        """Wait for a text (escape sequences between its letters may not be); return what came before."""
        self.child.expect_exact(text)
        return ESCAPE.sub("", self.child.before)

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        self.child.send(line + "\r")


@pytest.fixture
def terminal(tmp_path, own_settings) -> Iterator[Callable[..., Terminal]]:
    """Open sessions on terminals; all are closed in the end."""
    opened: list[Terminal] = []

    def open_one(folder: Path = tmp_path, **variables: str) -> Terminal:
        opened.append(Terminal(folder, **variables))
        opened[-1].wait("lmcli> ")
        return opened[-1]

    shutil.copytree(ROOT / "tests" / "examples", tmp_path, dirs_exist_ok=True)
    yield open_one
    for one in opened:
        one.child.close(force=True)
