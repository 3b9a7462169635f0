"""Attention step by step on a few words, with numbers small enough to follow by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmcli.attention.drawn import Drawn
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

LARGEST = 1 << 20  # numbers of one step


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


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a lesson is about: words, width d of the model, heads, seed; batch: 0 for one text, else so many.

    into: the width of Q, K and V of a single head, d where it is left out.
    """

    words: tuple[str, ...]
    d: int = 4
    heads: int = 1
    seed: int = 0
    batch: int = 0
    into: int | None = None

    def check(self) -> None:
        """Raises BadUsage for sizes that do not fit, or that no one can follow."""
        if not self.words:
            raise NoAnswer("there are no words in the text")
        if self.d % self.heads:
            raise BadUsage(
                f"{self.heads} heads cannot share {self.d} features", "the width must be a multiple"
            )
        n, many = len(self.words), max(self.batch, 1)
        if max(many * self.heads * n * n, many * n * 4 * self.d, self.d**2) > LARGEST:
            sizes = f"{many} x {n} x {self.d} with {self.heads} heads"
            raise BadUsage(
                f"{sizes} is too many numbers to follow",
                f"a step holds {LARGEST} at most; lmcli attention cost measures longer texts",
            )

    def inputs(self, drawn: Drawn) -> Array:
        """The words' vectors (n, d), the same word the same; (batch, n, d) of a batch."""
        if self.batch:
            return drawn.numbers(self.batch, len(self.words), self.d)
        return drawn.words(self.words)


def walk(
    text: str | Sequence[str],
    d: int = 4,
    heads: int = 1,
    causal: bool = False,
    seed: int = 0,
    *,
    batch: int = 0,
    into: int | None = None,
) -> list[Step]:
    """Self-attention over the words of a text, step by step; several heads end with their joining.

    Vectors and matrices of width d are drawn at random, small ones to halves: the arithmetic is the lesson,
    nothing was learnt. The same word has the same vector. Raises BadUsage for sizes that do not fit.
    """
    words = tuple(text.split() if isinstance(text, str) else text)
    sizes = Sizes(words, d, heads, seed, batch, into)
    sizes.check()
    if into and heads > 1:
        raise BadUsage("several heads share the width", "leave out --into, or --heads")
    drawn = Drawn(seed, d)
    X = sizes.inputs(drawn)
    parts = [drawn.linear(d, into or d) for _ in range(4 if heads > 1 else 3)]
    return _Walk(words, causal).steps(X, parts, heads)


@dataclass(frozen=True, slots=True)
class _Walk:
    words: tuple[str, ...]
    causal: bool

    def steps(self, X: Array, parts: Sequence[Linear], heads: int) -> list[Step]:
        features, inner = names(X.shape[-1]), names(parts[0].W.shape[1])
        steps = [self._step("X", "one row a word", features, X)]
        projected = [part(X) for part in parts[:3]]
        for name, part, value in zip("QKV", parts, projected, strict=False):
            steps.append(Step(f"W_{name}", "learnt", features, inner, part.W))
            steps.append(self._step(name, f"{name} = X W_{name}", inner, value))
        if heads == 1:
            return steps + self._attention(projected[0], projected[1], projected[2], "")
        Q, K, V = (split_heads(value, heads) for value in projected)
        for h in range(heads):
            q, k, v = (part[..., h, :, :] for part in (Q, K, V))
            steps += self._attention(q, k, v, f" {h + 1}")
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
        size = Q.shape[-1]
        features = names(size)
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
            self._step(f"scores{head}", "Q K^T", self.words, Q @ np.swapaxes(K, -1, -2)),
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


def names(count: int) -> tuple[str, ...]:
    """The names of the features: 1 to `count`."""
    return tuple(map(str, range(1, count + 1)))


def encodings(n: int, d: int) -> list[Position]:
    """The sinusoidal encodings of n positions. Raises BadUsage for an odd width."""
    return [Position(p, row) for p, row in enumerate(positions(n, even(d)))]


def shifted(n: int, d: int, k: int) -> Shift:
    """The map that moves every position by k, tried on n positions. Raises BadUsage for an odd width."""
    P = positions(n + k, even(d))
    M = shift_map(k, d)
    return Shift(k, M, float(np.abs(P[:n] @ M - P[k:]).max()))


def even(d: int) -> int:
    """The width itself. Raises BadUsage for an odd one."""
    if d % 2:
        raise BadUsage(f"a width of {d} is odd", "sines and cosines come in pairs")
    return d
