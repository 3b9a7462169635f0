"""Chinese masks filled by n-grams of characters, both sides counted: what there is where no larger model is.

A sentence's probability is the product of P(character | the three before it), smoothed as Witten and Bell (1991) do;
a word fits a mask as well as the sentence is probable with it. Words of two and three characters compete with single
ones in the same sum. The counts are made anew from the model's sentences, in some tenths of a second.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from lmcli.fill.gaps import HAN, Gapped, Word
from lmcli.frame.errors import BadInput, ModelError, quoted
from lmcli.frame.models import Model
from lmcli.frame.text.traditional import folded
from lmcli.nn.decoding.logits import log_softmax
from lmcli.nn.tokens.grams import Floats, Grams, Ids, windows_of

TASK = "character-ngrams"
SENTENCES, WORDS = "sentences.txt.gz", "words.txt"
ORDER = 4
ENDS = re.compile(r"[。！？；…!?;\n]+|\.(?!\d)")
COMMAS = str.maketrans(",:", "，：")
UNKNOWN, BEGIN, END = range(3)

Lengths = list[tuple[Ids, Ids]]


class CharacterNGrams:
    """The n-grams of sentences up to four characters; `words` are those of several characters that may fill masks."""

    def __init__(self, name: str, sentences: Sequence[str], words: Sequence[str]) -> None:
        self.name = name
        self.says = f"{name} knows which characters stand together, not what a sentence means"
        parts = [part for sentence in sentences for part in ENDS.split(plain(sentence)) if part]
        self._ids = {sign: at for at, sign in enumerate(sorted(set("".join(parts))), END + 1)}
        self._size = len(self._ids) + END + 1
        text = np.array([at for part in parts for at in (BEGIN, *self._numbers(part), END)])
        self._singles = np.bincount(text, minlength=self._size)
        self._grams = [
            Grams.counted(_inside(windows_of(text, size)), self._size)
            for size in range(2, ORDER + 1)
        ]
        characters = [sign for sign in self._ids if HAN.fullmatch(sign)]
        self._words = [*characters, *(word for word in words if self._ids.keys() >= set(word))]
        self._known = frozenset(self._words)

    @classmethod
    def open(cls, model: Model) -> CharacterNGrams:
        """The n-grams of a model folder. Raises ModelError where it is damaged."""
        try:
            text = gzip.decompress((model.folder / SENTENCES).read_bytes()).decode("utf-8")
            words = (model.folder / WORDS).read_text(encoding="utf-8").split()
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise ModelError(f"{model.folder} is damaged: {error}", "lmcli models verify") from None
        if not HAN.search(text):
            raise ModelError(f"{model.folder} holds no Chinese sentences", "lmcli models verify")
        return cls(model.name, text.splitlines(), words)

    def words(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k best words for one mask, each with its log probability among all words; other masks stay open."""
        found = self.logprobs(gapped, place)
        best = sorted(found, key=lambda word: -found[word])[:k]
        return [Word(word, found[word]) for word in best]

    def loss(self, gapped: Gapped, place: int, word: str) -> float | None:
        """-ln of a word's share; None for one with a character that never stood in the sentences."""
        logprob = self.logprobs(gapped, place, [plain(word)]).get(plain(word))
        return None if logprob is None else -logprob

    def knows(self, text: str) -> bool:
        """Whether a Chinese character that it knows stands in a text."""
        return any(sign in self._ids and HAN.match(sign) for sign in plain(text))

    def logprobs(self, gapped: Gapped, place: int, also: Iterable[str] = ()) -> dict[str, float]:
        """Of every word the log of its share of the sentences that fill one mask; also of others, as far as known.

        Raises BadInput for a text of which it knows no character.
        """
        if not self.knows(gapped.text()):
            raise BadInput(
                f"{self.name} knows no Chinese character of {quoted(gapped.text(), 40)}",
                "it reads Chinese; lmcli models pull qwen reads more",
            )
        sides = self._around(gapped, place)
        more = [word for word in also if word not in self._known and self._ids.keys() >= set(word)]
        scores = np.concatenate(
            [self._scores(*sides, self._by_length), self._scores(*sides, self._lengths(more))]
        )
        shares = log_softmax(scores.astype(np.float32))
        return dict(zip([*self._words, *more], shares.tolist(), strict=True))

    def left_only(self, gapped: Gapped, place: int, k: int) -> list[Word]:
        """The k likeliest characters after the left part, with their log probabilities."""
        left, _ = self._around(gapped, place)
        characters = [word for word in self._words if len(word) == 1]
        rows = _rows(left, self._matrix(characters), [])
        scores = np.log(self._probability(rows[:, -ORDER:]))
        return [
            Word(characters[at], float(scores[at])) for at in np.argsort(-scores, kind="stable")[:k]
        ]

    def _scores(self, left: Sequence[int], right: Sequence[int], words: Lengths) -> Floats:
        """The log probability of each word and of what stands behind it."""
        scores = np.zeros(sum(len(places) for places, _ in words))
        for places, ids in words:
            rows = _rows(left, ids, right)
            for end in range(len(left) + 1, rows.shape[1] + 1):
                gram = rows[:, max(end - ORDER, 0) : end]
                scores[places] += np.log(self._probability(gram))
        return scores

    def _around(self, gapped: Gapped, place: int) -> tuple[list[int], list[int]]:
        """The characters before and behind a mask that can matter, as numbers; behind, none from an open mask on."""
        hidden = "\0"  # stands in no sentence
        before = ENDS.split(plain(gapped.before(place, hidden)))[-1]
        after = plain(gapped.after(place, hidden))
        end = ENDS.search(after)
        right = [*self._numbers(after[: end.start()] if end else after), END][: ORDER - 1]
        if hidden in after[: len(right)]:
            right = right[: after.index(hidden)]
        return [BEGIN, *self._numbers(before)][1 - ORDER :], right

    def _numbers(self, text: str) -> list[int]:
        return [self._ids.get(sign, UNKNOWN) for sign in text]

    def _matrix(self, words: Sequence[str]) -> Ids:
        return np.array([self._numbers(word) for word in words], np.int64)

    @cached_property
    def _by_length(self) -> Lengths:
        return self._lengths(self._words)

    def _lengths(self, words: Sequence[str]) -> Lengths:
        """The words' places and characters (words, length), for each length."""
        lengths = np.array([len(word) for word in words])
        found = []
        for length in sorted(set(lengths.tolist())):
            places = np.flatnonzero(lengths == length)
            found.append((places, self._matrix([words[at] for at in places.tolist()])))
        return found

    def _probability(self, grams: Ids) -> Floats:
        """P(last | those before) of each row (rows, 1 to ORDER), the shorter contexts mixed in by T/(N+T)."""
        found: Floats = (self._singles[grams[:, -1]] + 1) / (self._singles.sum() + self._size)
        for size, counted in zip(range(2, grams.shape[1] + 1), self._grams, strict=False):
            found = counted.mixed(grams[:, -size:], found)
        return found


def plain(text: str) -> str:
    """A text as it is counted: simplified, small letters, no blanks."""
    return "".join(folded(text).lower().translate(COMMAS).split())


def _inside(windows: Ids) -> Ids:
    """Those that lie in one sentence."""
    found: Ids = windows[(windows[:, 1:] != BEGIN).all(axis=1)]
    return found


def _rows(left: Sequence[int], words: Ids, right: Sequence[int]) -> Ids:
    """Each word between the two sides: (words, left + length + right)."""
    sides = [
        np.broadcast_to(np.array(side, np.int64), (len(words), len(side))) for side in (left, right)
    ]
    return np.hstack([sides[0], words, sides[1]])
