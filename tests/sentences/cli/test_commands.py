"""embed, compare and search as commands."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import ROOT, peer

MANUAL = """# Manual

Start the machine with the green button.

To halt it, press the red button twice and wait.

It is cleaned with water and a little soap.
"""


@pytest.fixture
def manual(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "manual.md"
    path.write_text(MANUAL)
    return path


def test_embed_rows(lmcli):
    (row,) = json.loads(lmcli("embed", "A cat.", "-f", "json").out)
    assert list(row) == ["text", "embedding"]
    assert len(row["embedding"]) == 384
    assert abs(np.linalg.norm(row["embedding"]) - 1) < 1e-5


def test_embed_keeps_the_fields_of_json_lines(lmcli):
    lines = '{"id": 7, "title": "A cat."}\n{"id": 8}\n'
    result = lmcli("embed", "--jsonl", "title", "-f", "jsonl", stdin=lines)
    assert result.code == 5
    assert "line 2" in result.err
    row = json.loads(result.out)
    assert (row["id"], row["text"]) == (7, "A cat.")


@pytest.mark.parametrize(
    "suffix", ["npy", "jsonl", pytest.param("parquet", marks=pytest.mark.peer)]
)
def test_embed_to_a_file(lmcli, tmp_path, suffix):
    if suffix == "parquet":
        peer("pyarrow")
    out = tmp_path / f"v.{suffix}"
    result = lmcli("embed", "--out", out, stdin="one\ntwo\nthree\n")
    assert (result.code, result.out) == (0, "")
    rows = [json.loads(line) for line in lmcli("embed", "one", "two", "three", "-f", "jsonl").lines]
    expected = np.array([row["embedding"] for row in rows])
    if suffix == "npy":
        got = np.load(out)
    elif suffix == "jsonl":
        got = [json.loads(line)["embedding"] for line in out.read_text().splitlines()]
    else:
        from pyarrow import parquet

        table = parquet.read_table(out)
        assert table.column("text").to_pylist() == ["one", "two", "three"]
        got = table.column("embedding").to_pylist()
    assert np.allclose(got, expected, atol=1e-4)


def test_embed_refuses_early(lmcli, tmp_path):
    result = lmcli("embed", "x", "--out", tmp_path / "v.txt")
    assert result.code == 2
    assert ".npy, .parquet, .jsonl" in result.err
    assert lmcli("embed", "x", "--out", tmp_path / "no" / "v.npy").code == 2


def test_long_texts_say_what_was_cut(lmcli):
    result = lmcli("embed", "word " * 300)
    assert result.code == 0
    assert "256 of 302 tokens were read; --split" in result.err


def test_unknown_words(lmcli):
    result = lmcli("embed", "qqzzxx", "--method", "sif")
    assert (result.code, result.out) == (3, "")
    assert "no word of 'qqzzxx' is in glove-50d" in result.err
    assert len(json.loads(lmcli("embed", "cat", "--method", "glove-mean", "-f", "json").out)) == 1


def test_who_sees_the_order_of_words(lmcli):
    rows = json.loads(
        lmcli("compare", "dog bites man", "man bites dog", "--method", "all", "-f", "json").out
    )
    assert [list(row) for row in rows] == [["a", "b", "score", "method"]] * 3
    scores = {row["method"]: row["score"] for row in rows}
    assert scores["minilm"] < 0.95
    assert min(scores["glove-mean"], scores["sif"]) > 0.99999


def test_compare_lines(lmcli):
    result = lmcli("compare", "-", "-f", "jsonl", stdin="a cat\ta kitten\nbad\na cat\ta tax\n")
    assert result.code == 5
    assert "line 2" in result.err
    near, far = (json.loads(line)["score"] for line in result.lines)
    assert near > far + 0.3


def test_compare_one_with_several(lmcli):
    assert [row[1] for row in lmcli("compare", "a", "b", "c").table] == ["b", "c"]
    assert lmcli("compare", "a").code == 2
    assert lmcli("compare", "a", "b", "--method", "all", "--model", "x").code == 2


def test_agreement_with_ratings(lmcli, tmp_path):
    file = tmp_path / "rated.tsv"
    file.write_text("# a comment\na cat\ta kitten\t9\na cat\ta dog\t6\na cat\ta tax\t1\n")
    (row,) = json.loads(lmcli("compare", "--eval", file, "-f", "json").out)
    expected = {"file": "rated.tsv", "method": "minilm", "spearman": 1, "pairs": 3, "unknown": 0}
    assert row == pytest.approx(expected)
    file.write_text("a\tb\n")
    result = lmcli("compare", "--eval", file)
    assert result.code == 1
    assert "line 1" in result.err


def test_search_finds_by_meaning(lmcli, manual):
    (row,) = json.loads(
        lmcli("search", "how do I stop it", "--in", "manual.md", "-k", "1", "-f", "json").out
    )
    assert list(row) == ["path", "line", "text", "score"]
    assert (row["path"], row["line"]) == ("manual.md", 5)
    assert row["text"].startswith("To halt it")


def test_search_a_page_of_the_documents(lmcli):
    page = ROOT / "docs" / "sentences.md"
    result = lmcli("search", "how do I stop it", "--in", page, "-k", "1", "-f", "json")
    assert "Ctrl-C stops a command" in json.loads(result.out)[0]["text"]


def test_search_prints_a_prompt(lmcli, manual):
    result = lmcli("search", "how do I stop it", "manual.md", "-k", "2", "-f", "prompt")
    assert result.lines[0].startswith("Answer the question from these passages")
    assert "[1] manual.md:5" in result.out
    assert result.out.endswith("Question: how do I stop it\nAnswer:\n")


def test_search_many_queries(lmcli, manual):
    result = lmcli("search", "--in", "manual.md", "-k", "1", "-f", "jsonl", stdin="stop\nwash\n")
    rows = [json.loads(line) for line in result.lines]
    assert [(row["query"], row["line"]) for row in rows] == [("stop", 5), ("wash", 7)]


def test_search_keeps_an_index(lmcli, manual):
    first = lmcli("search", "stop", "--index", "m", "--in", "manual.md")
    assert first.code == 0, first.err
    assert lmcli("search", "stop", "--index", "m").out == first.out
    manual.write_text(MANUAL.replace("red", "blue"))
    assert "blue" in lmcli("search", "stop", "--index", "m", "-k", "1").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("x",), 2, "nothing to search in"),
        (("x", "--in", "none.md"), 1, "none.md: no such file or folder"),
        (("x", "--index", "none"), 1, "there is no index none"),
        (("x", "--index", "../up"), 2, "no name for an index"),
        (("qqzzxx", "--in", "manual.md", "--method", "sif"), 3, "no word of"),
    ],
)
def test_search_errors(lmcli, manual, words, code, says):
    result = lmcli("search", *words)
    assert (result.code, result.out) == (code, "")
    assert says in result.err


def test_search_for_people(lmcli, manual):
    result = lmcli("search", "how do I stop it", "--in", "manual.md", "-k", "1", tty=True)
    assert "manual.md:5" in result.out.replace("\x1b[35m", "").replace("\x1b[0m", "").replace(
        "\x1b[32m", ""
    )


def test_no_socket_is_opened(lmcli, manual, monkeypatch):
    import socket

    def refuse(*_arguments, **_options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    for words in (
        ("embed", "x"),
        ("compare", "x", "y", "--method", "all"),
        ("search", "stop", "--index", "m", "--in", "manual.md"),
        ("attention", "it is"),
        ("tokenize", "it is"),
    ):
        assert lmcli(*words, "--offline").code == 0
