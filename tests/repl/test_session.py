"""Sessions: rows in variables and pipes, contexts, settings, meta commands."""

import json

import pytest

from lmcli.frame.loaded import Loaded
from tests.repl.conftest import Lines


def test_the_same_rows_as_the_command(lines, lmcli):
    for line in (
        "analogy king man woman",
        "similar king queen -k 2 -f jsonl",
        "similarity cat dog",
    ):
        assert lines(line) == lmcli(*line.split()).out
        assert lines("lmcli " + line) == lmcli(*line.split()).out


def test_variables_hold_rows(lines):
    assert lines("$w = analogy king man woman -k 2") == ""
    assert lines("similar $w -k 1").splitlines()[0].split("\t")[:2] == ["queen", "princess"]
    assert lines("similar $w[1] -k 1").split("\t")[0] != ""
    assert lines("!echo hello") == "hello\n"
    assert lines("$s = similarity cat dog\n$t = !echo cat") == ""
    assert lines("similarity $t dog") == lines("similarity cat dog")
    lines("similar $w.nothing")
    assert lines.code == 2 and "it has query, rank, word, score" in lines.error
    lines("similar $v")
    assert lines.code == 2 and "no variable is called $v" in lines.error


def test_a_variable_alone_shows_its_rows(lines):
    shown = lines("$w = similar king -k 3\n$w")
    assert shown == lines("similar king -k 3")
    assert lines("_") == shown and lines("$w | grep qu") == shown.splitlines(True)[1]
    assert lines("$w[2].word") == "ii\n" and lines("$w[0]") == shown.splitlines(True)[0]
    assert lines("$v = $w[1]\n$v") == shown.splitlines(True)[1]
    assert lines("use similar\n$w[1] -k 1") == lines("..\nsimilar queen -k 1"), "words of a command"
    lines("$nothing")
    assert lines.code == 2 and "no variable is called $nothing" in lines.error


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("$x =", "a command must follow ="),
        ("use words > x", "use stands alone"),
        ("$x = ..", ".. stands alone"),
        (":alias $x similar", "'$x' is no name for an alias"),
        ("lmcli repl", "this is the REPL already"),
        ("similar ~nobody-of-that-name/x", "'~nobody-of-that-name/x' is not in glove-50d"),
        ("similar \0", "is not in glove-50d"),
        ('similar king "', "a quote is not closed"),
        ("similar king | | grep x", "column 16: nothing before |"),
        ("|" * 10_000, "column 1: nothing before |"),
        ("similar king | grep [", "'[' is no pattern"),
        ("similar < /no/such/file", "/no/such/file: No such file"),
        ("similar " + "x" * 1_000_000, "is not in glove-50d"),
        ("similar king -k 9999999999999999999999 | head 1", ""),
    ],
)
def test_hostile_lines_are_refused_or_answered(lines, line, said):
    lines(line)
    assert said in lines.error and "bug" not in lines.error
    assert lines.code == (0 if not said else lines.code) and (lines.code or not said)


def test_a_full_disk_is_told_once(lines):
    lines("similar king > /dev/full")
    assert lines.code == 1 and lines.error.count("No space left") == 1
    lines("similar king | head 1 > /dev/full")
    assert lines.code == 1 and "/dev/full: No space left" in lines.error


def test_aliases_that_name_each_other(lines):
    lines(":alias a b\n:alias b a\n:alias similar similar -k 1\na")
    assert lines.code == 2 and "No such command 'b'" in lines.error
    assert len(lines("similar king").splitlines()) == 1


def test_the_last_result(lines):
    lines("similar _")
    assert lines.code == 2 and "no last result" in lines.error
    lines("analogy king man woman -k 1")
    assert lines("similar _ -k 1").startswith("princess\t")
    assert lines("similarity '_' the") != "" or lines.code == 3


def test_pipes_pass_rows(lines):
    assert [row.split("\t")[0] for row in lines("similar king | grep qu").splitlines()] == ["queen"]
    assert lines("similar king | head 2 | tail 1").split("\t")[0] == "queen"
    sorted_rows = lines("similar king | sort word | head 2").splitlines()
    assert sorted_rows == sorted(sorted_rows)
    assert lines("similar king -k 2 | similar -k 1").split("\t")[0] == "prince"
    rows = lines("similar king -k 2 -f jsonl | similar --jsonl word -k 1 -f jsonl").splitlines()
    assert [json.loads(row)["query"] for row in rows] == ["prince", "queen"]
    assert lines("similar king | grep -f jsonl") == "" and lines.code == 2


def test_a_filter_that_leaves_nothing(lines):
    assert lines("similar king | grep zzz") == "" and lines.code == 3


def test_pipes_to_the_shell(lines):
    assert lines("similar king -k 3 | !cut -f1 | sort -r | head -1") == "queen\n"
    assert lines("similar king -k 2 -f csv | !head -1") == "query,rank,word,score\n"
    lines("!exit 7")
    assert lines.code == 7
    lines.session.shell = False
    assert lines("!ls") == "" and lines.code == 2 and "--no-shell" in lines.error


