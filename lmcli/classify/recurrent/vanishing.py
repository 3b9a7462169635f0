"""The vanishing gradient (Hochreiter 1991; Bengio and others 1994), measured: how much of the loss reaches each step.

The sequences are random; the class of one is the sign of the first number in it. So the answer stands where the
gradient has farthest to go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lmcli.classify.recurrent.cells import Array, Cell, States, sigmoid

INPUTS = 4  # random numbers of a step
BATCH = 32
SHORTEST = 5  # steps at which training begins; longer ones follow, each twice the last
ROUNDS = 150  # of training at the first length, and half as many at each other
RATE = 0.02


@dataclass(frozen=True, slots=True)
class Norm:
    """How strongly the loss of a sequence of `length` steps depends on the state after `step`, on the mean.

    weights: fresh or trained. norm: of d loss / d h; cell_norm: of d loss / d c, the lstm's cell. gate: the one that
    keeps what was, f of the lstm and z of the gru, of the feature that keeps the most. accuracy: on these sequences.
    """

    cell: str
    length: int
    weights: str
    step: int
    norm: float
    cell_norm: float | None
    gate: float | None
    accuracy: float


class Reader:
    """A cell and a neuron that reads its last state: the probability of class 1."""

    def __init__(self, kind: str, size: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.cell = Cell.start(kind, INPUTS, size, rng)
        self.w = rng.uniform(-1, 1, size) / np.sqrt(size)
        self.b = np.zeros(1)

    @property
    def parameters(self) -> list[Array]:
        """All of them, changed in place by training."""
        return [*self.cell.weights.parts, self.w, self.b]

    def probabilities(self, states: States) -> Array:
        """The probability of class 1 of each sequence."""
        return sigmoid(states.h[:, -1] @ self.w + self.b)

    def gradients(self, x: Array, y: Array) -> list[Array]:
        """Those of the mean cross-entropy."""
        states = self.cell.forward(x)
        error = (self.probabilities(states) - y) / len(y)
        found = self.cell.backward(states, error[:, None] * self.w)
        return [*found.weights.parts, error @ states.h[:, -1], error.sum(keepdims=True)]

    def train(self, length: int, seed: int, clip: float | None = None) -> None:
        """Learn with Adam, from short sequences to `length`. clip: the largest norm that a gradient may have."""
        rng = np.random.default_rng(seed)
        m, v = ([np.zeros_like(part) for part in self.parameters] for _ in range(2))
        done = 0
        for steps, rounds in _courses(length):
            for _ in range(rounds):
                found = self.gradients(*sequences(BATCH, steps, rng))
                scale = 1.0
                if clip:
                    norm = float(np.sqrt(sum((g * g).sum() for g in found)))
                    scale = min(1.0, clip / (norm or 1.0))
                done += 1
                for i, (part, gradient) in enumerate(zip(self.parameters, found, strict=True)):
                    g = scale * gradient
                    m[i] = 0.9 * m[i] + 0.1 * g
                    v[i] = 0.999 * v[i] + 0.001 * g * g
                    root = np.sqrt(v[i] / (1 - 0.999**done)) + 1e-8
                    np.subtract(part, RATE * m[i] / (1 - 0.9**done) / root, out=part)


def _courses(length: int) -> Iterator[tuple[int, int]]:
    """(steps, rounds) of training: from short to long."""
    steps, rounds = min(SHORTEST, length), ROUNDS
    while steps < length:
        yield steps, rounds
        steps, rounds = steps * 2, ROUNDS // 2
    yield length, rounds


def sequences(n: int, length: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Random sequences (n x length x inputs) and their classes, 0 or 1."""
    x = rng.standard_normal((n, length, INPUTS))
    return x, (x[:, 0, 0] > 0).astype(float)


def measured(reader: Reader, length: int, weights: str, n: int, seed: int) -> list[Norm]:
    """A row a step: the norms of n random sequences' gradients, each of its own loss."""
    x, y = sequences(n, length, np.random.default_rng(seed + 1))
    states = reader.cell.forward(x)
    p = reader.probabilities(states)
    found = reader.cell.backward(states, (p - y)[:, None] * reader.w)
    norms = np.linalg.norm(found.h, axis=2).mean(axis=0).tolist()
    of_cell = np.linalg.norm(found.c, axis=2).mean(axis=0).tolist()
    accuracy = float(((p > 0.5) == y).mean())
    kind = reader.cell.kind
    gate = states.gates[:, :, 1] if kind != "rnn" else None
    kept: list[float | None] = [None] * length
    if gate is not None:
        kept = gate[:, :, gate.mean(axis=(0, 1)).argmax()].mean(axis=0).tolist()
    return [
        Norm(
            kind,
            length,
            weights,
            k + 1,
            norms[k],
            of_cell[k] if kind == "lstm" else None,
            kept[k],
            accuracy,
        )
        for k in range(length)
    ]


def gradients(
    cells: Sequence[str],
    lengths: Sequence[int],
    size: int = 16,
    n: int = 100,
    seed: int = 0,
    clip: float | None = None,
) -> Iterator[list[Norm]]:
    """The rows of each cell and length, fresh and then trained."""
    for kind in cells:
        for length in lengths:
            reader = Reader(kind, size, seed)
            yield measured(reader, length, "fresh", n, seed)
            reader.train(length, seed, clip)
            yield measured(reader, length, "trained", n, seed)
