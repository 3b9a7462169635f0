"""The session on real terminals."""

import os
import re
import shutil
import signal
import sys
import time

import pexpect
import pytest

from tests.conftest import ROOT, on_terminal
from tests.repl.conftest import TERMINAL


def test_a_table_a_variable_a_pipe_and_leaving(terminal):
    shell = terminal()
    shell.type("similar king -k 2")
    assert "rank" in shell.wait("0.7839")
    shell.type("$w = analogy king man woman")
    shell.type("similar $w[0] -k 9 | grep lad")
    shell.wait("lady")
    shell.type("use words")
    shell.wait("words> ")
    shell.type("..")
    shell.wait("lmcli> ")  # between two prompts the terminal itself would take Ctrl-D
    shell.child.send("\x04")
    shell.child.expect(pexpect.EOF)
    shell.child.close()
    assert shell.child.exitstatus == 0


def test_suspend_and_resume(tmp_path, own_settings):
    """Ctrl-Z at the prompt, in a command and in a view give the shell; fg goes on where it was."""
    shutil.copy(ROOT / "tests" / "examples" / "course.run", tmp_path)
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **TERMINAL, "PS1": "shell$ "},
        cwd=str(tmp_path),
        dimensions=(30, 100),
        encoding="utf-8",
        timeout=90,
    )
    shell.expect_exact("shell$ ")
    shell.send(f"{sys.executable} -m lmcli\r")
    shell.expect_exact("lmcli> ")
    for leave, back in (
        ("maze replay course.run --speed 0.2\r", "q"),
        ("similarity cat", " cat\r"),
        ("!echo be''gun; sleep 3; echo en''ded\r", ""),
        ("expert chat animals\r", "\x04"),
    ):
        shell.send(leave)
        if not back:
            shell.expect_exact("begun\r\n")
        if back == "q":
            shell.expect_exact("step 0 of")
        if back == "\x04":
            shell.expect_exact("> ")
        time.sleep(0.5)
        shell.send("\x1a")
        shell.expect("Stopped|suspended")
        if back == "q":
            assert "\x1b[?25h" in shell.before, "the shell has no cursor"
        shell.expect_exact("shell$ ")
        shell.send("echo in the sh''ell\r")
        shell.expect_exact("in the shell\r\n")
        shell.send("fg\r")
        time.sleep(0.5)
        shell.send(back)
        shell.expect_exact(
            {" cat\r": "1.0000", "": "ended\r\n", "q": "lmcli> ", "\x04": "lmcli> "}[back]
        )
    shell.send("\x04")
    shell.expect_exact("shell$ ")
    shell.close(force=True)


def test_the_completion_menu(terminal):
    shell = terminal()
    shell.child.send("analogy king man wom")
    shell.wait("womanizing")
    shell.child.send("\t\t")
    shell.wait("woman")
    shell.type(" -k 1")
    shell.wait("0.8530")


def test_history_across_sessions_and_ctrl_r(terminal):
    first = terminal()
    first.type("!echo remem'bered'")
    first.wait("remembered")
    first.child.kill(signal.SIGKILL)
    second = terminal()
    time.sleep(1)  # the history is read in a thread, after the prompt is there
    second.child.send("\x12remem")
    second.wait("bered")
    second.child.send("\r\r")
    second.wait("remembered\r\n")


@pytest.mark.parametrize("line", ["similar -", "!sleep 30", "maze train course --episodes 9000000"])
def test_ctrl_c_ends_the_command_and_not_the_session(terminal, line):
    shell = terminal()
    shell.type(line)
    if line.startswith("maze"):
        shell.wait("epsilon")
    else:
        time.sleep(2)
    shell.child.send("\x03")
    said = shell.wait("interrupted")
    if line.startswith("maze"):
        assert re.search(r"stopped after \d+ of 9000000 episodes: the greedy policy reaches", said)
    shell.type("similar king -k 1")
    shell.wait("prince")


def test_ctrl_c_again_and_again_ends_no_session(terminal):
    shell = terminal()
    shell.type("maze train course --episodes 9000000")
    shell.wait("epsilon")
    for _ in range(20):
        shell.child.send("\x03")
    shell.wait("interrupted")
    shell.type("similar king -k 1")
    assert "Traceback" not in shell.wait("prince")


def test_a_program_that_dies_leaves_the_session_its_terminal(terminal, tmp_path):
    (tmp_path / "die.sh").write_text(
        "printf '\\033[?1049h\\033[?25l'; stty raw -echo; kill -9 $$\n"
    )
    shell = terminal()
    shell.type("!sh die.sh")
    shell.child.expect_exact("\x1b[?1049h\x1b[?25l")
    shell.child.expect_exact("\x1b[?47l\x1b[?25h")
    shell.type("!stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo -e isig -e opost")
    shell.child.expect_exact("l4\r\n")


