"""BM25 against the formula worked by hand, and the fusion of two lists."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from lmcli.sentences.bm25 import BM25, terms
from lmcli.sentences.searching import fuse

TEXTS = ("the cat sat on the mat", "a cat and a dog", "birds sing")


def test_scores_are_those_of_the_formula():
    found = BM25([(text, 1.0)] for text in TEXTS).scores("cat on cat")
    mean = (6 + 5 + 2) / 3
    idf_cat, idf_on = log(1 + 1.5 / 2.5), log(1 + 2.5 / 1.5)
    norm = [1.2 * (0.25 + 0.75 * length / mean) for length in (6, 5)]
    first = (idf_cat + idf_on) * 2.2 / (1 + norm[0])
    assert found == pytest.approx([first, idf_cat * 2.2 / (1 + norm[1]), 0])


def test_a_field_of_double_weight_counts_as_text_that_stands_there_twice():
    weighted = BM25([[("cat", 2.0), ("dog mouse", 1.0)], [("bird", 2.0), ("egg", 1.0)]])
    doubled = BM25([[("cat cat dog mouse", 1.0)], [("bird bird egg", 1.0)]])
    assert weighted.scores("cat") == pytest.approx(doubled.scores("cat"))


def test_chinese_is_cut_into_neighbours():
    assert terms("图书馆 opens 9点, 猫!") == ["图书", "书馆", "opens", "9", "点", "猫"]
    found = BM25([(text, 1.0)] for text in ("去图书馆借书", "去公园散步")).scores("图书馆")
    assert found[0] > 0 == found[1]


def test_nothing_to_search_in():
    assert BM25([]).scores("x").tolist() == []
    assert BM25([[("", 1.0)]]).scores("x").tolist() == [0]


def test_ranks_are_fused():
    near = [(4, np.float32(0.9)), (2, np.float32(0.5)), (7, np.float32(0.1))]
    words = np.array([0, 9.0, 1, 0, 0, 0, 0, 3])
    fused = fuse(near, words, np.array([2, 4, 7]))  # row 1 is not asked for
    assert [row for row, *_ in fused] == [7, 2, 4]
    assert [float(score) for _, score, _ in fused] == pytest.approx(
        [1 / 63 + 1 / 61, 1 / 62 + 1 / 62, 1 / 61]
    )
    assert (fused[2][2].by_meaning, fused[2][2].by_words) == (1, 0)
