"""Evaluation: the counts of the bundled vectors, and small files checked by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.vectors.correlation import ranks

QUESTIONS = """: family
king man queen woman
king man queen qqqqq
he she his her
: capitals
Paris France Rome Italy
"""


def test_sections_and_total(lmcli, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text(QUESTIONS)
    rows = [json.loads(line) for line in lmcli("words", "eval", file, "-f", "jsonl").lines]
    assert [row["section"] for row in rows] == ["family", "capitals", "total"]
    assert [row["total"] for row in rows] == [2, 1, 3]
    assert rows[1] == {"section": "capitals", "correct": 1, "total": 1, "accuracy": 1.0}
    assert rows[2]["correct"] == sum(row["correct"] for row in rows[:2])


def test_restrict_leaves_rarer_words_out(lmcli, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text(QUESTIONS)
    rows = [
        json.loads(line)
        for line in lmcli("words", "eval", file, "--restrict", 500, "-f", "jsonl").lines
    ]
    assert rows[-1]["total"] == 1


def test_pairs(lmcli, tmp_path):
    file = tmp_path / "pairs.tsv"
    file.write_text("# comment\ncat\tdog\t9\ncat\tcar\t3\ncup\ttea\t7\nqqqqq\ttea\t1\n")
    (row,) = json.loads(lmcli("words", "eval", file, "-f", "json").out)
    assert (row["pairs"], row["oov"]) == (3, 1)
    assert row["spearman"] == pytest.approx(1.0)  # cat-dog .92, cup-tea .40, cat-car .36
    assert 0.8 < row["pearson"] < 0.9


def test_malformed_lines_are_named_and_the_rest_is_scored(lmcli, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text(": a\nking man queen woman\nking man\n")
    result = lmcli("words", "eval", file)
    assert result.table[-1] == ["total", "1", "1", "1.0"]
    assert "line 3: 2 fields where four words belong" in result.err and result.code == 5


def test_questions_of_unknown_words_only_have_no_answer(lmcli, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text(": nonsense\nqqqqa qqqqb qqqqc qqqqd\n")
    result = lmcli("words", "eval", file)
    assert result.code == 3 and "no question has all its words in glove-50d" in result.err


def test_a_file_of_something_else_is_refused(lmcli, tmp_path):
    file = tmp_path / "empty"
    file.write_text("\n")
    result = lmcli("words", "eval", file)
    assert result.code == 1 and "no questions and no pairs" in result.err


@given(st.lists(st.integers(-5, 5), min_size=1))
def test_ranks_share_the_mean(values):
    found = ranks(np.array(values))
    for value, rank in zip(values, found, strict=True):
        below = sum(other < value for other in values)
        equal = sum(other == value for other in values)
        assert rank == below + (equal + 1) / 2


@pytest.mark.parametrize(("words", "expected"), [(("--restrict", 30000), (7398, 14877))])
def test_counts_of_the_bundled_vectors(lmcli, questions_words, words, expected):
    rows = [
        json.loads(line)
        for line in lmcli("words", "eval", questions_words, *words, "-f", "jsonl").lines
    ]
    assert (rows[-1]["correct"], rows[-1]["total"]) == expected


RATINGS = [
    ("cat\tdog\tnan", "line 1: the rating 'nan' is not finite"),
    ("cat\tdog\tinf", "line 1: the rating 'inf' is not finite"),
    ("cat\tdog\t1e400", "line 1: the rating '1e400' is not finite"),
    ("cat\tdog\t3,5", "line 1: '3,5' is not a number; write 0.5, not 0,5"),
    ("cat dog good", "line 1: 'good' is not a number"),
    ("cat\tdog", "line 1: 2 fields where four words belong"),
    ('"cat\tdog\t2', "line 1: '\"cat\\tdog\\t2': unexpected end of data"),
    ("c\udcfft\tdog\t2", "line 1: not UTF-8 at byte 2"),
]


@pytest.mark.parametrize(("row", "fault"), RATINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_bad_rating_is_named_and_the_others_count(lmcli, tmp_path, row, fault, end):
    rows = ["king\tqueen\t9", "king\ttable\t2", '"cat","dog",8.5', "cat,engine,1"]
    file = tmp_path / "pairs.tsv"
    file.write_bytes(end.join(rows).encode())
    right = lmcli("words", "eval", file)
    assert (right.code, right.table[0][3:]) == (0, ["4", "0"])
    file.write_bytes(end.join([row, *rows]).encode("utf-8", "surrogateescape"))
    result = lmcli("words", "eval", file)
    assert (result.code, result.out) == (5, right.out) and fault in result.err


def test_ratings_that_are_all_alike_have_no_correlation(lmcli, tmp_path):
    file = tmp_path / "pairs.tsv"
    file.write_text("king\tqueen\t9\nking\ttable\t9\n")
    result = lmcli("words", "eval", file)
    assert (result.out, result.code) == ("", 3) and "all ratings are 9" in result.err
    file.write_text("king\tqueen\t1e308\nking\ttable\t-1e308\ncat\tdog\t1e308\n")
    result = lmcli("words", "eval", file)
    assert result.code == 0 and 0 < float(result.table[0][1]) <= 1 and result.err == ""


def test_the_first_fault_is_named_where_nothing_can_be_used(lmcli, tmp_path):
    file = tmp_path / "pairs.tsv"
    file.write_text("king\tqueen\tnan\n")
    result = lmcli("words", "eval", file)
    assert result.code == 1 and "line 1: the rating 'nan' is not finite" in result.err
    file.write_bytes("king\tqueen\t9\n".encode("utf-16"))
    assert "this is UTF-16" in lmcli("words", "eval", file).err


def test_questions_with_a_byte_order_mark(lmcli, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_text("\ufeff" + QUESTIONS, encoding="utf-8")
    marked = lmcli("words", "eval", file)
    file.write_text(QUESTIONS)
    assert marked == lmcli("words", "eval", file) and marked.table[0][0] == "family"