def test_ctrl_c_in_mid_generation(with_smollm2, terminal):
    shell = terminal()
    shell.type('complete "Once upon a time" -n 4000 --seed 1')
    # the line was taken: what menus show while it is typed has commas too
    shell.wait("\x1b[?2004l")
    shell.wait(", ")  # the story goes on
    shell.child.send("\x03")
    shell.wait("interrupted")
    shell.type("use gpt")
    shell.wait("gpt> ")
    shell.type("The capital of France is -n 2 --greedy")
    shell.wait(" Paris.")


def test_a_window_of_another_size(terminal):
    shell = terminal()
    shell.child.setwinsize(30, 40)
    shell.type("!stty size")
    shell.wait("30 40")
    shell.type("words info")
    shell.wait("glove")


@pytest.mark.slow
def test_ten_thousand_lines_pasted(terminal):
    shell = terminal()
    start = time.perf_counter()
    shell.child.send(
        "\x1b[200~" + "\n".join(f"# line {n}" for n in range(9_998)) + "\n!echo do'ne'\x1b[201~"
    )
    time.sleep(1)
    shell.child.send("\r")
    shell.child.timeout = 60
    shell.wait("done\r\n")
    assert time.perf_counter() - start < 60


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=str)
def test_a_dumb_terminal_and_one_without_colour(terminal, variables):
    shell = terminal(**variables)
    shell.type("similar king -k 1")
    text = shell.child.expect_exact("prince") or shell.child.before
    coloured = [code for code in ("\x1b[31m", "\x1b[32m", "\x1b[36m", "[38;") if code in text]
    assert not coloured
    shell.type(":quit")
    shell.child.expect(pexpect.EOF)


def test_start_up_lines_and_faults_of_the_settings(terminal, own_settings):
    (own_settings / "config.toml").write_text(
        '[repl]\nstartup = [":set k 1", "!echo star\'ted\'"]\n'
    )
    shell = terminal()
    shell.type("similar king")
    assert "queen" not in shell.wait("prince")


@pytest.mark.parametrize(
    "text",
    ["[repl]\nstartup = [3]", "[repl.alias]\nnn = 3", "[repl]\nmouse = 1", "[repl]\nmemory = 'x'"],
)
def test_wrong_settings_of_the_session_are_named(tmp_path, own_settings, text):
    (own_settings / "config.toml").write_text(text)
    printed = on_terminal("lmcli", tmp_path)
    assert printed.startswith("error: ") and "bug" not in printed and "lmcli> " not in printed


@pytest.mark.parametrize("history", ["full", "junk"])
def test_a_history_that_cannot_be_kept_or_read_stops_nothing(terminal, tmp_path, history):
    if history == "full":
        (tmp_path / "history").symlink_to("/dev/full")
    else:
        (tmp_path / "history").write_bytes(b"\xff\xfe\0junk\n+caf\xe9\n#\n+" + b"x" * 1_000_000)
    shell = terminal(LMCLI_DATA=str(tmp_path))
    for _ in range(2):
        shell.type("similarity cat cat")
        shell.wait("1.0000")


def test_a_session_without_a_home(terminal):
    shell = terminal(HOME="/proc/none", LMCLI_DATA="", LMCLI_CONFIG="")
    for word in ("cat", "dog"):
        shell.type(f"similarity {word} {word}")
        assert "warning" not in shell.wait("1.0000")
    shell.type(":history")
    shell.wait("similarity cat cat\r\nsimilarity dog dog")


def test_a_folder_that_is_gone(terminal, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    shell = terminal(folder=folder)
    folder.rmdir()
    shell.type("maze replay \t\x15similar king > x.txt")
    shell.wait("No such file or directory")
    shell.type("similarity cat cat")
    shell.wait("1.0000")


def test_garbage_at_the_prompt(terminal):
    shell = terminal()
    os.write(
        shell.child.child_fd, bytes(range(128, 256)) + b"\x1b[999;999H\x1b[<0;1;1M\0\x01\x05\r"
    )
    time.sleep(1)
    shell.child.send("\x03")
    shell.type("similarity cat cat")
    shell.wait("1.0000")


def test_the_editor(terminal, tmp_path):
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\necho \"!echo from the edi''tor\" > $1\n")
    editor.chmod(0o755)
    shell = terminal(EDITOR=str(editor), VISUAL=str(editor))
    shell.child.send("\x18\x05")
    time.sleep(1)
    shell.child.send("\r")
    shell.wait("from the editor")
