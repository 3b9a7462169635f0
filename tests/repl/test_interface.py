"""Completion, colours and keys with prompt_toolkit's own pipe input; then the session on real terminals."""

import io
import os
import signal
import sys
import time
from dataclasses import replace

import pexpect
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from lmcli.repl.completion import SessionCompleter
from lmcli.repl.interface import Interface
from lmcli.repl.lexing import SessionLexer
from lmcli.repl.reading import Tree, help_at
from lmcli.repl.screen import Screen
from tests.conftest import ROOT
from tests.repl.conftest import TERMINAL


def completions(session, line):
    event = CompleteEvent(completion_requested=True)
    found = SessionCompleter(session).get_completions(Document(line), event)
    return [completion.text for completion in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ana", "analogy"),
        ("smlrty", "similarity"),
        ("words in", "info"),
        ("similar --rest", "--restrict"),
        ("similar --rstr", "--restrict"),
        ("similar -f js", "jsonl"),
        ("similar --model gl", "glove-50d"),
        ("analogy king man wom", "woman"),
        ("use wo", "words"),
        ("similar king | gr", "grep"),
        ("similar king | simi", "similar"),
        ("$x = anal", "analogy"),
        (":hi", "history"),
        (":set form", "format"),
        (":set format cs", "csv"),
        (":set model.word-vectors gl", "glove-50d"),
        ("similar king > no", "notes.txt"),
        ("similar < no", "notes.txt"),
        ("expert infer an", "animals"),
        ("expert chat animals-", "animals-zh"),
        ("expert check my-b", "my-base.yaml"),
        ("maze train co", "course"),
        ("maze replay fi", "first.run"),
        ("maze q runs/", "runs/second.run"),
        ("maze replay first.run --episode last --save no", "notes.txt"),
        ("maze train --algo", "--algorithm"),
        ("maze train --algorithm sa", "sarsa"),
        ("models info all-", "all-minilm-l6-v2"),
        ("embed --model al", "all-minilm-l6-v2"),
        ("words bias we", "weat-6"),
        ("similar king | head 3 | so", "sort"),
        (":unload wo", "word-vectors"),
        (":save no", "notes.txt"),
        (":help sim", "similar"),
        (":alias n", "nn"),
    ],
)
def test_completion(lines, tmp_path, line, expected):
    for name in ("notes.txt", "my-base.yaml", "first.run", "runs/second.run"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    lines(":alias nn similar -k 3\nsimilarity cat dog")
    assert expected in completions(lines.session, line)


def test_completion_of_variables_and_contexts(lines):
    lines("$word = analogy king man woman\nuse words")
    assert completions(lines.session, "similar $wo")[:2] == ["$word", "$word.query"]
    assert "vector" in completions(lines.session, "vec")
    assert "woman" in completions(lines.session, "king man wom")
    assert "queen" in completions(lines.session, "vector quee")


def test_completion_offers_nothing_where_there_is_nothing(lines):
    for line in (
        "!l",
        "similar king | !gr",
        "nonsense x",
        "similar --model /no/where/",
        "words nope ",
    ):
        assert completions(lines.session, line) == []


def test_a_prefix_of_the_vocabulary_takes_milliseconds(lines):
    completions(lines.session, "similar k")
    times = []
    for prefix in ("s", "qu", "anti", "x", "zz"):
        start = time.thread_time()
        completions(lines.session, f"similar {prefix}")
        times.append(time.thread_time() - start)
    assert sorted(times)[2] < 0.02  # 5 ms on a machine that does nothing else: tests/bench/repl.py


@pytest.fixture(scope="module")
def tree():
    loaded = Tree()
    loaded.load()
    return loaded


def styles(session, tree, line):
    fragments = SessionLexer(session, tree).lex_document(Document(line))(0)
    assert "".join(text for _, text in fragments) == line
    return {text: style for style, text in fragments if style}


def test_colours(lines, tree):
    found = styles(lines.session, tree, '$w = similar king --modle x -k 3 "a b" | grep $w > f # no')
    assert found["similar"] == found["grep"] == "class:command"
    assert found["--modle"] == "class:unknown" and found["-k"] == "class:option"
    assert found['"a b"'] == "class:quoted" and found["$w"] == "class:variable"
    assert found["|"] == "class:operator" and found["# no"] == "class:comment"
    assert styles(lines.session, tree, ":set k 3")[":set k 3"] == "class:meta"
    unread = styles(lines.session, Tree(), "similar --modle x")
    assert unread["--modle"] == "class:option", "nothing is known before the tree is imported"


def test_help_of_the_option_at_the_cursor(lines, tree):
    context = lines.session.context
    assert help_at(context, "similar king --restrict ").startswith("--restrict: Answer with")
    assert help_at(context, "similar king -k").startswith("-k: How many")
    assert help_at(context, "words info").startswith("Show a model's size")
    assert help_at(context, "similar king ") == ""
    assert help_at(context, "") == ""


@pytest.fixture
def interface(lines, own_settings):
    """An interface whose terminal is prompt_toolkit's pipe; gives it and a function that feeds keys."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        lines.session.env.stdout = Screen(lines.out, lines.err, {}, pager=False)
        yield Interface(lines.session, {}), keys


@pytest.mark.parametrize(
    ("keys", "printed"),
    [
        ("similarity cat cat\r", "cat\tcat\t1.0\n"),
        ("similarity dog\x15similarity cat cat\r", "cat\tcat\t1.0\n"),
        ('similarity """cat\rcat"""\r', "cat\tcat\t1.0\n"),
        ("similarity cat \\\rcat\r", "cat\tcat\t1.0\n"),
        ("\x1b[13~!echo a\r!echo b\x1b\r", "a\nb\n"),
        ("\x1b[200~!echo a\n!echo b\n\x1b[201~\r", "a\nb\n"),
        ("\x1b[14~!echo ac\x1bib\x1b\r", "abc\n"),
        ("!echo a\x03!echo b\r", "b\n"),
        ("exit\r!echo never\r", ""),
    ],
)
def test_keys(interface, lines, keys, printed):
    opened, pipe = interface
    pipe.send_text(keys + "\x04")
    opened.loop()
    assert lines.out.getvalue() == printed


def test_history_is_written_before_a_line_runs(interface, lines, own_settings):
    opened, pipe = interface
    pipe.send_text("!grep -c echo $LMCLI_DATA/history # echo\r\x04")
    opened.loop()
    assert lines.out.getvalue() == "1\n"
    assert (own_settings / "data" / "history").stat().st_mode & 0o777 == 0o600


def test_the_log_has_what_was_typed_and_printed(interface, lines, tmp_path):
    opened, pipe = interface
    pipe.send_text(":log all.txt\rsimilarity cat cat\r:log off\r!echo no\r\x04")
    opened.loop()
    assert (tmp_path / "all.txt").read_text() == (
        "lmcli> similarity cat cat\ncat\tcat\t1.0\nlmcli> :log off\n"
    )


def test_a_screen_pages_only_what_does_not_fit(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "10")
    paged = tmp_path / "paged.txt"
    terminal = io.StringIO()
    pager = f"tee {paged}"
    screen = Screen(terminal, io.StringIO(), {"TERM": "xterm", "PAGER": pager}, pager=True)
    for text in ("short\n", "x" * 100 + "\n", "\x1b[31m" + "y" * 19 + "\x1b[0m\n"):
        screen.write(text)
        screen.flush()
    assert not paged.exists() and terminal.getvalue().startswith("short\nxxx")
    for text in ("line\n" * 10, "x" * 200):
        screen.write(text)
        screen.flush()
        assert paged.read_text() == text
    dumb = Screen(terminal, io.StringIO(), {"TERM": "dumb", "PAGER": pager}, pager=True)
    dumb.write("line\n" * 10)
    dumb.flush()
    assert terminal.getvalue().endswith("line\n" * 10)


@pytest.fixture
def paged(lines, monkeypatch):
    """A session whose screen has 10 rows: `paged(pager)` gives its terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "10")

    def open_one(pager):
        terminal = io.StringIO()
        screen = Screen(terminal, lines.err, {"TERM": "xterm", "PAGER": pager}, pager=True)
        lines.session.env = replace(
            lines.session.env, stdout=screen, stderr=screen.aside, listing=screen.listing
        )
        return terminal

    return open_one


