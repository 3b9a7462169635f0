"""Input that went wrong: blank lines, cut and foreign texts, bad ratings, files that cannot be read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases" / "text"
ABLE = "lmcli models pull e5-small-multilingual"


def test_rows_stay_in_step_with_lines(process, tmp_path):
    out = tmp_path / "v.npy"
    data = (CASES / "blank-lines.txt").read_bytes()
    result = process("embed", "--out", out, "-", stdin=data)
    assert result.code == 5
    assert [line[:14] for line in result.err.splitlines()] == ["error: line 2:", "error: line 3:"]
    vectors = np.load(out)
    assert np.isnan(vectors).any(axis=1).tolist() == [False, True, True, False]


def test_a_failed_record_is_null_in_json_lines(lmcli, tmp_path):
    out = tmp_path / "v.jsonl"
    assert lmcli("embed", "--out", out, stdin="a cat\n\na dog\n").code == 5
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["text"] for row in rows] == ["a cat", "", "a dog"]
    assert [row["embedding"] is None for row in rows] == [False, True, False]


def test_no_file_where_every_record_failed(lmcli, tmp_path):
    out = tmp_path / "v.npy"
    assert lmcli("embed", "--out", out, stdin="\n\n").code == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("embed", "-"), "a cat\n\na dog\n"),
        (("compare", "-"), "a\tb\n\nc\td\n"),
        (("similar", "-"), "king\n\nqueen\n"),
        (("analogy", "-"), "king man woman\n \t\nking man woman\n"),
        (("similarity", "-"), "king queen\n\r\nking queen\n"),
        (("odd", "-"), "cat dog car\n\ncat dog car\n"),
        (("tokenize", "-"), "a\n\nb\n"),
        (("attention", "-"), "a cat\n\na dog\n"),
        (("embed", "--jsonl", "t"), '{"t": "a"}\n\n{"t": "b"}\n'),
        (("search", "--in", str(CASES / "form-feed.txt")), "cats\n\ndogs\n"),
    ],
)
def test_a_blank_line_is_named_in_every_command(lmcli, words, stdin):
    result = lmcli(*words, stdin=stdin)
    assert result.code == 5
    assert result.err.startswith("error: line 2: the line is blank")
    clean = lmcli(
        *words, stdin=stdin.replace("\n \t\n", "\n").replace("\n\r\n", "\n").replace("\n\n", "\n")
    )
    assert (clean.code, clean.err, clean.out) == (0, "", result.out)


def test_a_text_without_text(lmcli):
    assert lmcli("embed", "").code == 1
    result = lmcli("embed", "cat", " ", "-f", "jsonl")
    assert result.code == 5 and "there is no text in ' '" in result.err


def test_lines_are_numbered_as_grep_does(lmcli):
    path = CASES / "form-feed.txt"
    for query, text in (("parrots", "Parrots can talk."), ("a budget", "The budget")):
        (row,) = json.loads(lmcli("search", query, "--in", path, "-k", "1", "-f", "json").out)
        grep = subprocess.run(["grep", "-n", text, path], capture_output=True, check=True).stdout
        assert row["line"] == int(grep.split(b":")[0])


def test_a_dense_paragraph_is_read_to_its_end(process):
    result = process(
        "search", "where is the treasure buried", "--in", CASES / "dense.txt", "-k", "1"
    )
    assert (result.code, result.err) == (0, "")
    assert "buried under the old oak tree" in result.out


def test_what_was_cut_is_said_with_its_line(process):
    dense = " ".join(f"{number:08x}" for number in range(0, 90_000_000, 900_001))
    result = process("embed", "-", stdin=f"a cat\n{dense}\n")
    assert result.code == 0
    assert result.err.startswith("warning: line 2: '00000000 000dbba1")
    assert "256 of " in result.err and " tokens were read; --split" in result.err


def test_split_reads_the_whole(lmcli):
    start, end = "The weather is fine today. " * 60, "Cats and dogs are animals. " * 60
    cut, whole = (
        np.array(json.loads(lmcli("embed", start + end, *more, "-f", "json").out)[0]["embedding"])
        for more in ((), ("--split",))
    )
    (cats,) = json.loads(lmcli("embed", "Cats and dogs are animals.", "-f", "json").out)
    assert np.linalg.norm(whole) == pytest.approx(1, abs=1e-5)
    assert whole @ cats["embedding"] > cut @ cats["embedding"] + 0.2
    assert lmcli("embed", start + end, "--split").err == ""


def test_the_methods_that_understand_answer(process):
    result = process("compare", "猫", "狗", "--method", "all")
    assert [line.split("\t")[3] for line in result.out.splitlines()] == ["glove-mean", "sif"]
    assert result.code == 0 and ABLE in result.err


@pytest.mark.parametrize("pair", [("大学", "大"), ("Привет", "мир"), ("🍕", "🚗")])
def test_where_nothing_is_understood_there_is_no_number(process, pair):
    for method in ("minilm", "all"):
        result = process("compare", *pair, "--method", method)
        assert (result.code, result.out) == (3, "")
        assert ABLE in result.err
    assert process("embed", pair[0]).code == 3


def test_a_part_that_is_not_understood_is_said(lmcli):
    result = lmcli("embed", "-", stdin="a cat\na fine 猫\n")
    assert result.code == 0
    assert result.err.startswith("warning: line 2: 33% of 'a fine 猫' is not understood by all-")
    assert ABLE in result.err
    result = lmcli("compare", "a 猫", "a 狗")
    assert (result.code, result.out) == (3, "")
    assert "differ in is not understood" in result.err
    assert lmcli("compare", "a fine 猫", "weather").code == 0


@pytest.mark.parametrize("query", ["天气怎么样", "how is the weather"])
def test_chinese_texts_are_refused_by_an_english_model(process, query):
    result = process("search", query, "--in", CASES / "zh-docs.txt")
    assert (result.code, result.out) == (3, "")
    assert "(Chinese)" in result.err and ABLE in result.err


def test_paragraphs_in_another_script_are_left_out_and_said(lmcli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mixed.txt").write_text(
        "今天天气很好。\n\nThe weather is fine.\n\n他在学习数学。\n"
    )
    for more in (("--in", "mixed.txt"), ("--in", "mixed.txt", "--index", "m"), ("--index", "m")):
        result = lmcli("search", "sunshine", *more)
        assert [row[1] for row in result.table] == ["3"]
        assert "of 2 of 3 paragraphs nothing is understood" in result.err
    assert lmcli("search", "今天", "--in", "mixed.txt").code == 3


def test_words_that_vectors_lack_name_the_model_that_can(lmcli):
    result = lmcli("similar", "猫", "--model", "glove-50d")
    assert (result.code, result.out) == (3, "")
    assert "--model words-zh reads it" in result.err
    assert lmcli("similar", "猫", "-k", 1).lines[0].startswith("狗\t")
    assert "did you mean" in lmcli("similar", "quueen").err
    result = lmcli("compare", "--method", "glove-mean", "猫", "狗", "--model", "glove-50d")
    assert result.code == 3 and "words-zh" in result.err
    assert lmcli("compare", "--method", "glove-mean", "猫", "狗").code == 0


def test_attention_of_nothing(lmcli):
    assert lmcli("attention", "猫在").code == 3
    assert "75% of" in lmcli("attention", "The 今天天").err
    assert lmcli("tokenize", "猫").code == 0


def test_a_bad_rating_is_named(process):
    result = process("compare", "--eval", CASES / "nan-rating.tsv")
    assert result.code == 5
    assert "line 2: the rating nan is no finite number" in result.err
    assert result.out.split("\t")[3] == "2"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a\tb\tinf", "no finite number"),
        ("a\tb\tmuch", "'much' is no number"),
        ("a\tb", "2 columns where 3 belong"),
        ("a\tb\t3\t4", "4 columns"),
        ("a b 3", "1 column where"),
        ("\tb\t3", "missing"),
        ('"a\tb\t3', "quotation mark does not close"),
    ],
)
def test_bad_lines_of_ratings_are_named_and_the_rest_is_used(lmcli, tmp_path, line, says):
    file = tmp_path / "r.tsv"
    good = ['"a ""big"" cat"\ta kitten\t9', "a cat\ta dog\t6", '"Yes," he said.\ta tax\t1']
    file.write_text("\ufeff" + "\r\n".join([*good, "", line]) + "\r\n", encoding="utf-8")
    result = lmcli("compare", "--eval", file, "-f", "json")
    assert result.code == 5
    assert "r.tsv: line 5: " in result.err and says in result.err
    (row,) = json.loads(result.out)
    assert row["pairs"] == 3
    file.write_text(line + "\n")
    assert lmcli("compare", "--eval", file).code == 1


def test_ratings_that_do_not_vary_have_no_rank(lmcli, tmp_path):
    file = tmp_path / "r.tsv"
    file.write_text("a cat\ta dog\t3\na cat\ta tax\t3\n")
    result = lmcli("compare", "--eval", file)
    assert (result.code, result.out) == (3, "")


@pytest.fixture
def odd_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ok.txt").write_text("Cats sleep.\n")
    (tmp_path / "latin1.txt").write_bytes(b"Dogs bark \xe9.\n")
    (tmp_path / "a b[1].txt").write_text("brackets\n")
    (tmp_path / "n\nl.txt").write_text("newline\n")
    (tmp_path / os.fsdecode(b"bad\xff.txt")).write_text("bytes\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "self").symlink_to(".")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def test_files_that_cannot_be_read_are_named(lmcli, odd_files):
    for more in (("--in", "."), ("--in", ".", "--index", "o"), ("--index", "o")):
        result = lmcli("search", "cats", *more, "-k", "9", "-f", "jsonl")
        assert result.code == 5
        assert "loop: Too many levels of symbolic links" in result.err
        assert "latin1.txt is not UTF-8 text" in result.err
        paths = [Path(json.loads(line)["path"]).name for line in result.lines]
        assert sorted(paths) == sorted(
            ["ok.txt", "a b[1].txt", "n\nl.txt", os.fsdecode(b"bad\xff.txt")]
        )


def test_places_that_are_not_there_do_not_stop_the_others(lmcli, odd_files):
    result = lmcli("search", "cats", "--in", "none", "--in", "loop", "--in", "ok.txt")
    assert result.code == 5
    assert [line.split(":")[1] for line in result.err.splitlines()] == [" none", " loop"]
    assert result.table[0][0] == "ok.txt"
    assert lmcli("search", "cats", "--in", "loop").code == 1


def test_pipes_and_devices(lmcli, odd_files):
    def write():
        (odd_files / "pipe").write_text("Cats in a pipe.\n")

    threading.Thread(target=write).start()
    assert "in a pipe" in lmcli("search", "cats", "--in", "pipe").out
    assert lmcli("search", "cats", "--in", "/dev/null").code == 3
    assert lmcli("embed", "-", stdin="").code == 0


def test_a_record_of_megabytes(lmcli):
    words = "the quick brown fox " * 500_000
    result = lmcli("embed", "-", "-f", "jsonl", stdin=f"{words}\na cat\n")
    assert len(result.lines) == 2
    assert "line 1:" in result.err and "256 of 2000" in result.err
    result = lmcli("tokenize", "-", stdin=f"{words}\na cat\n")
    assert result.code == 5 and "10000000 characters is too long" in result.err


def test_a_line_of_megabytes_is_searched_without_delay(tmp_path, lmcli):
    from lmcli.sentences.files.paragraphs import LONGEST, split

    pieces = list(split("f", "x" * 3_000_000 + " end"))
    assert max(len(piece.text) for piece in pieces) <= LONGEST
    assert pieces[-1].text.endswith("end")


def test_a_file_that_grows_is_read_as_it_was(tmp_path):
    from lmcli.sentences.files.paragraphs import read_file

    path = tmp_path / "log.txt"
    path.write_bytes(b"x" * 100)
    with path.open("ab") as log:
        log.write(b"more")
        assert read_file(path) == b"x" * 100


def test_an_index_of_an_older_lmcli_is_made_anew(lmcli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("Cats sleep.\n")
    old = Path(os.environ["LMCLI_DATA"]) / "indexes" / "old"
    shutil.copytree(ROOT / "tests" / "cases" / "index" / "paragraphs", old)
    state = json.loads((old / "index.json").read_text())
    (old / "index.json").write_text(json.dumps({**state, "places": [str(tmp_path / "t.txt")]}))
    result = lmcli("search", "cats", "--index", "old")
    assert result.code == 0 and "of an older lmcli: all is embedded anew" in result.err
    assert "Cats sleep." in result.out
    assert lmcli("search", "cats", "--index", "old").err == ""
