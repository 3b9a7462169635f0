"""What does not fit the screen goes through a pager."""

import io
import time
from dataclasses import replace

import pytest
from rich.console import Console
from rich.live import Live

from lmcli.repl.terminal.screen import Screen


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
    screen.aside.release = lambda: said.append((tmp_path / "order.txt").read_text())
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


@pytest.fixture
def tall(monkeypatch, tmp_path):
    """A screen of 10 rows whose pager writes what it is given to a file: (screen, terminal, file)."""
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setenv("COLUMNS", "80")
    terminal, paged = io.StringIO(), tmp_path / "paged.txt"
    variables = {"TERM": "xterm", "PAGER": f"tee {paged}"}
    return Screen(terminal, io.StringIO(), variables, pager=True), terminal, paged


def test_what_is_drawn_again_and_again_is_not_paged(tall):
    screen, terminal, paged = tall
    console = Console(file=screen, force_terminal=True, width=80, height=40, highlight=False)
    with Live(console=console, auto_refresh=False) as live:
        for number in range(3):
            live.update("\n".join(f"row {number}.{row}" for row in range(30)), refresh=True)
    assert "row 2.29" in terminal.getvalue() and not paged.exists()
    screen.write("after\n" * 30)
    screen.flush()
    assert paged.read_text() == "after\n" * 30


def test_a_dialogue_is_not_paged(tall):
    screen, terminal, paged = tall
    with screen.dialogue():
        screen.write("answer\n" * 30)
        screen.flush()
    assert terminal.getvalue() == "answer\n" * 30 and not paged.exists()


def test_a_bar_that_was_drawn_beside_a_pager_is_gone_and_messages_are_not(tall):
    screen, _, paged = tall
    with screen.listing():
        screen.write("row\n" * 30)
        screen.flush()
        screen.aside.write(
            "reading 10%\r\x1b[2Kreading 20%\r\x1b[2Kwarning: one\nreading 30%\r\x1b[2K"
        )
    assert screen.aside.stream.getvalue() == "warning: one\n" and paged.exists()


@pytest.mark.parametrize("pager", ["false", "sh -c 'exit 127'"])
def test_a_pager_that_fails_loses_nothing(tall, pager):
    _, terminal, _ = tall
    said = io.StringIO()
    screen = Screen(terminal, said, {"TERM": "xterm", "PAGER": pager}, pager=True)
    for _ in range(2):
        screen.write("line\n" * 30)
        screen.flush()
    assert terminal.getvalue() == "line\n" * 60
    assert said.getvalue().count("warning: the pager") == 1


@pytest.mark.parametrize("pager", ["", "cat", "no-such-pager"])
def test_without_a_pager_that_works_a_long_text_is_shown_whole(terminal, pager):
    shell = terminal(PAGER=pager, LMCLI_PAGER="", **({} if pager else {"PATH": "/nowhere"}))
    shell.child.setwinsize(24, 80)
    shell.type(":help analogy")
    assert "Usage: lmcli analogy" in shell.wait('Example:  lmcli analogy "king - man + woman"')
    shell.wait("lmcli> ")
    shell.type("!echo 国'王'")
    assert "warning" not in shell.wait("国王\r\n")
