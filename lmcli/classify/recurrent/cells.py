"""RNN, LSTM and GRU in plain numpy, forward and back through time, with weights in torch's layout.

n sequences of t steps, d inputs and h hidden features; each gate has h rows of W_ih (x) and W_hh (the state before).

    rnn   h' = tanh(a)                             a = W_ih x + b_ih + W_hh h + b_hh
    lstm  c' = f c + i g,  h' = o tanh(c')          i, f, o = sigmoid, g = tanh of their rows of a
    gru   h' = (1 - z) n + z h                     r, z = sigmoid, n = tanh(W_ih x + b_ih + r (W_hh h + b_hh))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

GATES = {"rnn": ("h",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)), without overflow."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + e), e / (1 + e))


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of a cell: W_ih (g h x d), W_hh (g h x h), b_ih and b_hh (g h)."""

    W_ih: Array
    W_hh: Array
    b_ih: Array
    b_hh: Array

    @property
    def parts(self) -> list[Array]:
        """All of them."""
        return [self.W_ih, self.W_hh, self.b_ih, self.b_hh]


@dataclass(frozen=True, slots=True)
class States:
    """What a pass forward computed. h and c: n x (t + 1) x h with the zeros before; gates: n x t x g x h.

    inner: W_hh h + b_hh of the gru's n, before r.
    """

    x: Array
    h: Array
    c: Array
    gates: Array
    inner: Array


@dataclass(frozen=True, slots=True)
class Gradients:
    """d loss / d h_t and d loss / d c_t along every way (n x t x h), and those of the weights."""

    h: Array
    c: Array
    weights: Weights


class Cell:
    """A recurrent cell of a kind: rnn, lstm or gru."""

    def __init__(self, kind: str, weights: Weights) -> None:
        self.kind = kind
        self.weights = weights
        self.size = weights.W_hh.shape[1]

    @classmethod
    def start(cls, kind: str, inputs: int, size: int, rng: np.random.Generator) -> Cell:
        """Random weights as torch draws them: uniform to 1 / sqrt(h)."""
        rows, limit = len(GATES[kind]) * size, 1 / np.sqrt(size)
        shapes = [(rows, inputs), (rows, size), (rows,), (rows,)]
        return cls(kind, Weights(*(rng.uniform(-limit, limit, shape) for shape in shapes)))

    def forward(self, x: Array) -> States:
        """Run sequences x (n x t x d) from zero states."""
        n, t, _ = x.shape
        h, c = np.zeros((2, n, t + 1, self.size))
        gates = np.zeros((n, t, len(GATES[self.kind]), self.size))
        inner = np.zeros((n, t, self.size))
        W = self.weights
        given = x @ W.W_ih.T + W.b_ih
        step = {"rnn": self._rnn, "lstm": self._lstm, "gru": self._gru}[self.kind]
        for k in range(t):
            a = given[:, k].reshape(n, -1, self.size)
            b = (h[:, k] @ W.W_hh.T + W.b_hh).reshape(n, -1, self.size)
            inner[:, k] = b[:, -1]
            gates[:, k], h[:, k + 1], c[:, k + 1] = step(a, b, h[:, k], c[:, k])
        return States(x, h, c, gates, inner)

    def _rnn(self, a: Array, b: Array, _h: Array, c: Array) -> tuple[Array, Array, Array]:
        gates = np.tanh(a + b)
        return gates, gates[:, 0], c

    def _lstm(self, a: Array, b: Array, _h: Array, c: Array) -> tuple[Array, Array, Array]:
        gates = sigmoid(a + b)
        gates[:, 2] = np.tanh(a[:, 2] + b[:, 2])
        i, f, g, o = gates.transpose(1, 0, 2)
        new = f * c + i * g
        return gates, o * np.tanh(new), new

    def _gru(self, a: Array, b: Array, h: Array, c: Array) -> tuple[Array, Array, Array]:
        gates = sigmoid(a + b)
        r, z, _ = gates.transpose(1, 0, 2)
        n = gates[:, 2] = np.tanh(a[:, 2] + r * b[:, 2])
        return gates, (1 - z) * n + z * h, c

    def backward(self, states: States, last: Array) -> Gradients:
        """Back-propagation through time, from d loss / d h of the last step (n x h) to the first."""
        n, t, _ = states.x.shape
        dh, dc = np.zeros((2, n, t, self.size))
        sums = [np.zeros_like(part) for part in self.weights.parts]
        from_h, from_c = last, np.zeros_like(last)
        step = {"rnn": self._rnn_back, "lstm": self._lstm_back, "gru": self._gru_back}[self.kind]
        for k in reversed(range(t)):
            da, db, direct, from_c, dc[:, k] = step(states, k, from_h, from_c)
            dh[:, k] = from_h
            da, db = da.reshape(n, -1), db.reshape(n, -1)
            sums[0] += da.T @ states.x[:, k]
            sums[1] += db.T @ states.h[:, k]
            sums[2] += da.sum(axis=0)
            sums[3] += db.sum(axis=0)
            from_h = db @ self.weights.W_hh + direct  # what the state before gets
        return Gradients(dh, dc, Weights(*sums))

    def _rnn_back(self, states: States, k: int, dh: Array, dc: Array) -> tuple[Array, ...]:
        da = (dh * (1 - states.h[:, k + 1] ** 2))[:, None]
        return da, da, np.zeros_like(dh), dc, dc

    def _lstm_back(self, states: States, k: int, dh: Array, dc: Array) -> tuple[Array, ...]:
        """The cell's own path back is dc f: no weight, no squashing stands in it."""
        i, f, g, o = states.gates[:, k].transpose(1, 0, 2)
        tanh = np.tanh(states.c[:, k + 1])
        whole = dc + dh * o * (1 - tanh**2)
        di, df, dg = whole * g, whole * states.c[:, k], whole * i
        parts = di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), dh * tanh * o * (1 - o)
        da = np.stack(parts, axis=1)
        return da, da, np.zeros_like(dh), whole * f, whole

    def _gru_back(self, states: States, k: int, dh: Array, dc: Array) -> tuple[Array, ...]:
        """The state's own path back is dh z."""
        r, z, n = states.gates[:, k].transpose(1, 0, 2)
        dn = dh * (1 - z) * (1 - n**2)
        dr = dn * states.inner[:, k] * r * (1 - r)
        dz = dh * (states.h[:, k] - n) * z * (1 - z)
        return np.stack([dr, dz, dn], axis=1), np.stack([dr, dz, dn * r], axis=1), dh * z, dc, dc
