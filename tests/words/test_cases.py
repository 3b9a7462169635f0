"""The vector files that went wrong (tests/cases/text), each by its right answer."""

import json

import pytest

from lmcli.vectors.vocabulary import Vocabulary
from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases" / "text"


@pytest.fixture
def take(lmcli):
    """Import a case as the model `case`: (the row, what was said, the exit code)."""

    def call(name):
        done = lmcli("words", "import", CASES / name, "--name", "case", "--force", "-f", "json")
        (row,) = json.loads(done.out) if done.out else (None,)
        return row, done.err, done.code

    return call


@pytest.fixture
def words(own_settings):
    """The words of the model `case`, in their order."""
    return lambda: list(Vocabulary.open(own_settings / "data" / "models" / "case"))


def test_a_byte_order_mark_is_no_part_of_the_head(take, lmcli):
    row, said, code = take("bom-word2vec-50d.txt")
    assert (row["words"], row["dimensions"], row["format"], said, code) == (
        10,
        50,
        "word2vec",
        "",
        0,
    )
    first = json.loads(lmcli("words", "info", "--model", "case", "-f", "json").out)[0]["first"]
    assert first[0] == "the" and not any("\ufeff" in word for word in first)


def test_pairs_with_a_byte_order_mark_give_the_same_figures(lmcli, tmp_path):
    marked = CASES / "bom-pairs.tsv"
    plain = tmp_path / "pairs.tsv"
    plain.write_bytes(marked.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    figures = [lmcli("words", "eval", file).table[0][1:] for file in (marked, plain)]
    assert figures[0] == figures[1] and figures[0][2:] == ["4", "0"]


@pytest.mark.parametrize(
    ("name", "format_", "line", "fault"),
    [
        ("nan-first-glove-50d.txt", "glove", 1, "'nan' is not finite"),
        ("nan-first-word2vec-50d.txt", "word2vec", 2, "'nan' is not finite"),
        ("short-first-row.txt", "glove", 1, "49 numbers where 50 belong"),
    ],
)
def test_a_bad_first_row_decides_nothing(take, name, format_, line, fault):
    row, said, code = take(name)
    assert said == f"error: line {line}: {fault}\n" and code == 5
    assert (row["format"], row["words"], row["dimensions"], row["malformed"]) == (format_, 9, 50, 1)


def test_tabs_part_numbers(take, lmcli):
    row, said, code = take("tab-word2vec.txt")
    assert (row["words"], row["dimensions"], said, code) == (3, 3, "", 0)
    assert lmcli("words", "vector", "owl", "--model", "case").out == "[0.9, -0.1, 0.0]\n"


def test_decimal_commas_are_refused(take):
    row, said, code = take("german-comma.txt")
    assert row is None and code == 1 and "line 2, as most lines, has a decimal comma" in said


def test_a_word_that_is_no_utf8_does_not_stop_the_others(take, words):
    row, said, code = take("cut-character.bin")
    assert (row["words"], row["dimensions"], row["malformed"], code) == (2, 3, 1, 5)
    assert said == "error: word 2: the word '很长的�' is not UTF-8\n"
    assert words() == ["猫", "狗"]


def test_more_words_than_promised_are_read_and_said(take, lmcli):
    row, said, code = take("count-low.txt")
    assert (row["words"], code) == (3, 0)
    assert said == "warning: line 1 promises 2 words, but 3 follow: all are read\n"


def test_words_with_blanks_survive_or_are_refused(take, lmcli, words, tmp_path):
    row, said, code = take("blanks.txt")
    assert (row["words"], row["dimensions"], code) == (4, 3, 5)
    assert said.splitlines() == [
        f"error: line {line}: no word before the numbers" for line in (6, 7)
    ]
    kept = [". . .", "New York", "\u00a0", "\u2028x"]
    assert words() == kept
    binary = lmcli("words", "export", "--model", "case", "--to", "binary", "-o", tmp_path / "b")
    assert binary.code == 1 and not (tmp_path / "b").exists()
    assert "cannot hold the word '. . .': it holds a blank; --to word2vec can hold it" in binary.err
    text = tmp_path / "t.txt"
    lmcli("words", "export", "--model", "case", "-o", text)
    assert lmcli("words", "import", text, "--name", "case", "--force").code == 0
    assert words() == kept


def test_training_tears_no_word_at_a_mark(lmcli, words):
    options = ("--algorithm", "glove", "--min-count", 1, "--size", 4, "--epochs", 1)
    assert lmcli("words", "train", CASES / "hindi.txt", "--name", "case", *options).code == 0
    text = (CASES / "hindi.txt").read_text(encoding="utf-8")
    assert set(words()) == set(text.split())
    assert {"हिन्दी", "भाषा"} <= set(words())


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("paris", "Paris"),
        ("LONDON", "London"),
        ("Ｐａｒｉｓ", "Paris"),
        ("new york", "New_York"),
    ],
)
def test_a_query_that_fails_by_its_form_alone_names_the_word(take, lmcli, query, meant):
    take("cased.vec")
    result = lmcli("similar", query, "--model", "case")
    assert result.code == 3 and result.err.endswith(f"did you mean {meant}?\n")


@pytest.mark.parametrize(
    "line",
    [
        "similar|nil",
        "analogy|nil|nul|nil",
        "analogy|cat - nil + dog|--method|mul",
        "analogy|cat|nil|dog|--method|pair",
        "similarity|cat|nil",
        "odd|cat|dog|nil",
        "words|plot|nil|nul",
        "compare|nil|cat|--method|glove-mean",
        "compare|cat|nil|--method|sif",
        "embed|nil|--method|glove-mean",
        f"search|nil|--in|{CASES / 'zero.vec'}|--method|glove-mean",
    ],
)
def test_a_zero_vector_has_no_cosine(take, lmcli, line):
    take("zero.vec")
    result = lmcli(*line.split("|"), "--model", "case")
    assert (result.out, result.code) == ("", 3) and "zero" in result.err


def test_a_zero_vector_is_no_answer_either(take, lmcli, tmp_path):
    take("zero.vec")
    assert [row[0] for row in lmcli("similar", "cat", "--model", "case").table] == ["dog", "owl"]
    query = ("analogy", "cat", "dog", "owl", "--model", "case", "--include-inputs")
    assert {row[0] for row in lmcli(*query).table} == {"cat", "dog", "owl"}
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("cat\tdog\t9\ncat\towl\t3\ncat\tnil\t5\n")
    assert lmcli("words", "eval", pairs, "--model", "case").table[0][3:] == ["2", "1"]
    text = tmp_path / "text.txt"
    text.write_text("nil nul\n\nowl\n\ncat\n")
    found = lmcli("search", "dog", "--in", text, "--method", "glove-mean", "--model", "case")
    assert [row[3] for row in found.table] == ["cat", "owl"]
    text.write_text("nil nul\n")
    found = lmcli("search", "dog", "--in", text, "--method", "glove-mean", "--model", "case")
    assert (found.out, found.code) == ("", 3)
