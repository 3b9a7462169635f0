"""IBM's model 1 on pairs whose words are known."""

from __future__ import annotations

import numpy as np

from lmcli.translate.train.alignment import aligned


def test_words_that_come_together_are_found():
    """The house, the book, a book (Koehn 2010): e = 1 the, 2 house, 3 book, 4 a; f = 1 das, 2 Haus, 3 Buch, 4 ein."""
    sources = np.array([[1, 2, 0], [1, 3, 0], [4, 3, 0]])
    targets = np.array([[1, 2, 0, 0], [1, 3, 0, 0], [4, 3, 0, 0]])
    made = aligned(sources, targets)
    assert made.shape == targets.shape
    assert made[:, :2].tolist() == [[0, 1], [0, 1], [0, 1]]


def test_the_order_does_not_matter():
    sources = np.array([[1, 2], [3, 1], [3, 4]])
    targets = np.array([[2, 1], [1, 3], [4, 3]])
    assert aligned(sources, targets).tolist() == [[1, 0], [1, 0], [1, 0]]
