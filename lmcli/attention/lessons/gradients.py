"""What residuals and norms do to a deep stack: gradients by the chain rule, by hand, and words that grow alike.

The paper normalises each sum (post); models of today normalise what goes into each layer (pre), and the sums go on
untouched from bottom to top. Before training, the gradient in the last layer is as large in a deep stack of post-norm
as in a flat one, so that its first steps must be small (warm-up); with pre-norm it falls as 1 / sqrt(layers) (Xiong et
al. 2020, "On Layer Normalization in the Transformer Architecture").
"""

from __future__ import annotations

import math

import numpy as np

from lmcli.attention.drawn import Drawn
from lmcli.attention.formulas import (
    Array,
    EncoderBlock,
    FeedForward,
    LayerNorm,
    MultiHead,
    attend,
    join_heads,
    split_heads,
)

DEPTHS = (2, 6, 24)
WORDS, WIDTH, HEADS, DRAWS = 6, 64, 4, 5


def through_norm(norm: LayerNorm, x: Array, grad: Array) -> Array:
    """dL/dx of a norm, from dL/dy: what would move a row's mean or stretch it is taken out."""
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + norm.epsilon)
    unit, g = centred * scale, grad * norm.gain
    along = (g * unit).mean(axis=-1, keepdims=True)
    result: Array = scale * (g - g.mean(axis=-1, keepdims=True) - unit * along)
    return result


def through_feed_forward(feed: FeedForward, x: Array, grad: Array) -> tuple[Array, Array]:
    """(dL/dx, dL/dW2) of the two layers at each position: only neurons that fired pass on."""
    hidden = np.maximum(feed.inner(x), 0)
    back = (grad @ feed.outer.W.T) * (hidden > 0)
    return back @ feed.inner.W.T, hidden.T @ grad


def through_attention(module: MultiHead, x: Array, grad: Array) -> Array:
    """dL/dx of self-attention: by the values, and by queries and keys through the softmax."""
    Q, K, V = (split_heads(f(x), module.heads) for f in (module.query, module.key, module.value))
    weights = attend(Q, K, V).weights
    g = split_heads(grad @ module.output.W.T, module.heads)
    by_weight = g @ np.swapaxes(V, -1, -2)
    by_score = weights * (by_weight - (by_weight * weights).sum(axis=-1, keepdims=True))
    by_score = by_score / math.sqrt(Q.shape[-1])
    back = by_score @ K, np.swapaxes(by_score, -1, -2) @ Q, np.swapaxes(weights, -1, -2) @ g
    parts = zip(back, (module.query, module.key, module.value), strict=True)
    total: Array = sum((join_heads(part) @ f.W.T for part, f in parts), np.zeros_like(x))
    return total


def through_block(block: EncoderBlock, x: Array, grad: Array) -> tuple[Array, Array]:
    """(dL/dx, dL/dW2) of a block, from the gradient at its output; + g is the way past, the residual."""
    if block.pre:
        middle: Array = x + block.attention(block.norm1(x))
        back, W2 = through_feed_forward(block.feed_forward, block.norm2(middle), grad)
        by_norm = grad + through_norm(block.norm2, middle, back)
        back = through_attention(block.attention, block.norm1(x), by_norm)
        return by_norm + through_norm(block.norm1, x, back), W2
    summed = x + block.attention(x)
    middle = block.norm1(summed)
    g: Array = through_norm(block.norm2, middle + block.feed_forward(middle), grad)
    back, W2 = through_feed_forward(block.feed_forward, middle, g)
    g = through_norm(block.norm1, summed, g + back)
    return g + through_attention(block.attention, x, g), W2


def norms(blocks: list[EncoderBlock], final: LayerNorm | None, x: Array, grad: Array) -> Array:
    """The size of dL/dW2 in each block of a stack, the lowest first; `grad` (n, d) is dL/d(output)."""
    inputs = [x]
    for block in blocks:
        inputs.append(block(inputs[-1]))
    if final:
        grad = through_norm(final, inputs[-1], grad)
    sizes = []
    for block, below in zip(reversed(blocks), reversed(inputs[:-1]), strict=True):
        grad, W2 = through_block(block, below, grad)
        sizes.append(np.linalg.norm(W2))
    return np.array(sizes[::-1])


def compared(seed: int = 0) -> tuple[tuple[str, ...], Array]:
    """(names, values): for both orders and each depth the gradient's size in the first and the last layer.

    The third value is their ratio; means of `DRAWS` draws, at a width of 64 with 6 words and 4 heads.
    """
    names, values = [], []
    for pre in (False, True):
        for depth in DEPTHS:
            found = np.zeros(2)
            for draw in range(DRAWS):
                drawn = Drawn(seed * DRAWS + draw, WIDTH, halves=False)
                x, grad = drawn.numbers(WORDS, WIDTH), drawn.numbers(WORDS, WIDTH)
                blocks = [drawn.encoder(HEADS, pre) for _ in range(depth)]
                found += norms(blocks, drawn.norm() if pre else None, x, grad)[[0, -1]] / DRAWS
            names.append(f"{'pre' if pre else 'post'}, {depth} layers")
            values.append([*found, found[0] / found[1]])
    return tuple(names), np.array(values)


def alike(seed: int = 0) -> tuple[tuple[str, ...], tuple[str, ...], Array]:
    """(rows, columns, values): the mean cosine between words after layers of attention alone, without and with x +.

    Attention averages, so that words grow alike; the residual keeps them apart (Dong et al. 2021, "Attention is not
    all you need: pure attention loses rank doubly exponentially with depth").
    """
    ways = ("F(norm(x))", "x + F(norm(x))")
    values = np.zeros((len(DEPTHS), len(ways)))
    for place, kept in enumerate((0.0, 1.0)):
        for draw in range(DRAWS):
            drawn = Drawn(seed * DRAWS + draw, WIDTH, halves=False)
            x, norm = drawn.numbers(WORDS, WIDTH), drawn.norm()
            for layer in range(1, max(DEPTHS) + 1):
                x = kept * x + drawn.heads(HEADS)(norm(x))
                if layer in DEPTHS:
                    values[DEPTHS.index(layer), place] += _mean_cosine(x) / DRAWS
    return tuple(f"{depth} layers" for depth in DEPTHS), ways, values


def _mean_cosine(x: Array) -> float:
    """The mean cosine between two different rows."""
    unit = x / np.linalg.norm(x, axis=-1, keepdims=True)
    return float((unit @ unit.T)[~np.eye(len(x), dtype=bool)].mean())
