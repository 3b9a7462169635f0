"""analogy, similar, similarity, odd: what users see."""

import json

import pytest


def test_analogy_prints_queen_first(lmcli):
    result = lmcli("analogy", "king", "man", "woman")
    assert result.code == 0
    assert [row[0] for row in result.table] == [
        "queen",
        "throne",
        "prince",
        "daughter",
        "elizabeth",
    ]
    assert float(result.table[0][1]) == pytest.approx(0.853, abs=0.001)


def test_an_expression_may_be_quoted_or_not(lmcli):
    quoted = lmcli("analogy", "paris - france + italy", "-k", 1)
    assert quoted.table[0][0] == "rome"
    assert lmcli("analogy", "paris", "-", "france", "+", "italy", "-k", 1) == quoted


def test_json_rows_have_the_documented_fields(lmcli):
    rows = json.loads(lmcli("analogy", "king", "man", "woman", "-k", 2, "-f", "json").out)
    assert [list(row) for row in rows] == [["query", "rank", "word", "score"]] * 2
    assert [(row["query"], row["rank"]) for row in rows] == [
        ("king man woman", 1),
        ("king man woman", 2),
    ]
    (row,) = json.loads(lmcli("similarity", "cat", "dog", "-f", "json").out)
    assert list(row) == ["a", "b", "score"]
    (row,) = json.loads(lmcli("odd", "breakfast", "cereal", "dinner", "lunch", "-f", "json").out)
    assert row["word"] == "cereal" and list(row["scores"]) == [
        "breakfast",
        "cereal",
        "dinner",
        "lunch",
    ]


def test_stdin_takes_one_query_a_line_and_names_it(lmcli):
    result = lmcli("analogy", "-", stdin="king man woman\nparis - france + italy\n")
    assert [row[:2] for row in result.table] == [
        ["king man woman", "queen"],
        ["paris - france + italy", "rome"],
    ]


def test_a_record_that_fails_is_named_and_the_others_go_on(lmcli):
    result = lmcli("analogy", "-", stdin="king man woman\nking man wmoan\nparis france italy\n")
    assert [row[1] for row in result.table] == ["queen", "rome"]
    assert result.err.splitlines() == [
        "error: line 2: 'wmoan' is not in glove-50d; did you mean woman, moan, woan?"
    ]
    assert result.code == 5


def test_an_unknown_word_alone_is_no_answer(lmcli):
    result = lmcli("analogy", "king", "man", "wmoan")
    assert (result.out, result.code) == ("", 3)
    assert "did you mean woman" in result.err
    assert lmcli("similar", "-", stdin="qqqqzz\n").code == 3


def test_similar_names_the_word_when_there_are_several(lmcli):
    one = lmcli("similar", "father", "-k", 3)
    assert [row[0] for row in one.table] == ["son", "brother", "grandfather"] or len(
        one.table[0]
    ) == 2
    two = lmcli("similar", "father", "car", "-k", 2)
    assert [row[0] for row in two.table] == ["father", "father", "car", "car"]
    assert lmcli("similar", "-", "-k", 2, stdin="father\ncar\n") == two


def test_jsonl_keeps_the_other_fields(lmcli):
    lines = '{"id": 7, "text": "king man woman"}\n{"id": 8}\nnot json\n{"id": 9, "text": "king"}\n'
    result = lmcli("analogy", "--jsonl", "text", "-f", "jsonl", stdin=lines)
    rows = [json.loads(line) for line in result.lines]
    assert (rows[0]["id"], rows[0]["word"]) == (7, "queen")
    assert rows[1]["id"] == 9
    assert "line 2: no text in the field 'text'" in result.err
    assert "line 3: not JSON" in result.err
    assert result.code == 5


def test_bad_bytes_are_named_by_line(lmcli):
    result = lmcli("similar", "-", "-k", 1, stdin=b"king\nqu\xffeen\nqueen\n")
    assert [row[0] for row in result.table] == ["king", "queen"]
    assert "line 2: not UTF-8 at byte 3" in result.err and result.code == 5


def test_crlf_and_a_byte_order_mark_are_no_trouble_and_blank_lines_are_named(lmcli):
    plain = lmcli("similar", "-", "-k", 1, stdin="king\nqueen\n")
    assert lmcli("similar", "-", "-k", 1, stdin=b"\xef\xbb\xbfking\r\nqueen") == plain
    blank = lmcli("similar", "-", "-k", 1, stdin=b"king\r\n\r\n  \nqueen")
    assert (blank.out, blank.code) == (plain.out, 5)
    assert "line 2: the line is blank" in blank.err and "line 3: the line is blank" in blank.err


@pytest.mark.parametrize("words", [(), ("king", "man"), ("a", "b", "c", "d")])
def test_what_is_no_query_is_a_usage_error(lmcli, words):
    assert lmcli("analogy", *words).code == 2


def test_a_model_for_another_task_or_a_wrong_path_is_refused(lmcli, tmp_path):
    result = lmcli("analogy", "king", "man", "woman", "--model", tmp_path)
    assert result.code == 4 and "model.toml" in result.err
    assert lmcli("analogy", "king", "man", "woman", "--model", "glov").code == 4


def test_a_single_odd_word_and_a_cosine(lmcli):
    assert lmcli("odd", "breakfast", "cereal", "dinner", "lunch").out == "cereal\n"
    assert lmcli("odd", "cat", "dog").code == 2
    a, b, score = lmcli("similarity", "cat", "dog").table[0]
    assert (a, b) == ("cat", "dog") and 0.9 < float(score) < 0.95
    assert lmcli("similarity", "cat").code == 2


def test_a_table_on_a_terminal_shows_no_query_column_for_one(lmcli):
    one = lmcli("analogy", "king", "man", "woman", tty=True)
    assert "queen" in one.out and "0.8530" in one.out and "query" not in one.out
    assert "query" in lmcli("similar", "king", "queen", tty=True).out


@pytest.mark.parametrize("line", ["king - king", "0*king", "king king king --method pair"])
def test_words_that_cancel_out_have_no_answer(lmcli, line):
    words = line.replace(" --", "|--").split("|")
    result = lmcli("analogy", words[0], *" ".join(words[1:]).split())
    assert result.code == 3 and "cancel each other out" in result.err and result.out == ""


def test_no_word_left_is_no_answer(lmcli):
    for words in (("similar", "the"), ("analogy", "the")):
        result = lmcli(*words, "--restrict", 1)
        assert result.code == 3 and "allow more with --restrict" in result.err


def test_a_weight_out_of_bounds_is_a_usage_error(lmcli):
    result = lmcli("analogy", f"{'9' * 50}*king - man")
    assert result.code == 2 and "a weight above 1,000,000" in result.err


def test_a_whole_file_as_one_word_is_not_printed_back(lmcli):
    result = lmcli("similar", stdin=b"x" * 1_000_000)
    assert result.code == 3 and len(result.err) < 200
