"""Search by words: Okapi BM25 (Robertson and Zaragoza 2009), with fields that count by weight (BM25F).

score(d, q) = sum over terms t of q:  idf(t) * f (k1 + 1) / (f + k1 (1 - b + b |d| / mean |d|)),  where f is how often t
stands in d and idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5)) for n of N documents with t. A term that stands often soon
adds no more (k1), and long documents are not found for their length (b).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.text.letters import run_of_letters, spelled

K1, B = 1.2, 0.75
_HAN = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")


def terms(text: str) -> list[str]:
    """The terms of a text: words in small letters; of a run of Chinese characters each two neighbours.

    图书馆 gives 图书 and 书馆: a word is found without a dictionary that knows it. A lone character is a term.
    """
    found: list[str] = []
    for run in re.findall(run_of_letters(), spelled(text).casefold()):
        for part in _HAN.split(run):
            if _HAN.fullmatch(part):
                found += [part[i : i + 2] for i in range(max(1, len(part) - 1))]
            elif part:
                found.append(part)
    return found


class BM25:
    """Documents ready to be searched by their words; each is (text, weight) parts."""

    def __init__(self, documents: Iterable[Sequence[tuple[str, float]]]) -> None:
        lengths: list[float] = []
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for row, parts in enumerate(documents):
            counts: Counter[str] = Counter()
            for text, weight in parts:
                for term, times in Counter(terms(text)).items():
                    counts[term] += times * weight  # type: ignore[assignment]
            for term, often in counts.items():
                self._postings.setdefault(term, []).append((row, often))
            lengths.append(counts.total())
        sizes = np.array(lengths)
        self._norm = K1 * (1 - B + B * sizes / (sizes.mean() or 1)) if len(sizes) else sizes

    def scores(self, query: str) -> NDArray[np.float64]:
        """The score of each document, 0 for one without a term of the query."""
        total = np.zeros(len(self._norm))
        for term in set(terms(query)):
            if postings := self._postings.get(term):
                rows = np.array([row for row, _ in postings])
                often = np.array([times for _, times in postings])
                idf = log(1 + (len(total) - len(rows) + 0.5) / (len(rows) + 0.5))
                total[rows] += idf * often * (K1 + 1) / (often + self._norm[rows])
        return total
