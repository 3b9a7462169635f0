"""Whatever a command raises and does to the terminal, the session goes on and the terminal is as it was."""

import io
import os
import sys

import click
import pexpect
import pytest

from lmcli.cli import SECTIONS
from lmcli.frame.errors import Exit
from lmcli.repl.terminal.screen import Screen
from tests.conftest import ROOT
from tests.repl.conftest import TERMINAL

# A command of the session that spoils the terminal and then raises what its word names.
SPOILER = """
import sys, tty
import click
from lmcli.cli import SECTIONS

@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
def spoil(name):
    sys.__stdout__.write("\\x1b[?1049h\\x1b[?25l\\x1b[31m")
    sys.__stdout__.flush()
    tty.setraw(0)
    if name == "recursion":
        deep()
    raise getattr(__import__("builtins"), name)("raised on purpose")

def deep():
    return deep()

SECTIONS["Session"]["spoil"] = ("spoiler:spoil", "Raise.")

if __name__ == "__main__":
    sys.modules["spoiler"] = sys.modules["__main__"]
    from lmcli.__main__ import main
    main()
"""
RAISED = ["BrokenPipeError", "SystemExit", "recursion", "MemoryError", "TypeError", "GeneratorExit"]
RAISED += ["KeyboardInterrupt", "OSError", "BaseException", "UnicodeError", "StopIteration"]


@pytest.fixture
def spoiled(tmp_path, own_settings):
    """A session on a terminal that has the command `spoil`."""
    (tmp_path / "spoiler.py").write_text(SPOILER)
    child = pexpect.spawn(
        sys.executable,
        [str(tmp_path / "spoiler.py")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", **TERMINAL},
        cwd=str(tmp_path),
        dimensions=(30, 100),
        encoding="utf-8",
        timeout=60,
    )
    child.expect_exact("lmcli> ")
    yield child
    child.close(force=True)


def test_no_exception_ends_the_session_or_spoils_the_terminal(spoiled):
    for name in RAISED:
        spoiled.send(f"spoil {name}\r")
        spoiled.expect_exact("\x1b[?1049h\x1b[?25l\x1b[31m")
        spoiled.expect_exact("\x1b[?25h")  # the cursor
        assert "\x1b[?1049l" in spoiled.before or "\x1b[?47l" in spoiled.before, name
        spoiled.send("!stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo -e isig -e opost\r")
        spoiled.expect_exact("l4\r\n")
    spoiled.send("analogy king man woman -k 1\r")
    spoiled.expect_exact("queen")


def test_a_script_goes_on_after_a_command_that_ends_its_process(lines, monkeypatch):
    @click.command()
    def leaving() -> None:
        raise SystemExit("it left")

    monkeypatch.setitem(sys.modules, "leaving_command", type("M", (), {"leaving": leaving}))
    monkeypatch.setitem(SECTIONS["Session"], "leaving", ("leaving_command:leaving", "Leave."))
    lines("leaving")
    assert (lines.code, lines.error) == (1, "error: it left\n")
    assert lines("similarity cat cat") == "cat\tcat\t1.0\n"


def test_a_log_that_cannot_be_opened_leaves_the_old_one(terminal, tmp_path):
    shell = terminal()
    for line in (":log kept.txt", ":log no/such/folder.txt", "similarity cat cat"):
        shell.type(line)
    shell.wait("No such file or directory")
    shell.wait("1.0000")
    shell.type(":log /dev/full")
    shell.type("similarity dog dog")
    shell.wait("the log ends here")
    shell.type("similarity cat cat")
    shell.wait("1.0000")
    assert "1.0000" in (tmp_path / "kept.txt").read_text()


@pytest.mark.parametrize("line", ["similar king > /dev/full", "words export --limit 9 > /dev/full"])
def test_a_full_disk_behind_a_redirect_is_named(lines, line):
    lines(line)
    assert lines.code == Exit.FAILURE
    assert lines.error == "error: /dev/full: No space left on device\n"


def test_bytes_are_refused_by_text_streams_and_taken_by_their_buffer():
    terminal, aside = io.StringIO(), io.StringIO()
    screen = Screen(terminal, aside, {"TERM": "dumb"}, pager=True)
    for stream in (screen, screen.aside):
        with pytest.raises(TypeError):
            stream.write(b"")
    screen.buffer.write("猫".encode()[:2])
    screen.buffer.write("猫".encode()[2:] + b"\xff\n")
    screen.buffer.flush()
    assert terminal.getvalue() == "猫\\xff\n"
