"""Where queries, keys and values come from: attention's three uses in an encoder-decoder, with numbers.

The numbers are those of a layer that is drawn at random. A trained translator's can stand in their place: it has to
hand over `States`, and nothing else of this module changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmcli.attention.drawn import Drawn
from lmcli.attention.formulas import Array, causal_mask, positions
from lmcli.attention.lesson import Sizes, even
from lmcli.attention.lessons.blocks import START

ENCODER, DECODER, C = "encoder states", "decoder states", "encoder output C"


@dataclass(frozen=True, slots=True)
class States:
    """Attention of one layer while it reads a pair: the weights of each use, (heads, from, to).

    model: whose they are; width: d of the model; source, target: the words that are read (the target begins with
    its start sign).
    """

    model: str
    width: int
    source: tuple[str, ...]
    target: tuple[str, ...]
    encoder: Array
    decoder: Array
    cross: Array


@dataclass(frozen=True, slots=True)
class Use:
    """One use of attention: where Q, K and V come from, their shapes, the mask; weights (heads, rows, columns)."""

    use: str
    query: str
    key: str
    value: str
    query_shape: tuple[int, int]
    key_shape: tuple[int, int]
    value_shape: tuple[int, int]
    mask: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: Array
    model: str


def uses(states: States) -> list[Use]:
    """The three uses, from a layer's states."""

    def use(name: str, asks: str, answers: str, mask: str, words: tuple[Sequence[str], Sequence[str]],
            weights: Array) -> Use:  # fmt: skip
        rows, columns = map(tuple, words)
        query, key = (len(rows), states.width), (len(columns), states.width)
        shapes = query, key, key
        return Use(
            name, asks, answers, answers, *shapes, mask, rows, columns, weights, states.model
        )

    s, t = states.source, states.target
    return [
        use("encoder self-attention", ENCODER, ENCODER, "padding only", (s, s), states.encoder),
        use("decoder self-attention", DECODER, DECODER, "causal", (t, t), states.decoder),
        use("cross-attention", DECODER, C, "padding only", (t, s), states.cross),
    ]


def drawn_states(
    source: tuple[str, ...], target: tuple[str, ...], d: int = 64, heads: int = 4, seed: int = 0
) -> States:
    """The states of one encoder and one decoder layer whose weights are drawn at random: the seam to a trained one."""
    for words in (source, target):
        Sizes(words, even(d), heads).check()
    target = (START, *target)
    drawn = Drawn(seed, d, halves=False)
    x, y = (drawn.words(words) + positions(len(words), d) for words in (source, target))
    encoder, decoder = drawn.encoder(heads, pre=False), drawn.decoder(heads, pre=False)
    C, mask = encoder(x), causal_mask(len(target))
    asked = decoder.norm1(y + decoder.attention(y, mask=mask))
    return States(
        f"drawn at random (seed {seed}), nothing was learnt",
        d,
        source,
        target,
        encoder.attention.attended(x).weights,
        decoder.attention.attended(y, mask=mask).weights,
        decoder.cross.attended(asked, C).weights,
    )
