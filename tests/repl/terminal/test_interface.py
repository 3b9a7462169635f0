"""Completion, colours and keys with prompt_toolkit's own pipe input."""

import re
import signal
import time

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from lmcli.frame.environment import Settings
from lmcli.frame.loaded import Loaded
from lmcli.repl.language.grammar import parse
from lmcli.repl.language.reading import Tree, help_at
from lmcli.repl.terminal.completion import SessionCompleter
from lmcli.repl.terminal.interface import Interface
from lmcli.repl.terminal.lexing import SessionLexer
from lmcli.repl.terminal.screen import Screen
from lmcli.repl.terminal.toolbar import toolbar


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


def test_completion_goes_on_inside_a_folder_with_a_blank(lines, tmp_path):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "it's.run").touch()
    assert completions(lines.session, "maze replay a") == ["'a folder/"]
    (put,) = completions(lines.session, "maze replay 'a folder/")
    assert (
        lines.session.words(parse(f"maze replay {put}").stages[0].words)[-1] == "a folder/it's.run"
    )


def test_words_are_those_of_the_model_that_is_set(lines, lmcli, tmp_path):
    (tmp_path / "small.txt").write_text("zebracorn 1 2\nzebra 3 4\n")
    assert lmcli("words", "import", "small.txt", "--name", "small").code == 0
    assert "zebracorn" not in completions(lines.session, "similar zeb")
    lines(":set model.word-vectors small")
    assert completions(lines.session, "similar zeb") == ["zebracorn", "zebra"]
    assert "zebras" in completions(lines.session, "similar --model glove-50d zeb")


def test_completion_changes_nothing(lines):
    completions(lines.session, "similar king -q --debug -f json --mo")
    assert lines.session.env.settings == Settings()


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


def bar(session, width):
    return "".join(text for _, text in toolbar(session, ["F3 multi-line", "F4 vi"], width))


def test_the_toolbar(lines, own_settings, monkeypatch):
    lines.session.env.cache = Loaded()
    assert re.fullmatch(
        r" \d+ MB · glove-50d smollm2-135m-instruct all-minilm-l6-v2[\w -]*"
        r" · provider auto · threads auto · F3 multi-line · F4 vi",
        bar(lines.session, 160),
    )
    plain = r" \d+ MB · glove-50d · provider auto · threads auto"
    assert re.fullmatch(plain, bar(lines.session, 60)), "half a key is said"
    assert re.fullmatch(f"{plain} · F3 multi-line", bar(lines.session, 68))
    assert re.fullmatch(r" \d+ MB · provider auto", bar(lines.session, 25))
    lines("embed cat")
    narrow = bar(lines.session, 70)
    assert re.match(r" \d\.\d{3} s · \d+ MB · .*all-minilm-l6-v2 · provider auto", narrow)
    styles = {text: style for style, text in toolbar(lines.session, [], 120)}
    assert styles["all-minilm-l6-v2"] == "class:loaded" and styles["glove-50d"] == "class:idle"
    (own_settings / "config.toml").write_text('threads = 1\n[model]\nword-vectors = "mine"\n')
    lines(":set provider cpu")
    assert " mine " in bar(lines.session, 160)
    assert "provider cpu · threads 1 ·" in bar(lines.session, 160)


@pytest.fixture
def interface(lines, own_settings):
    """An interface whose terminal is prompt_toolkit's pipe; gives it and a function that feeds keys."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        lines.session.env.stdout = Screen(lines.out, lines.err, {}, pager=False)
        yield Interface(lines.session, {}), keys
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else child processes ignore Ctrl-C


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


def test_the_second_analogy_is_quick(lines):
    lines("analogy king man woman\nanalogy king man woman")
    times = []
    for _ in range(5):
        lines("analogy king man woman")
        times.append(lines.session.last_seconds)
    assert min(times) < 0.1  # 15 ms on a machine that does nothing else: tests/bench/repl.py
