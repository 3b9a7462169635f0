"""What attention costs by length, measured on this machine, beside a recurrent network of the same width.

Attention is one product of all with all: n^2 d multiplications and n^2 scores in memory, but nothing waits.
A recurrent network does n d^2 and keeps one state, but each of its n steps waits for the one before.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lmcli.attention.formulas import Array, attend

LONGEST = 8192  # vectors; their scores are 256 MB
ENOUGH = 0.15  # seconds of measuring at each length


@dataclass(frozen=True, slots=True)
class Cost:
    """One way to read n vectors: seconds, bytes at the most beside its input, steps that wait for each other.

    operations: multiplications and additions; seconds_exponent, bytes_exponent: a in c n^a, fitted to all lengths of
    this way (least squares of the logarithms); None for a single length.
    """

    length: int
    way: str
    seconds: float
    bytes: int
    steps: int
    operations: int
    seconds_exponent: float | None = None
    bytes_exponent: float | None = None


def recurrent(x: Array, W: Array, U: Array) -> Array:
    """h_t = tanh(x_t W + h_(t-1) U) over the rows of x (n, d): one step after the other; the last state (d)."""
    h: Array = np.zeros_like(x[0])
    for row in x @ W:  # what does not wait is done at once
        h = np.tanh(row + h @ U)
    return h


def measured(lengths: Sequence[int], d: int = 64, seed: int = 0) -> Iterator[Cost]:
    """Both ways at each length, in float32, the shortest of several runs: they take turns, length by length."""
    rng = np.random.default_rng(seed)
    W, U = (rng.normal(0, 1 / math.sqrt(d), (d, d)).astype(np.float32) for _ in "WU")
    attend(*(np.ones((8, d), np.float32),) * 3)  # what is done once only is not measured
    recurrent(np.ones((8, d), np.float32), W, U)
    for n in lengths:
        x = rng.normal(size=(n, d)).astype(np.float32)
        once, waiting = partial(attend, x, x, x), partial(recurrent, x, W, U)
        yield Cost(n, "attention", _seconds(once), _bytes(once), 1, 4 * n**2 * d)
        yield Cost(n, "rnn", _seconds(waiting), _bytes(waiting), n, 4 * n * d**2)


def _seconds(way: Callable[[], object]) -> float:
    """The shortest of three runs or more."""
    runs: list[float] = []
    while len(runs) < 3 or (sum(runs) < ENOUGH and len(runs) < 1000):
        start = time.perf_counter()
        way()
        runs.append(time.perf_counter() - start)
    return min(runs)


def _bytes(way: Callable[[], object]) -> int:
    """What numpy held at the most while it ran."""
    tracemalloc.start()
    try:
        way()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def fitted(rows: Sequence[Cost]) -> list[Cost]:
    """The rows with exponents, fitted over all lengths of a way."""
    fits = {way: _exponents([r for r in rows if r.way == way]) for way in ("attention", "rnn")}
    return [
        replace(row, seconds_exponent=fits[row.way][0], bytes_exponent=fits[row.way][1])
        for row in rows
    ]


def _exponents(found: Sequence[Cost]) -> tuple[float | None, float | None]:
    """The slopes of log seconds and log bytes over log length."""
    lengths = np.log([m.length for m in found])
    if len(set(lengths)) < 2:
        return None, None
    values = np.log([[max(m.seconds, 1e-9), max(m.bytes, 1)] for m in found])
    seconds, size = np.polyfit(lengths, values, 1)[0]
    return float(seconds), float(size)


def crossing(rows: Sequence[Cost]) -> int | None:
    """The first length from which on attention takes longer than the recurrent network; None if there is none."""
    times = {(row.length, row.way): row.seconds for row in rows}
    lengths = sorted({row.length for row in rows})
    slower = [times[n, "attention"] > times[n, "rnn"] for n in lengths]
    tail = next((i for i in range(len(lengths)) if all(slower[i:])), None)
    return None if tail is None else lengths[tail]
