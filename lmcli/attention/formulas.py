"""The transformer's formulas in numpy (Vaswani et al. 2017, "Attention is all you need").

Arrays carry the sequence in their last axis but one and the features in their last; axes before those
(a batch, heads) pass through. n and m are the lengths of the sequences that look and that are looked at,
d is the width of the model, h the number of heads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def softmax(x: Array) -> Array:
    """exp(x) / sum exp(x) along the last axis; a row that is -inf throughout gives zeros."""
    top = np.max(x, axis=-1, keepdims=True)
    raised = np.exp(
        x - np.where(np.isfinite(top), top, 0)
    )  # the largest becomes exp(0): no overflow
    total = raised.sum(axis=-1, keepdims=True)
    return raised / np.where(total == 0, 1, total)


@dataclass(frozen=True, slots=True)
class Attended:
    """What attention computes on its way: scores (n, m), weights (n, m), output (n, d_v)."""

    scores: Array
    weights: Array
    output: Array


def attend(Q: Array, K: Array, V: Array, mask: Mask | None = None) -> Attended:
    """Scaled dot-product attention: softmax(Q K^T / sqrt(d_k)) V.

    Q (n, d_k) asks, K (m, d_k) answers, V (m, d_v) is what is passed on. Without the root the scores of long
    vectors grow so far apart that softmax takes one and its gradient vanishes. `mask` (n, m) is true where a
    position may be looked at.
    """
    scores = Q @ np.swapaxes(K, -1, -2) / math.sqrt(Q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return Attended(scores, weights, weights @ V)


def causal_mask(n: int) -> Mask:
    """True at and below the diagonal: each position sees itself and what came before."""
    return np.tri(n, dtype=bool)


def split_heads(x: Array, heads: int) -> Array:
    """(n, d) as (h, n, d/h): each head gets its own slice of the features."""
    *rest, n, d = x.shape
    return np.swapaxes(x.reshape(*rest, n, heads, d // heads), -3, -2)


def join_heads(x: Array) -> Array:
    """(h, n, d/h) as (n, d): the heads' outputs side by side again."""
    *rest, heads, n, size = x.shape
    return np.swapaxes(x, -3, -2).reshape(*rest, n, heads * size)


@dataclass(frozen=True, slots=True)
class Linear:
    """x W + b, with W (d_in, d_out) and b (d_out)."""

    W: Array
    b: Array

    def __call__(self, x: Array) -> Array:
        return x @ self.W + self.b


@dataclass(frozen=True, slots=True)
class MultiHead:
    """Attention in h subspaces at once: project, split into heads, attend, join, project again."""

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    heads: int

    def __call__(self, x: Array, memory: Array | None = None, mask: Mask | None = None) -> Array:
        """What x (n, d) finds in `memory` (m, d), or in itself; `mask` as for `attend`."""
        return self.output(join_heads(self.attended(x, memory, mask).output))

    def attended(self, x: Array, memory: Array | None = None, mask: Mask | None = None) -> Attended:
        """Scores and weights (h, n, m) and output (h, n, d/h) of each head."""
        source = x if memory is None else memory
        Q = split_heads(self.query(x), self.heads)
        K = split_heads(self.key(source), self.heads)
        V = split_heads(self.value(source), self.heads)
        return attend(Q, K, V, mask)


def positions(n: int, d: int) -> Array:
    """The sinusoidal positions (n, d), d even.

    P[p, 2i] = sin(p w_i), P[p, 2i+1] = cos(p w_i), with w_i = 1 / 10000^(2i/d): waves from 2 pi to 20000 pi long.
    """
    angles = np.arange(n)[:, None] * frequencies(d)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n, d)


def frequencies(d: int) -> Array:
    """The d/2 frequencies w_i of the sinusoidal positions, in radians a position."""
    result: Array = 10000.0 ** (-np.arange(0, d, 2) / d)
    return result


def shift_map(k: int, d: int) -> Array:
    """The matrix M (d, d) with P[p + k] = P[p] M for every p: distance is a linear map.

    Each pair (sin, cos) is turned by the angle k w_i: sin(a + b) = sin a cos b + cos a sin b.
    """
    M = np.zeros((d, d))
    for i, angle in enumerate(k * frequencies(d)):
        sine, cosine = np.sin(angle), np.cos(angle)
        M[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cosine, -sine], [sine, cosine]]
    return M


def rotate(x: Array, start: int = 0) -> Array:
    """The rows of x (n, d), d even, turned by their places start, start + 1, ... (Su et al. 2021, RoFormer).

    Features 2i and 2i+1 are a point that is turned by the angle p w_i. Queries and keys are turned, values not:
    the product of a query at p and a key at q depends on q - p alone, for any two vectors.
    """
    n, d = x.shape[-2:]
    angles = (start + np.arange(n))[:, None] * frequencies(d)
    sine, cosine = np.sin(angles), np.cos(angles)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.stack([even * cosine - odd * sine, even * sine + odd * cosine], axis=-1)
    return turned.reshape(x.shape)


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Each row to mean 0 and variance 1, then scaled and moved by what was learnt (Ba et al. 2016)."""

    gain: Array
    bias: Array
    epsilon: float = 1e-5

    def __call__(self, x: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        unit: Array = centred / np.sqrt(variance + self.epsilon)
        return unit * self.gain + self.bias


@dataclass(frozen=True, slots=True)
class FeedForward:
    """max(0, x W1 + b1) W2 + b2, the same for every position."""

    inner: Linear
    outer: Linear

    def __call__(self, x: Array) -> Array:
        return self.outer(np.maximum(self.inner(x), 0))


@dataclass(frozen=True, slots=True)
class EncoderBlock:
    """Self-attention, then feed-forward; each adds to its input (the residual) and is normalised.

    pre: normalise what goes into each of them, as today, instead of the sums, as in the paper; the sums then go on
    as they are, and a stack of such blocks ends with one more norm (Xiong et al. 2020).
    """

    attention: MultiHead
    norm1: LayerNorm
    feed_forward: FeedForward
    norm2: LayerNorm
    pre: bool = False

    def __call__(self, x: Array, mask: Mask | None = None) -> Array:
        """x (n, d) to (n, d)."""
        if self.pre:
            x = x + self.attention(self.norm1(x), mask=mask)
            return x + self.feed_forward(self.norm2(x))
        x = self.norm1(x + self.attention(x, mask=mask))
        return self.norm2(x + self.feed_forward(x))


@dataclass(frozen=True, slots=True)
class DecoderBlock:
    """Causal self-attention, attention to the encoder's output, feed-forward; residuals and norms as above."""

    attention: MultiHead
    norm1: LayerNorm
    cross: MultiHead
    norm2: LayerNorm
    feed_forward: FeedForward
    norm3: LayerNorm
    pre: bool = False

    def __call__(self, x: Array, memory: Array, memory_mask: Mask | None = None) -> Array:
        """x (n, d) and the encoder's output `memory` (m, d) to (n, d)."""
        mask = causal_mask(x.shape[-2])
        if self.pre:
            x = x + self.attention(self.norm1(x), mask=mask)
            x = x + self.cross(self.norm2(x), memory, memory_mask)
            return x + self.feed_forward(self.norm3(x))
        x = self.norm1(x + self.attention(x, mask=mask))
        x = self.norm2(x + self.cross(x, memory, memory_mask))
        return self.norm3(x + self.feed_forward(x))
