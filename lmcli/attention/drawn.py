"""Vectors and weights drawn at random, for lessons: nothing in them was learnt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lmcli.attention.formulas import (
    Array,
    DecoderBlock,
    EncoderBlock,
    FeedForward,
    LayerNorm,
    Linear,
    MultiHead,
)
from lmcli.frame.errors import BadUsage

BY_HAND = 16  # the widest vectors that are drawn to halves
_WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")


def words_in(text: str) -> tuple[str, ...]:
    """The words between blanks; where a text has none, each Chinese character is a word."""
    return tuple(text.split() if re.search(r"\s", text.strip()) else _WORD.findall(text))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws for a model of width d, in the order asked for: the same seed gives the same numbers.

    Up to a width of 16 numbers are halves from -1 to 1, to be followed by hand. Wider ones are normal, and weights
    scaled as Glorot and Bengio (2010) do, so that no softmax takes one word alone. `halves` overrules.
    """

    seed: int
    d: int
    halves: bool | None = None
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise BadUsage(f"a seed of {self.seed} is negative", "seeds count from 0")
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))

    def numbers(self, *shape: int) -> Array:
        """Vectors of the size asked for."""
        values: Array
        if self.d <= BY_HAND if self.halves is None else self.halves:
            values = self.rng.integers(-2, 3, shape) / 2
        else:
            values = self.rng.normal(size=shape)
        return values

    def words(self, words: Sequence[str]) -> Array:
        """A row for each word (n, d); the same word has the same."""
        vectors = {word: self.numbers(self.d) for word in dict.fromkeys(words)}
        return np.stack([vectors[word] for word in words])

    def linear(self, d_in: int, d_out: int) -> Linear:
        """A projection without bias."""
        by_hand = self.d <= BY_HAND if self.halves is None else self.halves
        scale = 1.0 if by_hand else np.sqrt(2 / (d_in + d_out))
        return Linear(self.numbers(d_in, d_out) * scale, np.zeros(d_out))

    def heads(self, heads: int) -> MultiHead:
        """Multi-head attention: W_Q, W_K, W_V, W_O."""
        query, key, value, output = (self.linear(self.d, self.d) for _ in range(4))
        return MultiHead(query, key, value, output, heads)

    def norm(self) -> LayerNorm:
        """A norm as training begins: gain 1, bias 0."""
        return LayerNorm(np.ones(self.d), np.zeros(self.d))

    def feed_forward(self) -> FeedForward:
        """The two layers at each position: d to 4 d and back."""
        return FeedForward(self.linear(self.d, 4 * self.d), self.linear(4 * self.d, self.d))

    def encoder(self, heads: int, pre: bool) -> EncoderBlock:
        """A layer of the encoder."""
        attention, feed = self.heads(heads), self.feed_forward()
        return EncoderBlock(attention, self.norm(), feed, self.norm(), pre)

    def decoder(self, heads: int, pre: bool) -> DecoderBlock:
        """A layer of the decoder."""
        attention, cross, feed = self.heads(heads), self.heads(heads), self.feed_forward()
        return DecoderBlock(attention, self.norm(), cross, self.norm(), feed, self.norm(), pre)
