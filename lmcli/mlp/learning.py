"""Learning: gradient descent, plain or Adam, over all examples at once, epoch after epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lmcli.frame.errors import LmcliError
from lmcli.mlp.data import GATES, Data
from lmcli.mlp.network import Array, Backward, Forward, Network, cross_entropy, flat, targets

RATES = {"gd": 1.0, "adam": 0.05}  # of learning, where none is given
ALIKE = 1e-9  # probabilities that differ by less than rounding may


@dataclass(frozen=True, slots=True)
class Settings:
    """How a network is made and learns. hidden: the neurons of each hidden layer; none leaves one neuron."""

    hidden: tuple[int, ...]
    activation: str = "tanh"
    optimizer: str = "gd"
    rate: float = 1.0
    epochs: int = 1000
    seed: int = 0


def settings_for(
    data: str,
    hidden: tuple[int, ...] | None = None,
    optimizer: str | None = None,
    rate: float | None = None,
    epochs: int = 1000,
    activation: str = "tanh",
    seed: int = 0,
) -> Settings:
    """Settings with what the data asks for where None is given: plain descent for gates, Adam for the rest."""
    optimizer = optimizer or ("gd" if data in GATES else "adam")
    if hidden is None:
        hidden = (4,) if data in GATES else (16,) if data == "spiral" else (8,)
    return Settings(hidden, activation, optimizer, rate or RATES[optimizer], epochs, seed)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far learning has come: the loss and the share of right answers after `epoch` steps."""

    data: str
    hidden: tuple[int, ...]
    epoch: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of learning, before its update is made: what was computed, and what each parameter gets."""

    forward: Forward
    loss: float
    backward: Backward
    changes: list[Array]


class Rule(Protocol):
    """Makes changes of gradients; may remember what it saw."""

    def changes(self, gradients: list[Array]) -> list[Array]:
        """What is added to each parameter."""
        ...


@dataclass
class GradientDescent:
    """The change is -rate times the gradient."""

    rate: float

    def changes(self, gradients: list[Array]) -> list[Array]:
        """What is added to each parameter."""
        return [-self.rate * g for g in gradients]


@dataclass
class Adam:
    """Adam (Kingma and Ba 2015): the mean gradient over the root of the mean square, both running."""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    t: int = 0
    m: list[Array] = field(default_factory=list)
    v: list[Array] = field(default_factory=list)

    def changes(self, gradients: list[Array]) -> list[Array]:
        """What is added to each parameter."""
        if not self.m:
            self.m = [np.zeros_like(g) for g in gradients]
            self.v = [np.zeros_like(g) for g in gradients]
        b1, b2 = self.beta1, self.beta2
        self.t += 1
        self.m = [b1 * m + (1 - b1) * g for m, g in zip(self.m, gradients, strict=True)]
        self.v = [b2 * v + (1 - b2) * g * g for v, g in zip(self.v, gradients, strict=True)]
        m_share, v_share = 1 - b1**self.t, 1 - b2**self.t  # both began at 0
        return [
            -self.rate * (m / m_share) / (np.sqrt(v / v_share) + self.epsilon)
            for m, v in zip(self.m, self.v, strict=True)
        ]


class Learner:
    """A network that learns data; `network` changes with each step."""

    def __init__(self, data: Data, settings: Settings) -> None:
        self.data = data
        self.settings = settings
        outputs = 1 if len(data.classes) == 2 else len(data.classes)
        sizes = (data.X.shape[1], *settings.hidden, outputs)
        self.network = Network.start(sizes, settings.activation, settings.seed)
        self.T = targets(data.y, len(data.classes))
        self.epoch = 0
        self.losses: list[float] = []
        self._rule: Rule = {"gd": GradientDescent, "adam": Adam}[settings.optimizer](settings.rate)

    def step(self) -> Step:
        """Compute one step over all examples: forward, loss, backward and the changes. `take` makes them."""
        with np.errstate(over="ignore", invalid="ignore"):
            passed = self.network.forward(self.data.X)
            loss = cross_entropy(passed.z[-1], self.T)
        if not np.isfinite(loss):
            raise LmcliError(
                f"the loss is {loss} after {self.epoch} epochs: learning runs away",
                f"take a smaller --rate than {self.settings.rate:g}",
            )
        backward = self.network.backward(passed, self.T)
        return Step(passed, loss, backward, self._rule.changes(flat(backward.layers)))

    def take(self, step: Step) -> None:
        """Change the network's parameters as a step says."""
        for part, change in zip(self.network.parameters, step.changes, strict=True):
            np.add(part, change, out=part)
        self.losses.append(step.loss)
        self.epoch += 1

    def epochs(self) -> Iterator[int]:
        """Learn; yields the number of epochs that are done, after each."""
        while self.epoch < self.settings.epochs:
            self.take(self.step())
            yield self.epoch

    @property
    def neurons(self) -> str:
        """The network's size in words."""
        hidden = self.settings.hidden
        if not hidden:
            return "one neuron" if len(self.data.classes) == 2 else "one layer of neurons"
        layers = " + ".join(map(str, hidden))
        return f"{layers} hidden neuron{'s' if sum(hidden) > 1 else ''}"

    def progress(self) -> Progress:
        """Where learning stands."""
        passed = self.network.forward(self.data.X)
        loss = cross_entropy(passed.z[-1], self.T)
        right = float((self.guesses(passed) == self.data.y).mean())
        return Progress(self.data.name, self.settings.hidden, self.epoch, loss, right)

    def guesses(self, passed: Forward) -> Array:
        """The most probable class of each example; the first where two are alike but for rounding."""
        p = passed.p
        if p.shape[1] == 1:
            return np.asarray(p[:, 0] > 0.5 + ALIKE).astype(int)
        return np.asarray((p > p.max(axis=1, keepdims=True) - ALIKE).argmax(axis=1))