def test_redirects(lines, tmp_path):
    shown = lines("similar king -k 2")
    lines("similar king -k 1 > out.txt\nsimilar king -k 2 | tail 1 >> out.txt")
    assert (tmp_path / "out.txt").read_text() == shown
    (tmp_path / "words.txt").write_text("cat\ndog\n")
    assert len(lines("similar -k 1 < words.txt").splitlines()) == 2
    lines("similar king > no/such/folder")
    assert lines.code == 1 and "No such file" in lines.error
    lines("similar < missing.txt")
    assert lines.code == 1 and "missing.txt" in lines.error


def test_contexts(lines):
    info = lines("words info")
    assert lines("use words\ninfo") == info
    assert lines("king man woman -k 1").split("\t")[0] == "queen"
    assert lines("similar king -k 1").split("\t")[0] == "prince"
    assert lines("..\ninfo") == "" and lines.code == 2
    assert lines("use similar\nking -k 1").split("\t")[0] == "prince"
    lines("use wrods")
    assert lines.code == 2 and "words" in lines.error


def test_globs_and_home(lines, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("cat\n")
    assert lines("$f = !cat *.txt") == ""
    assert lines("similar -k 1 < ~/a.txt") == lines("similar -k 1 < *.txt")
    assert lines("analogy 2*small - large -k 1") != ""


def test_settings(lines):
    lines(":set k 2")
    assert len(lines("similar king").splitlines()) == 2
    assert len(lines("similar king -k 3").splitlines()) == 3
    lines(":set similar.k 4")
    assert len(lines("similar king").splitlines()) == 4
    lines(":set format=jsonl")
    assert json.loads(lines("similar king | head 1"))["word"] == "prince"
    assert json.loads(lines(":show similar.k")) == {
        "name": "similar.k",
        "value": "4",
        "source": "session",
    }
    lines(":reset")
    assert len(lines("similar king").splitlines()) == 10


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (":set kk 3", "no setting is called 'kk'; did you mean k"),
        (":set k many", "k is a number"),
        (":set format xml", "format cannot be 'xml'"),
        (":set similar.colour red", "no option is called"),
        (":set similar.k 0", "0 is not in the range"),
        (":set model.word-vectors nope", "no model named 'nope'"),
        (":set model.cooking x", "no task is called"),
        (":set memory much", "'much' is no size"),
        (":sett k 3", "no meta command is called :sett; did you mean :set"),
        (":save", ":save takes a file"),
        (":unload nothing", "nothing called 'nothing' is loaded"),
        ("use", "use needs a name"),
    ],
)
def test_wrong_meta_commands_are_told_why(lines, line, said):
    lines(line)
    assert said in lines.error and lines.code in (2, 4)


def test_a_model_a_task(lines, lmcli, tmp_path):
    copy = tmp_path / "copied"
    lmcli("words", "export", "--limit", 1000, copy.with_suffix(".txt"))
    lines(f":set model.word-vectors {tmp_path / 'nowhere'}")
    assert lines.code == 4
    lines(":set model.word-vectors glove-50d")
    assert lines.code == 0 and "session" in lines(":show model.word-vectors")


def test_a_model_set_here_leaves_the_others_of_the_file(lines, own_settings):
    (own_settings / "config.toml").write_text('[model]\ntext-generation = "mine"\n')
    lines(":set model.word-vectors glove-50d\nnext hello")
    assert lines.code == 4 and "no model named 'mine'" in lines.error


def test_save(lines, tmp_path):
    shown = lines("similar king -k 2 -f csv")
    lines(":save last.csv\n:save last.txt")
    assert (tmp_path / "last.csv").read_text() == shown
    assert (tmp_path / "last.txt").read_text().startswith("prince\t")


def test_alias_and_time(lines):
    lines(":alias nn similar -k 1\n:time on")
    assert lines("nn king").startswith("prince\t")
    assert lines.error.endswith(" s\n")
    assert lines(":alias") == "nn = similar -k 1\n"
    lines(":alias nn -\nnn king")
    assert lines.code == 2


def test_help_is_made_of_the_registry(lines, monkeypatch):
    from lmcli.cli import cli
    from lmcli.repl.meta import REGISTRY

    text = lines(":help")
    assert all(f":{name}" in text for name in REGISTRY)
    assert all(name in text for table in cli.table.values() for name in table)
    assert max(map(len, text.splitlines())) <= 100
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, lines(":help").splitlines())) <= 60
    assert lines(":help similar").startswith("Usage: lmcli similar")
    assert "Change a default" in lines(":help :set")


def test_failures_end_nothing(lines):
    assert lines("analogy king man wmoan\nsimilar king -k 1").startswith("prince")
    assert lines.code == 3 and "did you mean" in lines.error
    lines('similar "king')
    assert lines.code == 2 and "a quote is not closed" in lines.error
    lines("repl")
    assert lines.code == 2 and "already" in lines.error


def test_models_and_unload():
    lines = Lines()
    lines.session.env.cache = Loaded()
    assert lines(":models") == ""
    lines("similar king")
    assert lines(":models").startswith("word-vectors\tglove-50d\t")
    lines(":unload glove-50d")
    assert lines(":models") == "" and not lines.session.env.cache.entries
