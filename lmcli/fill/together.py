"""A language model and n-grams of characters that fill Chinese masks together.

The vocabulary of a language model joins characters: where 头发 is one token, the mask of 她的[MASK]发很长 has none. The
n-grams know such words, and the language model what the sentence means. (A product of experts, Hinton 2002.)
"""

from __future__ import annotations

import numpy as np

from lmcli.fill.gaps import Gapped, Word
from lmcli.fill.ngrams.characters import CharacterNGrams
from lmcli.fill.sides import CANDIDATES, BothSides
from lmcli.nn.decoding.logits import log_softmax

# Parts of the log probabilities that are added; chosen on 100 sentences and 120 of news and reviews: docs/fill.md.
READS, COUNTS = 0.5, 0.6


class Together:
    """Both asked for candidates, whose scores are added; what one of them lacks is as bad there as its worst."""

    def __init__(self, decoder: BothSides, ngrams: CharacterNGrams) -> None:
        self.parts = (decoder, ngrams)
        self.name = f"{decoder.name} with {ngrams.name}"
        self.says = f"{decoder.says}; {ngrams.name} counts which characters stand together"

    def words(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k best words for one mask, each with its log probability among the candidates; other masks stay open."""
        return self._weighed(gapped, place)[:k]

    def loss(self, gapped: Gapped, place: int, word: str) -> float | None:
        """-ln of the share that a word has among the candidates; None for one that neither knows."""
        found = {one.token: one.logprob for one in self._weighed(gapped, place, word)}
        return -found[word] if word in found else None

    def left_only(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """What the language model alone says after the left part."""
        return self.parts[0].left_only(gapped, place, k)

    def _weighed(self, gapped: Gapped, place: int, also: str = "") -> list[Word]:
        """All candidates, the best first; `also` is one of them where one of the two knows it."""
        decoder, ngrams = self.parts
        if not ngrams.knows(gapped.text()):
            found = decoder.words(gapped, place, CANDIDATES)
            loss = decoder.loss(gapped, place, also) if also else None
            return found if loss is None else [*found, Word(also, -loss)]
        read = {one.token: one.logprob for one in decoder.words(gapped, place, CANDIDATES)}
        if also and also not in read and (loss := decoder.loss(gapped, place, also)) is not None:
            read[also] = -loss
        counted = ngrams.logprobs(gapped, place, read)
        likely = sorted(counted, key=lambda word: -counted[word])[:CANDIDATES]
        words = list(dict.fromkeys([*read, *likely, *({also} & counted.keys())]))
        least = min(read.values()), min(counted[word] for word in likely)
        scores = [
            READS * read.get(word, least[0]) + COUNTS * counted.get(word, least[1])
            for word in words
        ]
        shares = log_softmax(np.array(scores, np.float32))
        return [Word(words[at], float(shares[at])) for at in np.argsort(-shares, kind="stable")]
