"""What of a text's attention is shown: one matrix, all heads, one token's view, the rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lmcli.attention.reading import Attention, Weights, places_of, rollout, selected

VIEWS = ("matrix", "heads", "tokens", "rollout")


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show. `layer` and `head` count from 1, None is the mean over all; `source` is a word."""

    view: str = "matrix"
    layer: int | None = None
    head: int | None = None
    source: str | None = None
    special: bool = True


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


def view(attention: Attention, choice: Choice) -> list[Any]:
    """The rows of a view: one `Matrix`, or one a head (heads), or a `Look` (from a word).

    Without special tokens their rows and columns are left out; what remains is not scaled up.
    Raises BadUsage for a layer or head that the model lacks, NoAnswer for a word that is not in the text.
    """
    if choice.view == "heads":
        layers, heads = attention.weights.shape[:2]
        return [
            _matrix(attention, selected(attention.weights, layer, head), choice, layer, head)
            for layer in _numbers(choice.layer, layers)
            for head in _numbers(choice.head, heads)
        ]
    if choice.view == "rollout":
        layer, head, weights = None, None, rollout(attention.weights)
    else:
        layer, head = choice.layer, choice.head
        weights = selected(attention.weights, layer, head)
    if choice.source is None:
        return [_matrix(attention, weights, choice, layer, head)]
    rows = places_of(choice.source, attention)
    kept = _kept(attention, choice)
    tokens = tuple(attention.tokens[i] for i in kept)
    return [Look(choice.source, tokens, layer, head, weights[rows].mean(axis=0)[kept])]


def _numbers(chosen: int | None, count: int) -> list[int]:
    return list(range(1, count + 1)) if chosen is None else [chosen]


def _kept(attention: Attention, choice: Choice) -> list[int]:
    special = attention.encoding.special
    return [i for i in range(len(special)) if choice.special or not special[i]]


def _matrix(
    attention: Attention, weights: Weights, choice: Choice, layer: int | None, head: int | None
) -> Matrix:
    kept = _kept(attention, choice)
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
        return "attention rollout, all layers"
    parts = [
        f"layer {layer}" if layer else "mean of all layers",
        f"head {head}" if head else "mean of the heads",
    ]
    return "attention, " + ", ".join(parts)
