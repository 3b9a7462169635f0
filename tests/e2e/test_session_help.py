"""The help of every command in one session on a real terminal, whatever pages it."""

import os
import re
import sys

import pexpect
import pytest

from tests.conftest import ROOT
from tests.e2e.tree import commands, groups
from tests.repl.conftest import ESCAPE, TERMINAL

DONE = r"\d\.\d{3} s\r\n"  # what `:time on` prints
LESS = "RX -Ps[[less]]$"
PAGES = {"less": "[[less]]", "more": "--More--", None: "[[less]]"}
NAMES = [" ".join(path) for path, _ in (*groups(), *commands()) if path]


class Session:
    """One session in a window of `size` (rows, columns)."""

    def __init__(self, size, home, **variables):
        environment = {name: value for name, value in os.environ.items() if name != "PAGER"}
        self.pages = PAGES.get(variables.get("PAGER"))
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "lmcli"],
            env={**environment, "PYTHONPATH": str(ROOT), **TERMINAL, "LESS": LESS, **variables},
            cwd=str(home),
            dimensions=size,
            encoding="utf-8",
            timeout=60,
        )
        self.child.delaybeforesend = None
        self.child.expect_exact("lmcli> ")

    def __call__(self, line):
        """Type a line; what was printed until it was done, pagers left at their first page."""
        self.child.send(line + "\r")
        printed = ""
        while True:
            found = self.child.expect([DONE, re.escape(self.pages or "no pager")])
            printed += ESCAPE.sub("", self.child.before)
            if found == 0:
                return printed
            self.child.send("q")

    def close(self):
        self.child.close(force=True)


def answers(session):
    """Whether the session still gives the right answer."""
    return "queen" in session("analogy king man woman -k 1")


@pytest.fixture
def session(tmp_path, own_settings):
    opened = []
    (own_settings / "config.toml").write_text('[repl]\nstartup = [":time on"]\n')

    def open_one(size, **variables):
        opened.append(Session(size, tmp_path, **variables))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def shows_help(printed, name):
    return f"Usage: lmcli {name}" in printed and "error" not in printed.split("Usage: ")[0]


def test_every_help_in_one_session_and_then_a_right_answer(session):
    one = session((24, 80))
    for name in NAMES:
        for line in (f"{name} --help", f":help {name}"):
            printed = one(line)
            assert shows_help(printed, name), f"{line}: {printed}"
    assert answers(one)


@pytest.mark.parametrize("size", [(24, 80), (40, 120)], ids=str)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"PAGER": "less"},
        {"PAGER": "more"},
        {"PAGER": "cat"},
        {"PAGER": "no-such-pager"},
        {"PAGER": "false"},
        {"TERM": "dumb"},
        {"TERM": "no-such-terminal"},
    ],
    ids=str,
)
def test_help_and_listings_with_any_pager(session, size, variables):
    one = session(size, **variables)
    for line, name in ((":help analogy", "analogy"), ("maze train --help", "maze train")):
        printed = one(line)
        assert shows_help(printed, name), f"{line}: {printed}"
    assert "course" in one("maze list")
    assert "clip-" in one("models list")
    assert "king" in one("similar queen -k 60")
    assert "similar king -k 3" in one(":help")
    assert answers(one)
