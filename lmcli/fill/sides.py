"""A masked word filled by a model that reads from left to right, made to look to both sides.

1. Candidates: the words that the decoder expects after prompts that show the whole sentence with a gap and then its
   left part again, so that they know the right part too; the left part alone has its say, which long sentences need.
2. Each candidate is scored by log P(left word right): its own log probability after the left part, then those of the
   tokens on the right, all candidates as rows of one batch on copies of what was read of the left part. Rows that
   fall far behind are dropped.
3. Instead of its own log probability alone a candidate has parts of those of the prompts, at the start of a text the
   prompt's only: nothing stands on the left. (A product of experts, Hinton 2002, with fitted weights.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.fill.gaps import HAN, Gapped, Word
from lmcli.fill.prompt import ENGLISH, OF_CHINESE
from lmcli.frame.errors import BadInput
from lmcli.nn.decoding.context import read_on
from lmcli.nn.decoding.logits import likeliest, log_softmax
from lmcli.nn.decoding.model import LanguageModel

GAP = "___"
CANDIDATES = 36
BEHIND = 8.0  # nats behind the best at which a candidate is dropped
LOOKED_AT = 2000  # tokens that may be words
SIGHT = 24  # tokens on the right that are scored

# Parts of the log probabilities that are added: of the left part alone, of the prompt, of a mere copy. Chosen on 179
# sentences and 70 of news; docs/fill.md has the figures. What a text starts with says nothing of this sentence.
INSIDE = np.array((0.65, 0.65, 0.2))
AT_START = np.array((0.0, 0.85, 0.0))
CHOOSING = np.array((0.3, 0.7, 0.2))  # candidates inside: the prompts know the right side


WORD = re.compile(r"\w+")

Logprobs = NDArray[np.float64]


class BothSides:
    """A decoder that fills masks; `words` of a vocabulary, where given, tell words from pieces of words."""

    def __init__(
        self, model: LanguageModel, words: Iterable[str] = (), chinese: bool = False
    ) -> None:
        self.model = model
        self.name = model.name
        self.says = f"{model.name} reads from the left, and is made to look to both sides"
        self._known = frozenset(words)
        self._chinese = chinese
        self._prompt = OF_CHINESE if chinese else ENGLISH
        self._shown: dict[bool, tuple[Any, int]] = {}

    def words(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k best words for one mask, each with its log probability among the candidates; other masks stay open."""
        left = gapped.before(place, GAP)
        after = gapped.after(place, GAP)
        spaced = self._spaced(left)
        tokens, scores = self.scored(left, after, spaced)
        shares = log_softmax(scores.astype(np.float32))
        order = np.argsort(-scores, kind="stable")[:k]
        return [Word(self._tables[spaced][tokens[i]], float(shares[i])) for i in order]

    def loss(self, gapped: Gapped, place: int, word: str) -> float | None:
        """-ln of the share that a word has among the candidates and itself; None for a word of several tokens."""
        left = gapped.before(place, GAP)
        spaced = self._spaced(left)
        own = [t for t, w in self._tables[spaced].items() if w == word]
        if not own:
            return None
        tokens, scores = self.scored(left, gapped.after(place, GAP), spaced, own[:1])
        return -float(log_softmax(scores.astype(np.float32))[tokens.index(own[0])])

    def scored(
        self, left: str, after: str, spaced: bool, also: Sequence[int] = ()
    ) -> tuple[list[int], Logprobs]:
        """Candidates for the gap between two texts, and their scores (natural logs)."""
        stem = left.rstrip() if spaced else left
        ids = [*self._start, *self._ids(stem)]
        right = self._ids(after.split(GAP, maxsplit=1)[0].rstrip())[:SIGHT]
        self._fits(len(ids) + 1 + len(right))
        cache, plain = self._read(ids)
        few, copy = self._asked(stem, f"{left}{GAP}{after}") or (plain, plain)
        looks = np.stack([plain, few, copy])
        seen, start = left + after, not stem.strip()
        choosing, weights = (AT_START, AT_START) if start else (CHOOSING, INSIDE)
        words = self._best(choosing @ looks, spaced, LOOKED_AT)
        order = np.argsort(-self._weighed(choosing, looks, words, spaced, seen), kind="stable")
        tokens = self._different([*also, *(words[i] for i in order)], spaced)[:CANDIDATES]
        if not tokens:
            raise BadInput(f"{self.name} knows no word for this place", "fill it by hand")
        own = self._weighed(weights, looks, tokens, spaced, seen)
        return tokens, self._with_right(cache, len(ids), tokens, own, right)

    def left_only(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k words that are likeliest after the left part, and nothing else known: what GPT sees."""
        left = gapped.before(place, GAP)
        spaced = left.endswith((" ", "\n", "\t")) and not self._chinese
        ids = [*self._start, *self._ids(left.rstrip() if spaced else left)]
        self._fits(len(ids))
        _, plain = self._read(ids)
        tokens = self._best(plain, spaced, k)
        return [Word(self._tables[spaced][token], float(plain[token])) for token in tokens]

    def _asked(self, left: str, whole: str) -> tuple[Logprobs, Logprobs] | None:
        """Two looks at the whole sentence: the missing word's log probabilities after shots, and after a mere copy.

        At the start of a text a copy tells nothing, and is not read: both are those after shots. None where the model
        cannot read as much.
        """
        start = not left.strip()
        cache, shots = self._shown.get(start) or self._shown.setdefault(start, self._show(start))
        between = "" if start else self._prompt.between  # a first word brings its own space
        question = self._ids(self._prompt.ask.format(whole) + between + left)
        copy = [] if start else [*self._start, *self._ids(f"{whole}\n{left}")]
        if max(shots + len(question), len(copy)) >= self.model.context:
            return None
        cache.lengths[:] = shots
        few = log_softmax(read_on(self.model.decoder, cache, question))
        return few, self._read(copy)[1] if copy else few

    def _show(self, start: bool) -> tuple[Any, int]:
        """A cache that has read as many examples as leave half of the context to the text, and their tokens."""
        prompt, ids = self._prompt, list[int]()
        for text, answer in prompt.at_start if start else prompt.inside:
            said = prompt.between + text.replace(GAP, answer) + prompt.end
            shot = self._ids(prompt.ask.format(text) + said)
            if len(ids) + len(shot) < self.model.context // 2:
                ids += shot
        cache = self.model.decoder.cache(1, len(ids) + 2)
        if ids:
            read_on(self.model.decoder, cache, ids)
        return cache, len(ids)

    def _with_right(
        self, cache: Any, length: int, tokens: list[int], scores: Logprobs, right: list[int]
    ) -> Logprobs:
        """The scores with log P(right | left, token) added; those that fall BEHIND the best stay as far behind it."""
        total, alive, behind = scores.copy(), np.arange(len(tokens)), np.zeros(len(tokens))
        rows = self.model.decoder.cache(len(tokens), length + len(right) + 1)
        rows.copy_from(cache, length)
        feed = np.array(tokens)
        for at, following in enumerate(right):
            logits = self.model.decoder.run(rows, feed[:, None])
            total[alive] += _logprob(logits, following)
            stay = total[alive] >= total[alive].max() - BEHIND
            if stay.sum() < 0.85 * len(alive) and at + 1 < len(right):
                behind[alive[~stay]] = total[alive].max() - total[alive[~stay]]
                rows, alive = rows.chosen(np.flatnonzero(stay)), alive[stay]
            feed = np.full(len(alive), following)
        return np.where(behind > 0, total[alive].max() - behind, total)

    def _read(self, ids: list[int]) -> tuple[Any, Logprobs]:
        """A cache that holds ids, and the log probabilities of what comes next."""
        cache = self.model.decoder.cache(1, len(ids) + 2)
        return cache, log_softmax(read_on(self.model.decoder, cache, ids))

    def _ids(self, text: str) -> list[int]:
        return self.model.tokenizer.ids(text, special=False) if text else []

    @cached_property
    def _start(self) -> list[int]:
        """What every text begins with: the token that ends one, which stood between texts in training."""
        bos = self.model.tokenizer.special_id("bos")
        end = self.model.tokenizer.id("<|endoftext|>")
        found = end if end is not None else bos
        if found is None:
            found = min(self.model.ends, default=None)
        return [] if found is None else [found]

    def _fits(self, count: int) -> None:
        if count > self.model.context:
            raise BadInput(
                f"the text is too long for {self.name}, which reads {self.model.context} tokens",
                "cut it to the sentences around the mask",
            )

    def _spaced(self, left: str) -> bool:
        """Whether a word behind `left` brings a space: at the start too, where more words are one token with it."""
        return not self._chinese and (not left.strip() or left.endswith((" ", "\n", "\t")))

    def _weighed(
        self, weights: Logprobs, looks: Logprobs, tokens: list[int], spaced: bool, text: str
    ) -> Logprobs:
        """The weighted sums of the looks at some tokens, less where a word stands in the text."""
        seen = text if self._chinese else set(WORD.findall(text.lower()))
        words = [self._tables[spaced][token].lower() for token in tokens]
        free = self._prompt.free.split()
        repeated = np.array([word in seen and word not in free for word in words], bool)
        found: Logprobs = weights @ looks[:, tokens] + self._prompt.repeated * repeated
        return found

    def _best(self, scores: Logprobs, spaced: bool, k: int) -> list[int]:
        """The k likeliest tokens that are words, one a word whatever its case."""
        order = likeliest(scores, min(LOOKED_AT, len(scores))).tolist()
        return self._different(order, spaced)[:k]

    def _different(self, tokens: Iterable[int], spaced: bool) -> list[int]:
        table, chosen = self._tables[spaced], dict[str, int]()
        for token in tokens:
            if token in table:
                chosen.setdefault(table[token].lower(), token)
        return list(chosen.values())

    @cached_property
    def _tables(self) -> dict[bool, dict[int, str]]:
        """The tokens that are words, with a space before them (True) or without."""
        tables: dict[bool, dict[int, str]] = {True: {}, False: {}}
        tokenizer = self.model.tokenizer
        for token in range(tokenizer.size):
            text = tokenizer.readable_id(token)
            word = text.removeprefix(" ")
            if self._is_word(word):
                tables[word != text][token] = word
        return tables

    def _is_word(self, word: str) -> bool:
        if self._chinese:
            return HAN.fullmatch(word) is not None
        if not (word.isalpha() and word.isascii()):
            return False
        if len(word) == 1:
            return word in "aIA"
        return not self._known or word.lower() in self._known


def _logprob(logits: NDArray[np.float32], token: int) -> Logprobs:
    """The log probability of one token in each row of logits."""
    top = logits.max(axis=1)
    sums = np.exp(logits - top[:, None]).sum(axis=1, dtype=np.float64)
    found: Logprobs = logits[:, token].astype(np.float64) - top - np.log(sums)
    return found
