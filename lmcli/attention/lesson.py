"""Attention step by step on a few words, with numbers small enough to follow by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmcli.attention.formulas import (
    Array,
    Linear,
    MultiHead,
    attend,
    causal_mask,
    join_heads,
    positions,
    shift_map,
    split_heads,
)
from lmcli.frame.errors import BadUsage, NoAnswer

LONGEST = 12  # words


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, its formula, what the rows and columns of `values` stand for."""

    step: str
    formula: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array


@dataclass(frozen=True, slots=True)
class Position:
    """The encoding of one position."""

    position: int
    encoding: Array


@dataclass(frozen=True, slots=True)
class Shift:
    """The matrix M with P[p + shift] = P[p] M for all positions p, and the largest difference left."""

    shift: int
    map: Array
    error: float


def walk(text: str, d: int = 4, heads: int = 1, causal: bool = False, seed: int = 0) -> list[Step]:
    """Self-attention over the words of a text, step by step; several heads end with their joining.

    Vectors and matrices of width d are drawn at random, to halves: the arithmetic is the lesson, nothing
    was learnt. The same word has the same vector. Raises BadUsage for sizes that do not fit.
    """
    words = text.split()
    if not words:
        raise NoAnswer("there are no words in the text")
    if len(words) > LONGEST:
        raise BadUsage(f"{len(words)} words are too many to follow", f"take {LONGEST} at most")
    if d % heads:
        raise BadUsage(f"{heads} heads cannot share {d} features", "the width must be a multiple")
    rng = np.random.default_rng(seed)
    vectors = {word: _halves(rng, d) for word in dict.fromkeys(words)}
    X = np.stack([vectors[word] for word in words])
    parts = [Linear(_halves(rng, d, d), np.zeros(d)) for _ in range(4 if heads > 1 else 3)]
    return _Walk(tuple(words), causal).steps(X, parts, heads)


def _halves(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers from -1 to 1 in steps of a half."""
    values: Array = rng.integers(-2, 3, shape) / 2
    return values


@dataclass(frozen=True, slots=True)
class _Walk:
    words: tuple[str, ...]
    causal: bool

    def steps(self, X: Array, parts: Sequence[Linear], heads: int) -> list[Step]:
        features = _names(X.shape[1])
        steps = [self._step("X", "one row a word", features, X)]
        projected = [part(X) for part in parts[:3]]
        for name, part, value in zip("QKV", parts, projected, strict=False):
            steps.append(Step(f"W_{name}", "learnt", features, features, part.W))
            steps.append(self._step(name, f"{name} = X W_{name}", features, value))
        if heads == 1:
            return steps + self._attention(projected[0], projected[1], projected[2], "")
        Q, K, V = (split_heads(value, heads) for value in projected)
        for h in range(heads):
            steps += self._attention(Q[h], K[h], V[h], f" {h + 1}")
        module = MultiHead(parts[0], parts[1], parts[2], parts[3], heads)
        joined = join_heads(module.attended(X, mask=self._mask).output)
        steps.append(self._step("heads", "Concat(head 1 ... head h)", features, joined))
        steps.append(Step("W_O", "learnt", features, features, parts[3].W))
        return [
            *steps,
            self._step("output", "Concat(heads) W_O", features, module(X, mask=self._mask)),
        ]

    def _attention(self, Q: Array, K: Array, V: Array, head: str) -> list[Step]:
        """From Q, K and V of one head to its output."""
        size = Q.shape[1]
        features = _names(size)
        found = attend(Q, K, V, self._mask)
        parts = []
        if head:
            given = zip("QKV", (Q, K, V), strict=True)
            parts = [
                self._step(f"{n}, head{head}", f"{n}'s own columns", features, v) for n, v in given
            ]
        scaled = f"Q K^T / sqrt({size})" + (", -inf for what comes later" if self.causal else "")
        return [
            *parts,
            self._step(f"scores{head}", "Q K^T", self.words, Q @ K.T),
            self._step(f"scaled{head}", scaled, self.words, found.scores),
            self._step(f"weights{head}", "softmax, each row sums to 1", self.words, found.weights),
            self._step(
                f"output{head}" if not head else f"head{head}", "weights V", features, found.output
            ),
        ]

    @property
    def _mask(self) -> Any:
        return causal_mask(len(self.words)) if self.causal else None

    def _step(self, name: str, formula: str, columns: tuple[str, ...], values: Array) -> Step:
        return Step(name, formula, self.words, columns, values)


def _names(count: int) -> tuple[str, ...]:
    """The names of the features: 1 to `count`."""
    return tuple(map(str, range(1, count + 1)))


def encodings(n: int, d: int) -> list[Position]:
    """The sinusoidal encodings of n positions. Raises BadUsage for an odd width."""
    return [Position(p, row) for p, row in enumerate(positions(n, _even(d)))]


def shifted(n: int, d: int, k: int) -> Shift:
    """The map that moves every position by k, tried on n positions. Raises BadUsage for an odd width."""
    P = positions(n + k, _even(d))
    M = shift_map(k, d)
    return Shift(k, M, float(np.abs(P[:n] @ M - P[k:]).max()))


def _even(d: int) -> int:
    if d % 2:
        raise BadUsage(f"a width of {d} is odd", "sines and cosines come in pairs")
    return d
