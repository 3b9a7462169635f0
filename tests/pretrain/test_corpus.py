"""Texts in two parts, and what is wrong with some."""

import pytest

from lmcli.frame.errors import BadInput
from lmcli.pretrain.corpus import BUNDLED, read_corpus, split


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_texts(name):
    corpus = read_corpus(name)
    learned, held = "".join(corpus.learned), "".join(corpus.held)
    assert len((learned + held).encode()) <= 1 << 20
    assert 0.08 < len(held) / len(learned + held) < 0.12
    known = set(learned.splitlines())
    assert not [line for line in held.splitlines() if line.strip() and line in known]


def test_one_line_over_and_over_is_refused():
    with pytest.raises(BadInput, match="over and over"):
        split("the same again\n" * 5000, "x")


def test_a_short_text_is_refused():
    with pytest.raises(BadInput, match="12 characters"):
        split("a short text", "x")


def test_what_cannot_be_read(tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"fine\n" * 9 + b"caf\xe9\n")
    with pytest.raises(BadInput, match=r"bad\.txt:10: not UTF-8"):
        read_corpus(str(bad))
    with pytest.raises(BadInput, match="No such file"):
        read_corpus(str(tmp_path / "none"))


def test_a_text_in_one_line_is_cut():
    corpus = split("".join(chr(0x4E00 + n * 7919 % 20000) for n in range(60_000)), "x")
    assert len(corpus.held) == 3
