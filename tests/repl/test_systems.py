"""One script over all systems gives the same rows as commands, by `lmcli run`, and typed in a session."""

import shlex
import shutil

import pytest

from tests.conftest import ROOT, on_terminal

SCRIPT = (ROOT / "tests" / "repl" / "all.lm").read_text(encoding="utf-8")
LINES = [line for line in SCRIPT.splitlines() if not line.startswith("#")]
MARK = "ran-line"


@pytest.mark.slow
def test_the_same_rows_by_command_by_run_and_in_a_session(with_smollm2, lmcli, lines, tmp_path):
    shutil.copytree(ROOT / "tests" / "examples", tmp_path, dirs_exist_ok=True)
    (tmp_path / "all.lm").write_text(SCRIPT, encoding="utf-8")
    assert len(LINES) == 40
    by_command = {line: lmcli(*shlex.split(line)) for line in LINES}
    assert {line: result.err for line, result in by_command.items() if result.code} == {}
    for line, result in by_command.items():
        assert (lines(line), lines.code) == (result.out, 0), line
        assert result.out.strip(), line
    ran = lmcli("run", "all.lm")
    assert (ran.out, ran.code) == ("".join(result.out for result in by_command.values()), 0)


@pytest.mark.slow
def test_the_same_rows_typed_in_a_terminal(with_smollm2, terminal, tmp_path, monkeypatch):
    """Every line as a process on a terminal, by `lmcli run` there, and typed into a session, key by key."""
    monkeypatch.setenv("LMCLI_FORMAT", "plain")
    shell = terminal(PAGER="cat", NO_COLOR="1", LMCLI_FORMAT="plain")
    (tmp_path / "all.lm").write_text(SCRIPT, encoding="utf-8")
    shell.type(":log typed.txt")
    for number, line in enumerate(LINES):
        shell.type(line)
        shell.type(f"!echo {MARK}''-{number}")
        shell.wait(f"{MARK}-{number}\r\n")
    typed = _outputs((tmp_path / "typed.txt").read_text(encoding="utf-8"))
    assert list(typed) == LINES
    commands = "\n".join(f"lmcli {line} 2>/dev/null" for line in LINES)
    expected = "".join(typed.values())
    assert on_terminal(commands, tmp_path, columns=100) == expected
    assert on_terminal("lmcli run all.lm 2>/dev/null", tmp_path, columns=100) == expected


def _outputs(log):
    """What a log says that each line printed."""
    printed = {}
    for part in log.split("lmcli> ")[1:]:
        line, _, text = part.partition("\n")
        if not line.startswith("!echo"):
            printed[line] = text
    return printed


def test_a_dialogue_in_a_script(lines):
    printed = lines(f"expert chat animals --words-only < {ROOT}/tests/examples/zebra.txt")
    assert "zebra" in printed and lines.code == 0
