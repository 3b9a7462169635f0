"""Skip-gram with negative sampling (Mikolov et al. 2013) in numpy, for walks and baskets of numbered things.

A batch of pairs shares its noise, so that a step is three products of matrices; steps are sized by AdaGrad
(Duchi et al. 2011), one sum of squares a row. The same input and seed give the same vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lmcli.graph.graph import Ints

Array = npt.NDArray[np.float32]
NOISE = 64  # nodes that a batch's pairs are held against, each weighed negative / NOISE
POWER = 0.75  # of a node's count, as noise
LARGEST = 2048  # pairs of a batch

# gives the sentences of a pass: arrays (sentences, length) of numbers, negative where nothing stands
Sentences = Callable[[], Iterable[Ints]]


@dataclass(frozen=True, slots=True)
class SkipGramOptions:
    """size: dimensions; window: the widest context, drawn for each node from 1 on; negative: noise of a pair."""

    size: int = 64
    window: int = 5
    negative: int = 5
    epochs: int = 3
    rate: float = 0.1
    seed: int = 0


def train_skipgram(
    sentences: Sentences,
    counts: Ints,
    options: SkipGramOptions,
    on_epoch: Callable[[float], None] = lambda _loss: None,
) -> Array:
    """Vectors (V, size) of things 0 .. V - 1 that occur `counts` times; `on_epoch` gets the mean loss of a pair."""
    rng = np.random.default_rng([options.seed, 77])
    inner = ((rng.random((len(counts), options.size)) - 0.5) / options.size).astype(np.float32)
    outer = np.zeros_like(inner)
    squares = np.full((2, len(counts)), 1e-6, np.float32)
    noise = np.cumsum(counts.astype(np.float64) ** POWER)
    batch = int(np.clip(4 * len(counts), 512, LARGEST))
    for _ in range(options.epochs):
        total, seen = 0.0, 0
        for block in sentences():
            pairs = pairs_of(block, options.window, rng)
            rng.shuffle(pairs)
            for start in range(0, len(pairs), batch):
                part = pairs[start : start + batch]
                drawn = np.searchsorted(noise, rng.random(NOISE) * noise[-1], side="right")
                total += _step(inner, outer, squares, part, drawn, options)
                seen += len(part)
        on_epoch(total / max(seen, 1))
    return inner


def pairs_of(block: Ints, window: int, rng: np.random.Generator) -> Ints:
    """(pairs, 2): each thing with those up to 1 .. window places before and after it, the distance drawn for each."""
    reach = rng.integers(1, window + 1, block.shape)
    found = [np.empty((0, 2), np.int64)]
    for distance in range(1, min(window, block.shape[1] - 1) + 1):
        left, right = block[:, :-distance], block[:, distance:]
        whole = (left >= 0) & (right >= 0)
        for centre, other, far in (
            (left, right, reach[:, :-distance]),
            (right, left, reach[:, distance:]),
        ):
            kept = whole & (far >= distance)
            found.append(np.stack([centre[kept], other[kept]], axis=1))
    return np.concatenate(found)


def _step(
    inner: Array,
    outer: Array,
    squares: Array,
    pairs: Ints,
    noise: Ints,
    options: SkipGramOptions,
) -> float:
    """One step down the loss -log s(w c) - sum log s(-w n) of each pair; gives the sum of the losses."""
    share: Any = np.float32(options.negative / len(noise))
    W, C, N = inner[pairs[:, 0]], outer[pairs[:, 1]], outer[noise]
    near, far = _sigmoid((W * C).sum(axis=1)), _sigmoid(W @ N.T)
    pull, push = (near - 1)[:, None], share * far
    _descend(inner, squares[0], pairs[:, 0], pull * C + push @ N, options.rate)
    rows = np.concatenate([pairs[:, 1], noise])
    _descend(outer, squares[1], rows, np.concatenate([pull * W, push.T @ W]), options.rate)
    losses = -np.log(near + 1e-7) - share * np.log(1 - far + 1e-7).sum(axis=1)
    return float(losses.sum(dtype=np.float64))


def _descend(table: Array, squares: Array, rows: Ints, slopes: Array, rate: float) -> None:
    """Add up the slopes of each row and go down, by rate / the root of all squares so far."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sums = np.add.reduceat(slopes[order], begins, axis=0)
    touched = ordered[begins]
    squares[touched] += (sums * sums).mean(axis=1)
    table[touched] -= np.float32(rate) * sums / np.sqrt(squares[touched])[:, None]


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)


def rows_of(block: Ints) -> Iterator[list[str]]:
    """The sentences of a block as lists of numbers in text, for gensim."""
    for row in block:
        yield [str(number) for number in row.tolist() if number >= 0]