@pytest.mark.parametrize("form", ["plain", "jsonl", "csv", "table", "json", "tsv"])
def test_a_long_list_goes_to_the_pager_whole_and_a_short_one_does_not(lines, paged, form, tmp_path):
    line = f"similar king -f {form} -k"
    short, long = lines(f"{line} 2"), lines(f"{line} 600")
    terminal = paged(f"tee {tmp_path}/paged.txt")
    lines(f"{line} 2")
    assert terminal.getvalue() == short and not (tmp_path / "paged.txt").exists()
    lines(f"{line} 600")
    assert (tmp_path / "paged.txt").read_text() == long
    assert long.startswith(terminal.getvalue().removeprefix(short))


def test_rows_of_a_list_are_shown_as_they_come(monkeypatch, tmp_path):
    monkeypatch.setenv("LINES", "10")
    terminal = io.StringIO()
    (tmp_path / "shown").touch()
    pager = f"sh -c 'while read line; do echo $line >> {tmp_path}/shown; done'"
    screen = Screen(terminal, io.StringIO(), {"TERM": "xterm", "PAGER": pager}, pager=True)
    with screen.listing():
        for number in range(20):
            screen.write(f"{number}\n")
            screen.flush()
            if number < 8:
                assert terminal.getvalue().endswith(f"{number}\n")
        deadline = time.monotonic() + 20
        while len((tmp_path / "shown").read_text().split()) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_leaving_the_pager_early_ends_the_list_quietly(lines, paged, tmp_path):
    (tmp_path / "words.txt").write_text("king\nkiing\n" * 5000)
    terminal = paged("head -n 3")
    start = time.perf_counter()
    lines("similar -k 1 < words.txt")
    assert time.perf_counter() - start < 20, "10,000 lines were read for nobody"
    assert terminal.getvalue().startswith("king\tprince")
    assert "Broken pipe" not in lines.error and "bug" not in lines.error
    lines("similarity cat cat")
    assert terminal.getvalue().endswith("cat\tcat\t1.0\n") and lines.code == 0


