"""Masks filled: several of them jointly, by a beam over the masks, or each by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from lmcli.fill.gaps import Gapped, Word, parse
from lmcli.nn.decoding.logits import log_softmax

BEAM = 5


class Filler(Protocol):
    """A model that fills masks: `masked.MaskedModel`, `sides.BothSides`, `ngrams.characters.CharacterNGrams`."""

    name: str
    says: str

    def words(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k best words for one open mask."""
        ...

    def loss(self, gapped: Gapped, place: int, word: str) -> float | None:
        """-ln of a word's probability at one mask."""
        ...


@runtime_checkable
class Reader(Filler, Protocol):
    """One that reads from the left, and can be held against what it says there."""

    def left_only(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k likeliest words after the left part, and nothing else known."""
        ...


@dataclass(frozen=True, slots=True)
class Filling:
    """A word for a mask. `score` is its probability, `text` the sentence with it (jointly: the best such one).

    mask: which, from 1 on; rank: 1 is the best.
    """

    input: str
    mask: int
    rank: int
    token: str
    score: float
    text: str

    KEY: ClassVar[str] = "input"
    PLAIN: ClassVar[tuple[str, ...]] = ("mask", "rank", "token", "score", "text")


def fill(filler: Filler, text: str, k: int = 5, independent: bool = False) -> list[Filling]:
    """The k best words for each mask of a text. Raises BadInput for a text without masks, or with too many.

    Several masks are filled jointly: a word's score is then the share that the fillings with it have of all that the
    beam kept. independent: each mask by itself, the others open.
    """
    gapped = parse(text)
    if gapped.masks == 1 or independent:
        rows = []
        for place in range(gapped.masks):
            for rank, word in enumerate(filler.words(gapped, place, k), 1):
                whole = gapped.filled(place, word).text()
                rows.append(
                    Filling(text, place + 1, rank, word.token, math.exp(word.logprob), whole)
                )
        return rows
    return _marginals(text, beam(filler, gapped, max(BEAM, k)), k)


def beam(filler: Filler, gapped: Gapped, width: int) -> list[tuple[float, Gapped]]:
    """The best whole fillings with their log probabilities, mask after mask from the left.

    The `width` best words are tried on the BEAM best texts so far.
    """
    texts = [(0.0, gapped)]
    for place in range(gapped.masks):
        found = [
            (score + word.logprob, one.filled(place, word))
            for score, one in texts[:BEAM]
            for word in filler.words(one, place, width)
        ]
        texts = sorted(found, key=lambda pair: -pair[0])
    return texts


def _marginals(text: str, texts: list[tuple[float, Gapped]], k: int) -> list[Filling]:
    """For each mask its words by the shares of the fillings they stand in, each with the best of these."""
    import numpy as np

    shares = np.exp(log_softmax(np.array([score for score, _ in texts], np.float32)))
    rows = []
    for place in range(texts[0][1].masks):
        sums: dict[str, float] = {}
        best: dict[str, str] = {}
        for share, (_, one) in zip(shares.tolist(), texts, strict=True):
            word = one.words[place]
            assert word is not None
            sums[word.token] = sums.get(word.token, 0.0) + share
            best.setdefault(word.token, one.text())
        ranked = sorted(sums, key=lambda token: -sums[token])[:k]
        rows += [
            Filling(text, place + 1, rank, token, sums[token], best[token])
            for rank, token in enumerate(ranked, 1)
        ]
    return rows
