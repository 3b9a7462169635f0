"""One step of learning with every number: forward, loss, each gradient, a check of them, the update."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lmcli.mlp.data import Data
from lmcli.mlp.learning import Learner, Settings, Step
from lmcli.mlp.network import ACTIVATIONS, Array, cross_entropy, flat, numerical_gradient

FOLLOWED = 8  # examples that can be followed; of more, the first FEW are taken
FEW = 4
CHECKED = 500  # parameters of which the slopes are tried


@dataclass(frozen=True, slots=True)
class Trace:
    """One computed matrix: its name, its formula, what its rows and columns stand for."""

    epoch: int
    step: str
    formula: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array


def traced(data: Data, settings: Settings) -> Iterator[Trace]:
    """Learn for the epochs of the settings and give every number on the way."""
    said = "a row an example"
    if len(data) > FOLLOWED:
        said = f"{FEW} of the {len(data)} examples, to be followed by hand"
        data = replace(data, X=data.X[:FEW], y=data.y[:FEW])
    learner = Learner(data, settings)
    while learner.epoch < settings.epochs:
        yield from _Epoch(learner, learner.step(), learner.epoch + 1).steps(said)


class _Epoch:
    """The steps of one epoch, in the order in which they are computed."""

    def __init__(self, learner: Learner, step: Step, epoch: int) -> None:
        self.learner = learner
        self.network = learner.network
        self.step = step
        self.epoch = epoch
        self.last = len(self.network.layers)
        data = learner.data
        self.examples = tuple(_name(row) for row in data.X)
        hidden = [_neurons(k, self.last, size) for k, size in enumerate(learner.settings.hidden, 1)]
        outputs = ("p",) if len(data.classes) == 2 else data.classes
        self.names = [data.features, *hidden, outputs]

    def steps(self, said: str) -> Iterator[Trace]:
        """Forward, loss, backward, check, update."""
        data = self.learner.data
        yield self._rows("X", said, self.names[0], data.X)
        yield self._rows("T", "what p should be", self.names[-1], self.learner.T)
        yield from self._forward()
        yield from self._backward()
        yield from self._update()

    def _forward(self) -> Iterator[Trace]:
        passed = self.step.forward
        formula = ACTIVATIONS[self.network.activation].formula
        for k, layer in enumerate(self.network.layers, 1):
            inputs = "X" if k == 1 else f"h{k - 1}"
            yield self._layer(f"W{k}", "weights, a column a neuron", k, layer.W)
            yield self._layer(f"b{k}", "biases", k, layer.b)
            yield self._rows(f"z{k}", f"{inputs} W{k} + b{k}", self.names[k], passed.z[k - 1])
            if k < self.last:
                yield self._rows(f"h{k}", _of_layer(formula, k), self.names[k], passed.h[k])
        output = "1 / (1 + exp(-z))" if passed.p.shape[1] == 1 else "softmax(z), a row sums to 1"
        yield self._rows("p", _of_layer(output, self.last), self.names[-1], passed.p)
        yield self._number("loss", "the mean of -log(p of the true class)", self.step.loss)

    def _backward(self) -> Iterator[Trace]:
        found = self.step.backward
        derivative = ACTIVATIONS[self.network.activation].derivative
        for k in range(self.last, 0, -1):
            inputs = "X" if k == 1 else f"h{k - 1}"
            formula = f"(p - T) / {len(self.learner.T)}"
            if k < self.last:
                formula = f"dz{k + 1} W{k + 1}^T"
                yield self._rows(f"dh{k}", formula, self.names[k], found.dh[k - 1])
                formula = f"dh{k} * ({_of_layer(derivative, k)})"
            yield self._rows(f"dz{k}", formula, self.names[k], found.dz[k - 1])
            yield self._layer(f"dW{k}", f"{inputs}^T dz{k}", k, found.layers[k - 1].W)
            yield self._layer(f"db{k}", f"the column sums of dz{k}", k, found.layers[k - 1].b)
        if sum(part.size for part in self.network.parameters) <= CHECKED:
            said = "largest difference to (loss(w + e) - loss(w - e)) / 2e of each weight w"
            yield self._number("check", said, self._difference())

    def _difference(self) -> float:
        slopes = numerical_gradient(self.network, self.learner.data.X, self.learner.T)
        gradients = flat(self.step.backward.layers)
        pairs = zip(slopes, gradients, strict=True)
        return max(float(np.abs(slope - gradient).max()) for slope, gradient in pairs)

    def _update(self) -> Iterator[Trace]:
        settings = self.learner.settings
        self.learner.take(self.step)
        for k, layer in enumerate(self.network.layers, 1):
            for name, value in ((f"W{k}", layer.W), (f"b{k}", layer.b)):
                change = f"{settings.rate:g} d{name}"
                if settings.optimizer == "adam":
                    change = f"{settings.rate:g} m / (sqrt(v) + 1e-8), m and v of d{name}"
                yield self._layer(f"new {name}", f"{name} - {change}", k, value)
        passed = self.network.forward(self.learner.data.X)
        after = cross_entropy(passed.z[-1], self.learner.T)
        yield self._number("new loss", "with the new weights", after)

    def _rows(self, name: str, formula: str, columns: tuple[str, ...], values: Array) -> Trace:
        return Trace(self.epoch, name, formula, self.examples, columns, values.copy())

    def _layer(self, name: str, formula: str, k: int, values: Array) -> Trace:
        rows = self.names[k - 1] if values.ndim == 2 else ("b",)
        table = np.atleast_2d(values).copy()
        return Trace(self.epoch, name, formula, rows, self.names[k], table)

    def _number(self, name: str, formula: str, value: float) -> Trace:
        return Trace(self.epoch, name, formula, ("",), ("",), np.array([[value]]))


def _name(row: Array) -> str:
    """An example by its features."""
    return " ".join(f"{value:.3g}" for value in row[:3]) + (" ..." if len(row) > 3 else "")


def _of_layer(formula: str, k: int) -> str:
    """A formula of z and h as that of a layer's."""
    return re.sub(r"\b([zh])\b", rf"\g<1>{k}", formula)


def _neurons(k: int, last: int, size: int) -> tuple[str, ...]:
    """The names of a hidden layer's neurons."""
    prefix = "h" if last <= 2 else f"h{k}."
    return tuple(f"{prefix}{i}" for i in range(1, size + 1))