def test_what_is_said_while_a_pager_shows_comes_after_it(lines, paged, tmp_path):
    (tmp_path / "words.txt").write_text("king\n" * 20 + "kiing\n")
    paged(f"sh -c 'cat > {tmp_path}/paged.txt; echo paged >> {tmp_path}/order.txt'")
    said = []
    screen = lines.session.env.stdout
    screen.aside.show = lambda: said.append((tmp_path / "order.txt").read_text())
    lines("similar -k 1 < words.txt")
    assert said == ["paged\n"] and screen.aside._waiting[0].startswith("error: line 21")
    assert lines.error.count("kiing") == 0 and lines.code == 5


def test_a_dialogue_and_typed_records_are_not_paged(terminal):
    shell = terminal(PAGER="false")
    shell.type("similar - -k 1")
    time.sleep(1)  # what is typed before belongs to the next prompt
    for _ in range(40):
        shell.type("king")
        shell.wait("prince")
    shell.child.send("\x04")
    shell.wait("lmcli> ")
    shell.type("similarity cat cat")
    shell.wait("1.0000")


def test_less_in_a_terminal(terminal):
    shell = terminal(PAGER="less")
    shell.type("similar king -k 200 -f jsonl")
    shell.wait('"rank": 20,')
    time.sleep(1)
    shell.child.send("q")
    shell.wait("lmcli> ")
    shell.type("similarity cat cat")
    shell.wait("1.0000")


# -- real terminals --------------------------------------------------------------------------


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
    shell.child.send("\x04")
    shell.child.expect(pexpect.EOF)
    shell.child.close()
    assert shell.child.exitstatus == 0


def test_suspend_and_resume(tmp_path, own_settings):
    """Ctrl-Z at the prompt and in a command give the shell; fg goes on where it was."""
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **TERMINAL, "PS1": "shell$ "},
        cwd=str(tmp_path),
        dimensions=(30, 100),
        encoding="utf-8",
        timeout=30,
    )
    shell.expect_exact("shell$ ")
    shell.send(f"{sys.executable} -m lmcli\r")
    shell.expect_exact("lmcli> ")
    for leave, back in (
        ("similarity cat", " cat\r"),
        ("!echo be''gun; sleep 3; echo en''ded\r", ""),
    ):
        shell.send(leave)
        if not back:
            shell.expect_exact("begun\r\n")
        time.sleep(0.5)
        shell.send("\x1a")
        shell.expect("Stopped|suspended")
        shell.expect_exact("shell$ ")
        shell.send("echo in the sh''ell\r")
        shell.expect_exact("in the shell\r\n")
        shell.send("fg\r")
        time.sleep(0.5)
        shell.send(back)
        shell.expect_exact("1.0000" if back else "ended\r\n")
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
    time.sleep(2)
    shell.child.send("\x03")
    shell.wait("interrupted")
    shell.type("similar king -k 1")
    shell.wait("prince")


def test_ctrl_c_in_mid_generation(with_smollm2, terminal):
    shell = terminal()
    shell.type('complete "Once upon a time" -n 4000 --seed 1')
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


def test_the_editor(terminal, tmp_path):
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\necho \"!echo from the edi''tor\" > $1\n")
    editor.chmod(0o755)
    shell = terminal(EDITOR=str(editor), VISUAL=str(editor))
    shell.child.send("\x18\x05")
    time.sleep(1)
    shell.child.send("\r")
    shell.wait("from the editor")


def test_the_second_analogy_is_quick(lines):
    lines("analogy king man woman\nanalogy king man woman")
    times = []
    for _ in range(5):
        lines("analogy king man woman")
        times.append(lines.session.last_seconds)
    assert min(times) < 0.1  # 15 ms on a machine that does nothing else: tests/bench/repl.py
