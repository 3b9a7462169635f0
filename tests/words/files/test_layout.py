"""What a vectors file is, decided by its rows: heads that are wrong, binary files, what is no file of vectors."""

import bz2
import gzip
import lzma
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput
from lmcli.words.files.layout import find_layout
from lmcli.words.files.rows import is_number, text_row
from tests.words.files.test_formats import imported, imported_text

WORDS = (b"cat", b"dog", b"owl", b"hen")


def binary(dimensions, head, words=WORDS, end=b"\n"):
    """A binary file whose words have the numbers 0.1, 1.1, ...; `head`: its first line."""
    numbers = struct.pack(f"<{dimensions}f", *(n + 0.1 for n in range(dimensions)))
    return head + b"\n" + b"".join(word + b" " + numbers + end for word in words)


@pytest.mark.parametrize(
    ("content", "format_", "words", "dimensions", "said"),
    [
        ("2010 50\n2011 51\n2012 52\n", "glove", ["2010", "2011", "2012"], 1, []),
        ("9" * 5000 + " 50\n", "glove", ["9" * 5000], 1, []),
        ("2 1\na 5\nb 6\n", "word2vec", ["a", "b"], 1, []),
        ("nan 1 2\ninf 3 4\n2010 5 6\n", "glove", ["nan", "inf", "2010"], 2, []),
        ("3 2\na 1 2 3\nb 4 5 6\nc 7 8 9\n", "word2vec", list("abc"), 3, ["line 1 says 2 dim"]),
        ("2 9999999999999\na 1 2\nb 3 4\n", "word2vec", list("ab"), 2, ["line 1 says 9,999,9"]),
        ("1 2\na 1 2\nb 3 4\n", "word2vec", list("ab"), 2, ["line 1 promises 1 words, but 2"]),
        ("\ufeff2 2\n\ufeffa 1 2\nb 3 4\n", "word2vec", list("ab"), 2, []),
        ("cat    1   2\nhorse  3   4\n", "glove", ["cat", "horse"], 2, []),
        ("cat\t1\t2\r\nhorse\t3\t4\r\n", "glove", ["cat", "horse"], 2, []),
        ("</s> 1 2\n. . . 3 4\nNew York 5 6\n", "glove", ["</s>", ". . .", "New York"], 2, []),
        (binary(3, b"4 3"), "binary", ["cat", "dog", "owl", "hen"], 3, []),
        (binary(3, b"4 3", end=b""), "binary", ["cat", "dog", "owl", "hen"], 3, []),
        (binary(1, b"1 1", [b"cat"]), "binary", ["cat"], 1, []),
        (binary(3, b"4 2"), "binary", ["cat", "dog", "owl", "hen"], 3, ["line 1 says 2 dim"]),
        (binary(3, b"4 5", end=b""), "binary", ["cat", "dog", "owl", "hen"], 3, ["line 1 says 5"]),
        (binary(3, b"2 3"), "binary", ["cat", "dog", "owl", "hen"], 3, ["line 1 promises 2 wo"]),
        (b"2 2\na \0\0\0\0\0\0\0\0b \0\0\0\0\0\0\0\0", "binary", ["a", "b"], 2, []),
    ],
)
def test_what_is_read_and_what_is_said(tmp_path, content, format_, words, dimensions, said):
    vectors, messages = imported_text(tmp_path, content)
    data = content if isinstance(content, bytes) else content.encode()
    layout = find_layout(tmp_path, data.removeprefix(b"\xef\xbb\xbf"), whole=True)
    assert (layout.format, layout.dimensions) == (format_, dimensions)
    assert (list(vectors.vocabulary), vectors.dimensions) == (words, dimensions)
    assert len(messages) == len(said)
    assert all(text.startswith(start) for (_, text), start in zip(messages, said, strict=True))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("10 50\n", "a head alone"),
        ("10 50\n\n  \n", "a head alone"),
        ("3 2\na 1 2\nb 3 4\n", "promises 3 words, but 2 follow"),
        (binary(3, b"6 3"), "cut at word 5 of 6"),
        (binary(3, b"4 3")[:-6], "cut at word 4 of 4"),
        ("cat 0,1 0,2\ndog 0,2 0,3\n", "a decimal comma"),
        ("cat 0,1 0,2 3\ndog 0,2 0,3 4\n", "a decimal comma"),
        ("2 2\nk\xe4se 0,1 0,2\ndog 0,2 0,3\n".encode("latin-1"), "a decimal comma"),
        ("cat 0:0.1 7:0.2\ndog 3:0.2\n", "a sparse row"),
        ("cat,0.1,0.2\ndog,0.2,0.3\n", "a separator that is no blank"),
        ("cat, 0.1, 0.2\ndog, 0.2, 0.3\n", "a separator that is no blank"),
        ("cat 0x1p-3 0x1p-2\ndog 0x1p-3 0x1p-2\n", "a hexadecimal number"),
        ("cat 1 2\ndog 3 4\n".encode("utf-16"), "this is UTF-16"),
        ("cat 1 2\ndog 3 4\n".encode("utf-16-le"), "is it UTF-16?"),
        ("cat 1 2\rdog 3 4\r", "no line could be used"),
        (binary(3, b"3 3", [b"new york", b"dog", b"owl"]), "holds a blank"),
        (binary(2, b"4 2", [b"\xff", b"\xfe", b"\xfd", b"dog"]), "3 of 4 words cannot be used"),
        (lzma.compress(b"a 1 2\n" * 9999)[:-30], "is the file whole?"),
        (bz2.compress(b"a 1 2\n" * 9999)[:-30], "is the file whole?"),
        (b"\x28\xb5\x2f\xfd and more", "Zstandard"),
    ],
)
def test_what_is_refused(lmcli, tmp_path, content, words):
    file = tmp_path / "vectors.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = lmcli("words", "import", file, "--name", "made")
    assert (result.code, result.out) == (1, "") and words in result.err
    assert "bug" not in result.err


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_known_by_their_content(tmp_path, pack):
    vectors, said = imported_text(tmp_path, pack(b"2 2\na 1 2\nb 3 4\n"))
    assert list(vectors.vocabulary) == ["a", "b"] and not said


