"""A multi-layer perceptron: forward, loss and back-propagation (Rumelhart, Hinton and Williams 1986) in plain numpy.

A row is an example. With W_l (inputs x outputs) and b_l of layer l, and h_0 = X:

    z_l = h_(l-1) W_l + b_l        h_l = f(z_l)        p = sigmoid(z) or softmax(z) of the last z

The loss is the mean cross-entropy of p. Without hidden layers and with two classes this is one neuron.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def softmax(z: Array) -> Array:
    """exp(z) over its sum in each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of hidden neurons, h = f(z), and its derivative, which each of these has as one of h."""

    f: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    formula: str
    derivative: str


def _positive(h: Array) -> Array:
    return (h > 0).astype(float)


ACTIVATIONS = {
    "tanh": Activation(np.tanh, lambda h: 1 - h * h, "tanh(z)", "1 - h^2"),
    "relu": Activation(lambda z: np.maximum(z, 0), _positive, "max(0, z)", "1 if h > 0, else 0"),
    "sigmoid": Activation(sigmoid, lambda h: h * (1 - h), "1 / (1 + exp(-z))", "h (1 - h)"),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights W (inputs x outputs) and biases b of a layer; also their gradients."""

    W: Array
    b: Array


@dataclass(frozen=True, slots=True)
class Forward:
    """What a pass forward computed: z of each layer, h from h_0 = X to the last hidden one, and p."""

    z: list[Array]
    h: list[Array]
    p: Array


@dataclass(frozen=True, slots=True)
class Backward:
    """What back-propagation computed: d loss / d z and / d h of each layer, and the gradients of its weights."""

    dz: list[Array]
    dh: list[Array]
    layers: list[Layer]


@dataclass(frozen=True, slots=True)
class Network:
    """Layers one after the other. One output is the probability of class 1 of two; several are of one class each."""

    layers: list[Layer]
    activation: str = "tanh"

    @classmethod
    def start(cls, sizes: Sequence[int], activation: str = "tanh", seed: int = 0) -> Network:
        """Random weights, uniform with the variance 2 / (inputs + outputs) (Glorot and Bengio 2010), small biases."""
        rng = np.random.default_rng(seed)
        layers = []
        for n, m in pairwise(sizes):
            limit = np.sqrt(6 / (n + m))
            layers.append(Layer(rng.uniform(-limit, limit, (n, m)), rng.uniform(-0.1, 0.1, m)))
        return cls(layers, activation)

    @property
    def parameters(self) -> list[Array]:
        """All weights and biases, layer after layer; changed in place by what learns."""
        return flat(self.layers)

    def copy(self) -> Network:
        """A network of its own with the same weights."""
        return Network(
            [Layer(layer.W.copy(), layer.b.copy()) for layer in self.layers], self.activation
        )

    def forward(self, X: Array) -> Forward:
        """The pass forward of examples X (n x inputs)."""
        f = ACTIVATIONS[self.activation].f
        z: list[Array] = []
        h = [X]
        for layer in self.layers:
            if z:
                h.append(f(z[-1]))
            z.append(h[-1] @ layer.W + layer.b)
        p = sigmoid(z[-1]) if z[-1].shape[1] == 1 else softmax(z[-1])
        return Forward(z, h, p)

    def backward(self, passed: Forward, T: Array) -> Backward:
        """Back-propagation: from d loss / d z of the output, which is (p - T) / n, to the first layer.

        T: the targets (n x outputs), 0 or 1.
        """
        slope = ACTIVATIONS[self.activation].slope
        dz = [(passed.p - T) / len(T)]
        dh: list[Array] = []
        gradients: list[Layer] = []
        for k in reversed(range(len(self.layers))):
            gradients.insert(0, Layer(passed.h[k].T @ dz[0], dz[0].sum(axis=0)))
            if k > 0:
                dh.insert(0, dz[0] @ self.layers[k].W.T)
                dz.insert(0, dh[0] * slope(passed.h[k]))
        return Backward(dz, dh, gradients)

    def probabilities(self, X: Array) -> Array:
        """The probability of each class (n x classes)."""
        p = self.forward(X).p
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p


def cross_entropy(z: Array, T: Array) -> float:
    """The mean over the examples of -log p(true class), of the last z, so that no p is rounded to 0."""
    if z.shape[1] == 1:
        return float((np.logaddexp(0, z) - T * z).mean())
    top = z.max(axis=1, keepdims=True)
    log_sum = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return float((T * (log_sum - z)).sum(axis=1).mean())


def targets(y: NDArray[np.int64], classes: int) -> Array:
    """What the outputs should be: y itself of two classes, else a 1 in the column of the class."""
    if classes == 2:
        return y[:, None].astype(float)
    return np.eye(classes)[y]


def numerical_gradient(network: Network, X: Array, T: Array, step: float = 1e-6) -> list[Array]:
    """The gradients as the slopes of the loss: each parameter moved a little to both sides. Slow, and sure."""

    def loss() -> float:
        return cross_entropy(network.forward(X).z[-1], T)

    return [_slopes(part, loss, step) for part in network.parameters]


def _slopes(part: Array, loss: Callable[[], float], step: float) -> Array:
    slopes = np.zeros_like(part)
    for place, value in np.ndenumerate(part):
        part[place] = value + step
        above = loss()
        part[place] = value - step
        slopes[place] = (above - loss()) / (2 * step)
        part[place] = value
    return slopes


def flat(layers: Sequence[Layer]) -> list[Array]:
    """W and b of each layer, one after the other."""
    return [part for layer in layers for part in (layer.W, layer.b)]
