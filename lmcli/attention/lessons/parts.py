"""The parts of the transformer step by step (Vaswani et al. 2017), on vectors and weights drawn at random.

`scaled` is `lesson.walk`; here is what stands around it, in `blocks` what is made of it. Each step is computed as its
formula says; tests hold the last one equal to `formulas` and to torch's layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lmcli.attention.formulas import (
    Array,
    Attended,
    Mask,
    attend,
    causal_mask,
    frequencies,
    join_heads,
    positions,
    shift_map,
    split_heads,
)
from lmcli.attention.lesson import Step, even, names
from lmcli.attention.lessons.blocks import Lesson, block, cross, decoder, encoder, look
from lmcli.attention.lessons.gradients import alike, compared


def part(name: str, lesson: Lesson) -> list[Step]:
    """The steps of a part (one of `PARTS`). Raises BadUsage for sizes that do not fit."""
    lesson.sizes.check()
    if lesson.target:
        replace(lesson.sizes, words=lesson.target).check()
    return PARTS[name](lesson)


def _multihead(lesson: Lesson) -> list[Step]:
    """Projections, all heads side by side, their joining."""
    drawn, X = lesson.drawn()
    heads, step = lesson.sizes.heads, lesson.step
    module = drawn.heads(heads)
    mask = causal_mask(len(lesson.words)) if lesson.causal else None
    d, size = lesson.sizes.d, lesson.sizes.d // heads
    steps = [step("X", "one row a word", X)]
    projections = zip("QKV", (module.query, module.key, module.value), strict=True)
    for name, project in projections:
        value = project(X)
        formula = f"X W_{name}, W_{name} {d} x {d}"
        steps.append(step(name, formula, value))
        cut = f"head h has columns {size} (h - 1) + 1 to {size} h"
        steps.append(step(f"{name}, heads", cut, split_heads(value, heads)))
    found = module.attended(X, mask=mask)
    joined = join_heads(found.output)
    return [
        *steps,
        *look(found, "", lesson.words, lesson.words),
        step("heads", "weights V, in each head", found.output),
        step("joined", "Concat(head 1 ... head h)", joined),
        step("output", f"joined W_O, W_O {d} x {d}", module.output(joined)),
    ]


def _positions(lesson: Lesson) -> list[Step]:
    """Places as sines and cosines, added; why relative places are linear."""
    _, X = lesson.drawn()
    n, d = X.shape[-2], even(lesson.sizes.d)
    P = positions(n, d)
    places, step = names(n), lesson.step
    waves = frequencies(d)
    return [
        step("X", "one row a word", X),
        Step("w", "w_i = 1 / 10000^(2i/d)", ("",), names(len(waves)), waves[None]),
        step("P", "sin(p w_i), cos(p w_i), a pair of columns each i", P),
        step("X + P", "what goes into the first layer", X + P),
        Step("P P^T", "sum cos((p - q) w_i): the distance alone", places, places, P @ P.T),
        Step("M", "turns each pair by w_i", names(d), names(d), shift_map(1, d)),
        step("P M", "the places of the next words: P[p + 1] = P[p] M", P @ shift_map(1, d)),
    ]


def _mask(lesson: Lesson) -> list[Step]:
    """What comes later is hidden from a decoder; padding is hidden from all."""
    drawn, X = lesson.drawn()
    Q, K = (drawn.linear(lesson.sizes.d, lesson.sizes.d)(X) for _ in "QK")
    n, words = len(lesson.words), lesson.words
    later = causal_mask(n)
    padded = np.broadcast_to(np.arange(n) < max(n - 1, 1), (n, n))

    def row(name: str, formula: str, values: Array) -> Step:
        return Step(name, formula, words, words, values)

    def looked(mask: Mask | None) -> Attended:
        return attend(Q, K, K, mask)

    return [
        row("scores", "Q K^T / sqrt(d)", looked(None).scores),
        row("weights", "softmax: every word sees all", looked(None).weights),
        row("causal mask", "1 at and below the diagonal", later.astype(float)),
        row("masked scores", "-inf where the mask is 0", looked(later).scores),
        row("weights, causal", "exp(-inf) = 0: no word sees what comes later", looked(later).weights),
        row("padding mask", "0 for a last word that only fills up", padded.astype(float)),
        row("weights, padded", "no word sees the filling", looked(padded).weights),
    ]  # fmt: skip


def _residual(lesson: Lesson) -> list[Step]:
    """x + F(x); without the x words grow alike, layer by layer."""
    drawn, X = lesson.drawn()
    found = drawn.heads(lesson.sizes.heads)(X)
    depths, ways, cosines = alike(lesson.sizes.seed)
    title = (
        "mean cosine between 6 words after so many layers of attention, width 64 (Dong et al. 2021)"
    )
    return [
        lesson.step("X", "one row a word", X),
        lesson.step("F(X)", "attention", found),
        lesson.step("X + F(X)", "the residual; its derivative is 1 + F', so that gradients pass", X + found),
        Step("alike", title, depths, ways, cosines),
    ]  # fmt: skip


def _layernorm(lesson: Lesson) -> list[Step]:
    """A row to mean 0 and variance 1; before or after the layer, and what gradients say to it."""
    drawn, X = lesson.drawn()
    mean, variance = X.mean(axis=-1, keepdims=True), X.var(axis=-1, keepdims=True)
    norm, module = drawn.norm(), drawn.heads(lesson.sizes.heads)
    kinds, sizes = compared(lesson.sizes.seed)
    step = lesson.step
    return [
        step("X", "one row a word", X),
        Step("mean", "of each row", lesson.words, ("mean",), mean),
        Step("variance", "of each row", lesson.words, ("variance",), variance),
        step("norm(X)", "(x - mean) / sqrt(variance + 1e-5), times a gain plus a bias (1 and 0 here)", norm(X)),
        step("post", "norm(X + F(X)), as in the paper; F is attention", norm(X + module(X))),
        step("pre", "X + F(norm(X)), as today", X + module(norm(X))),
        Step("gradients", "size of dL/dW2 of the feed-forward layers before training, width 64",
             kinds, ("layer 1", "last layer", "ratio"), sizes),
    ]  # fmt: skip


def _ffn(lesson: Lesson) -> list[Step]:
    """Two layers at each position by itself."""
    drawn, X = lesson.drawn()
    feed, d = drawn.feed_forward(), lesson.sizes.d
    inner = feed.inner(X)
    silent = f"max(0, ...): {np.mean(inner <= 0):.0%} are 0"
    return [
        lesson.step("X", "one row a word", X),
        lesson.step("inner", f"X W_1 + b_1, W_1 {d} x {4 * d}", inner),
        lesson.step("relu", silent, np.maximum(inner, 0)),
        lesson.step("output", f"relu W_2 + b_2, W_2 {4 * d} x {d}", feed(X)),
    ]


PARTS: dict[str, Callable[[Lesson], list[Step]]] = {
    "multihead": _multihead,
    "positions": _positions,
    "mask": _mask,
    "residual": _residual,
    "layernorm": _layernorm,
    "ffn": _ffn,
    "encoder": encoder,
    "decoder": decoder,
    "cross": cross,
    "block": block,
}
