"""What of a text's attention is shown: one matrix, all heads, one token's view, the rollout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

import numpy as np

from lmcli.attention.choosing import Link, Pick, pick
from lmcli.attention.reading import Attention, Weights, places_of, rollout, selected
from lmcli.attention.words import Word, between, words_of
from lmcli.frame.locale import said, told

VIEWS = ("matrix", "heads", "tokens", "rollout")


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show. `layer` and `head` count from 1, None is the mean over all; `source` is a word."""

    view: str = "matrix"
    layer: int | None = None
    head: int | None = None
    source: str | None = None
    special: bool = True
    pick: bool = False  # where neither layer nor head is named, the head that shows most


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weights from each token to each token; layer or head is None for the mean over all."""

    tokens: tuple[str, ...]
    layer: int | None
    head: int | None
    weights: Weights

    PLAIN: ClassVar[tuple[str, ...]] = ("tokens", "layer", "head", "weights")


@dataclass(frozen=True, slots=True)
class Look:
    """Weights from one word, `source`, to each token."""

    source: str
    tokens: tuple[str, ...]
    layer: int | None
    head: int | None
    weights: Weights


@dataclass(frozen=True, slots=True)
class ChosenMatrix(Matrix):
    """A matrix of a head that was chosen, and why."""

    chosen: str


@dataclass(frozen=True, slots=True)
class ChosenLook(Look):
    """What a word looks at in a head that was chosen, and why that one."""

    chosen: str


@dataclass(frozen=True, slots=True)
class Picked:
    """The head that was chosen because it shows most, its weights, and a picture of its words.

    chosen: why this head. links: its strongest ones from word to word, with the share of all attention. words: what the
    picture shows; scaled: (word, word), how a word divides its attention among the others, rows sum to 1; apart: what
    stands aside (special tokens, the first of a decoder), which gets the share `rest` (word) of all attention.
    """

    tokens: tuple[str, ...]
    layer: int
    head: int
    weights: Weights
    chosen: str
    links: tuple[Link, ...]
    words: tuple[str, ...]
    scaled: Weights
    apart: tuple[str, ...]
    rest: Weights

    PLAIN: ClassVar[tuple[str, ...]] = ("tokens", "layer", "head", "weights")


def view(attention: Attention, choice: Choice) -> list[Any]:
    """The rows of a view: one `Matrix` or `Picked`, or one a head (heads), or a `Look` (from a word).

    Without special tokens their rows and columns are left out; what remains is not scaled up.
    Raises BadUsage for a layer or head that the model lacks, NoAnswer for a word that is not in the text.
    """
    if choice.view == "heads":
        layers, heads = attention.weights.shape[:2]
        return [
            _matrix(attention, selected(attention.weights, layer, head), choice, layer, head)
            for layer in _numbers_shown(choice.layer, layers)
            for head in _numbers_shown(choice.head, heads)
        ]
    if choice.view == "rollout":
        found, layer, head, weights = None, None, None, rollout(attention.weights)
    else:
        found = _head_chosen(attention, choice)
        if found and choice.view == "matrix" and choice.source is None:
            return [_picked(attention, choice, found)]
        layer, head = (found.layer, found.head) if found else (choice.layer, choice.head)
        weights = selected(attention.weights, layer, head)
    matrix = _matrix(attention, weights, choice, layer, head)
    if choice.source is None:
        if found:
            return [ChosenMatrix(matrix.tokens, layer, head, matrix.weights, found.reason)]
        return [matrix]
    rows = places_of(choice.source, attention)
    seen = weights[rows].mean(axis=0)[_places_shown(attention, choice)]
    if found:
        return [ChosenLook(choice.source, matrix.tokens, layer, head, seen, found.reason)]
    return [Look(choice.source, matrix.tokens, layer, head, seen)]


def _head_chosen(attention: Attention, choice: Choice) -> Pick | None:
    """The head that shows most, where it is asked for: none for a text of one word."""
    if not choice.pick or choice.layer or choice.head:
        return None
    return pick(attention, places_of(choice.source, attention) if choice.source else None)


def _picked(attention: Attention, choice: Choice, found: Pick) -> Picked:
    weights = selected(attention.weights, found.layer, found.head)
    whole = _matrix(attention, weights, choice, found.layer, found.head)
    words = words_of(attention)
    shares = between(weights, words)
    shown = [i for i, word in enumerate(words) if not word.apart]
    aside = [i for i, word in enumerate(words) if word.apart]
    among = shares[np.ix_(shown, shown)]
    sums = among.sum(axis=1, keepdims=True)
    return Picked(
        whole.tokens,
        found.layer,
        found.head,
        whole.weights,
        found.reason,
        found.links,
        tuple(words[i].name for i in shown),
        (among / np.where(sums > 0, sums, 1)).astype(np.float32),
        tuple(dict.fromkeys(_name_aside(attention, words[i]) for i in aside)),
        shares[np.ix_(shown, aside)].sum(axis=1),
    )


def _name_aside(attention: Attention, word: Word) -> str:
    added = attention.encoding.special[word.places[0]]
    return word.name if added else f"{word.name} (the first)"


def _numbers_shown(chosen: int | None, count: int) -> list[int]:
    return list(range(1, count + 1)) if chosen is None else [chosen]


def _places_shown(attention: Attention, choice: Choice) -> list[int]:
    special = attention.encoding.special
    return [i for i in range(len(special)) if choice.special or not special[i]]


def _matrix(
    attention: Attention, weights: Weights, choice: Choice, layer: int | None, head: int | None
) -> Matrix:
    kept = _places_shown(attention, choice)
    tokens = tuple(attention.tokens[i] for i in kept)
    return Matrix(tokens, layer, head, weights[np.ix_(kept, kept)])


def strongest(matrix: Matrix, count: int = 3) -> list[tuple[str, list[tuple[str, float]]]]:
    """For each token the tokens that it looks at most, with the weights."""
    order = np.argsort(-matrix.weights, axis=1, kind="stable")[:, :count]
    return [
        (token, [(matrix.tokens[j], float(matrix.weights[i, j])) for j in order[i]])
        for i, token in enumerate(matrix.tokens)
    ]


def title(layer: int | None, head: int | None, view: str = "matrix") -> str:
    """A heading that says which weights are shown."""
    if view == "rollout":
        return said("attention rollout, all layers")
    whose = said("layer %d") % layer if layer else said("mean of all layers")
    which = said("head %d") % head if head else said("mean of the heads")
    return said("attention, %s, %s") % (whose, which)


def in_words(row: Picked) -> list[str]:
    """The strongest links of a chosen head in words, those of one word in one line, and why it was chosen."""
    lines = []
    for source, links in groupby(row.links, key=lambda link: link.source):
        seen = ", ".join(f"{link.target} {_share(link.weight)}" for link in links)
        lines.append(f"{source} -> {seen}")
    return [*lines, why(row)]


def why(row: Picked | ChosenMatrix | ChosenLook) -> str:
    """Why the head was chosen, in a sentence."""
    return told(f"layer {row.layer}, head {row.head}: chosen because {row.chosen}")


def _share(weight: float) -> str:
    """Two decimals, as the field writes shares: .62."""
    return f"{weight:.2f}".removeprefix("0")


def picture(row: Picked) -> tuple[list[list[float]], list[str]]:
    """(the values, the names of the columns) of a chosen head's heatmap: its words, then what stands apart."""
    values = np.column_stack([row.scaled, row.rest]) if row.apart else row.scaled
    return values.tolist(), [*row.words, *([said("apart")] if row.apart else [])]


def heading(row: Picked) -> str:
    """A heading of a chosen head's picture."""
    shared = told(f"layer {row.layer}, head {row.head}: each row shared out among words")
    if not row.apart:
        return shared
    return shared + said("; apart: %s") % said(" and ").join(map(told, row.apart))