def test_bad_rows_are_named_and_the_others_kept(tmp_path):
    rows = [
        ("a 1e999 2", "'1e999' is beyond float32"),
        ("b 1 -inf", "'-inf' is not finite"),
        ("c 0x1p-3 2", "'0x1p-3' is a hexadecimal number; write it in decimal"),
        ("d 1_0 2", "'1_0' is not a number"),
        ("e 1e39 2", "'1e39' is beyond float32"),
        ("f 1e-60 0", "the numbers are too small for float32"),
        ("g 0,5 2", "'0,5' is a decimal comma; write 0.5, not 0,5"),
        (" 1 2", "no word before the numbers"),
        ("h 1 2 3", "3 numbers where 2 belong"),
        ("i 1", "1 numbers where 2 belong"),
        ("j", "0 numbers where 2 belong"),
    ]
    good = [f"good{n} {n} 3.4028235e38" for n in range(20)]
    vectors, said = imported_text(tmp_path, "\n".join([*(row for row, _ in rows), *good]))
    assert said == [(line, fault) for line, (_, fault) in enumerate(rows, 1)]
    assert len(vectors) == 20 and vectors.dimensions == 2


def test_numbers_in_binary_that_are_not_finite_are_named(tmp_path):
    data = b"4 2\n" + b"".join(
        word + b" " + struct.pack("<2f", value, 1) + b"\n"
        for word, value in zip(WORDS, (1, float("nan"), 2, float("-inf")), strict=True)
    )
    vectors, said = imported_text(tmp_path, data + b"pig " + struct.pack("<2f", 1, 2) + b"\n")
    assert list(vectors.vocabulary) == ["cat", "owl", "pig"]
    assert [text for _, text in said] == [
        "word 2: the numbers of 'dog' are not finite",
        "word 4: the numbers of 'hen' are not finite",
        "line 1 promises 4 words, but 5 follow: all are read",
    ]


def test_a_record_cut_after_those_promised_is_named(tmp_path):
    vectors, said = imported_text(tmp_path, binary(3, b"2 3")[:-6])
    assert list(vectors.vocabulary) == ["cat", "dog", "owl"]
    assert [text for _, text in said] == [
        "11 bytes after word 3 hold no whole word",
        "line 1 promises 2 words, but 3 follow: all are read",
    ]


def test_forms_of_one_word_are_one(tmp_path):
    vectors, _ = imported_text(tmp_path, "e\u0301cole 1 2\n\u00e9cole 3 4\ncat 5 6\n")
    assert list(vectors.vocabulary) == ["\u00e9cole", "cat"]
    assert (
        vectors.row("\u00e9cole") == vectors.row("e\u0301cole") == vectors.row("E\u0301cole") == 0
    )


def test_a_large_file_that_does_not_hold_what_it_begins_with_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lmcli.words.files.formats.WINDOW", 100)
    file = tmp_path / "vectors.txt"
    file.write_text("a 1 2\n" * 20 + "b 1 2 3\n" * 400)
    with pytest.raises(BadInput, match="400 of 420 lines are no word with 2 numbers"):
        imported(file, tmp_path / "made")


def test_a_first_line_longer_than_the_window_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("lmcli.words.files.formats.WINDOW", 100)
    row = " ".join(map(str, range(500)))
    vectors, said = imported_text(tmp_path, f"a {row}\nb {row}\n")
    assert vectors.dimensions == 500 and len(vectors) == 2 and not said


@given(st.binary(max_size=30))
def test_any_bytes_are_a_row_or_named(line):
    try:
        word, vector = text_row(line, 2)
    except BadInput:
        return
    assert word and len(vector) == 2 and "\n" not in word


@given(st.floats(), st.sampled_from(["{!r}", "{:.3e}", "{:f}", "+{!r}"]))
def test_numbers_as_programs_write_them(value, form):
    text = form.format(value)
    assert is_number(text.encode()) or text.startswith("+-")
