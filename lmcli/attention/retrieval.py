"""Retrieval and attention side by side: the same query, keys and values, once by hand, once by the formula.

Retrieval gives the value of the document whose key fits best (hard); attention mixes all values, by a softmax of the
same products (soft). With the temperature sqrt(d) the soft one is `formulas.attend` to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmcli.attention.formulas import Array, attend, softmax
from lmcli.frame.errors import BadUsage

# Three documents of the course's kind: what each is found by (key), what it answers (value).
FEATURES = ("fast", "roomy", "cheap", "green")
DOCUMENTS = ("sports car", "family van", "electric car")
KEYS = np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [1.0, 0.0, 0.0, 2.0]])
FIELDS = ("year", "seats", "price")
VALUES = np.array([[2021.0, 2.0, 61.0], [2022.0, 7.0, 33.0], [2024.0, 4.0, 40.0]])  # price in 1000

COMPARED = (  # what a word means in retrieval, and in attention
    ("query", "the question, as a vector", "x W_Q: one a token"),
    ("key", "what a document is found by: one a document, of its title or text", "x W_K: one a token"),
    ("value", "what is answered: text or fields, not a vector", "x W_V: a vector that is mixed"),
    ("weights", "1 for the best k, 0 for the others", "softmax: all above 0, sum 1"),
    ("learning", "no gradient through the choice: encoder and store stand apart", "W_Q, W_K, W_V learn"),
    ("memory", "millions of documents, outside of the model", "the tokens of its context"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the documents: the temperature of its softmax (0: hard), scores q K^T and weights (one a
    document), and the value that is read (one number a field)."""

    way: str
    temperature: float
    documents: tuple[str, ...]
    scores: Array
    fields: tuple[str, ...]
    weights: Array
    value: Array


def query_of(weights: dict[str, float]) -> Array:
    """The query (4) that asks for features by weight."""
    return np.array([weights.get(name, 0.0) for name in FEATURES])


def read(query: Array, temperatures: tuple[float, ...]) -> list[Reading]:
    """The three documents read for a query: hard, soft at each temperature, and by attention's own formula."""
    scores = KEYS @ query
    hard = np.zeros(len(KEYS))
    hard[int(np.argmax(scores))] = 1.0  # the first of those that are equal

    def row(way: str, temperature: float, weights: Array, value: Array) -> Reading:
        return Reading(way, temperature, DOCUMENTS, scores, FIELDS, weights, value)

    soft = [softmax(scores / temperature) for temperature in temperatures]
    found = attend(query[None], KEYS, VALUES)
    return [
        row("hard", 0.0, hard, hard @ VALUES),
        *(
            row("soft", t, weights, weights @ VALUES)
            for t, weights in zip(temperatures, soft, strict=True)
        ),
        row("attention", float(np.sqrt(KEYS.shape[1])), found.weights[0], found.output[0]),
    ]


def asked(text: str) -> dict[str, float]:
    """Features by weight, as they are typed: fast=2,cheap. Raises BadUsage."""
    found: dict[str, float] = {}
    for part in filter(None, map(str.strip, text.replace("，", ",").split(","))):
        name, _, weight = part.partition("=")
        if name not in FEATURES:
            raise BadUsage(f"no feature is called {name!r}", f"known: {', '.join(FEATURES)}")
        try:
            found[name] = float(weight or 1)
        except ValueError:
            found[name] = float("nan")
        if not np.isfinite(found[name]):
            raise BadUsage(f"{weight!r} is no number", "as in fast=2,green")
    return found
