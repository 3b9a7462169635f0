"""Texts cut into words."""

import bz2
import gzip
import io
import lzma
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput
from lmcli.words.train.corpus import LONGEST, gather, open_text, segmenter, text_lines
from tests.conftest import peer

WORDS = segmenter("words", lowercase=True)


def test_words_are_letters_and_digits_with_apostrophes_and_hyphens_inside():
    assert WORDS("The cat's well-known 'hat', 2nd_time: Ünï!") == [
        "the",
        "cat's",
        "well-known",
        "hat",
        "2nd",
        "time",
        "ünï",
    ]


def test_spaces_and_case_are_kept_on_request():
    assert segmenter("spaces", lowercase=False)(" The  cat's. ") == ["The", "cat's."]


@pytest.mark.peer
def test_jieba_cuts_chinese(tmp_path, monkeypatch):
    peer("jieba")
    import jieba

    monkeypatch.setattr(jieba.dt, "initialized", False)  # another test may have read the dictionary
    cut = segmenter("jieba", lowercase=True, cache=tmp_path / "cache")
    assert cut("我爱机器学习，GPT 很有趣。") == ["我", "爱", "机器", "学习", "gpt", "很", "有趣"]
    assert list((tmp_path / "cache").iterdir())


def test_a_corpus_counts_and_can_be_read_again(tmp_path):
    corpus = gather(["The cat sat.", "", "the dog"], WORDS, tmp_path / "s.txt")
    assert list(corpus) == list(corpus) == [["the", "cat", "sat"], ["the", "dog"]]
    assert (corpus.sentences, corpus.tokens, corpus.counts["the"]) == (2, 5, 2)
    assert corpus.frequent(1) == ["the", "cat", "sat", "dog"]
    with pytest.raises(BadInput, match="1 words occur 2 times or more; lower --min-count"):
        corpus.frequent(2)


def test_a_very_long_line_is_cut(tmp_path):
    corpus = gather(["a " * (LONGEST + 3)], WORDS, tmp_path / "s.txt")
    assert [len(sentence) for sentence in corpus] == [LONGEST, 3]


@given(st.lists(st.text()))
def test_any_text_gives_back_its_words(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    corpus = gather(lines, WORDS, path)
    assert list(corpus) == [WORDS(line) for line in lines if WORDS(line)]


def test_lines_that_are_not_utf8_are_named():
    assert list(text_lines(io.BytesIO("\ufeffcat\n".encode()), "f")) == ["cat\n"]
    with pytest.raises(BadInput, match=r"f: line 2 is not UTF-8 \(byte 3\)"):
        list(text_lines(io.BytesIO(b"cat\nno\xff\n"), "f"))


def test_gzip_is_unpacked_and_a_cut_one_is_refused(tmp_path):
    path = tmp_path / "t.txt.gz"
    path.write_bytes(gzip.compress(b"the cat\n" * 1000))
    with open_text(path) as stream:
        assert len(list(text_lines(stream, "t"))) == 1000
    path.write_bytes(path.read_bytes()[:-12])
    with open_text(path) as stream, pytest.raises(BadInput, match=r"t: "):
        list(text_lines(stream, "t"))


@pytest.mark.parametrize("name", ["words", "spaces"])
@pytest.mark.parametrize("lowercase", [False, True])
def test_normal_forms_are_one_word(name, lowercase):
    cut = segmenter(name, lowercase=lowercase)
    text = "École naïve Ｈindi हिन्दी ภาษาไทย العَرَبِيَّة İstanbul"
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert cut(forms[0]) == cut(forms[1])
    assert len(cut(text)) == 7 and all(unicodedata.is_normalized("NFC", w) for w in cut(text))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("cat\n".encode("utf-16"), "t: this is UTF-16"),
        ("a\ncat\n".encode("utf-16-le"), "t: line 1 holds a zero byte: no text; is it UTF-16"),
    ],
)
def test_utf16_is_named(data, fault):
    with pytest.raises(BadInput, match=fault):
        list(text_lines(io.BytesIO(data), "t"))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_text_is_known_by_its_content(tmp_path, pack):
    path = tmp_path / "text"
    path.write_bytes(pack("\ufeffthe cat\n".encode() * 9))
    with open_text(path) as stream:
        assert next(text_lines(stream, "t")) == "the cat\n"
