"""The gates of an LSTM or GRU, computed anew from what its node in the graph reads and makes.

A graph keeps its gates to itself, but all hidden states are known, and with them each gate is one formula:
sigmoid(W x_t + R h_t-1 + b), with the weights in the order of ONNX's operators.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile.graph import WEIGHT, Node

Array = NDArray[np.float32]

# operator -> its gates' names and places among the blocks of W, R and b; the other block is a candidate, no gate
ORDER: Mapping[str, Mapping[str, int]] = {
    "LSTM": {"input gate": 0, "forget gate": 2, "output gate": 1},
    "GRU": {"update gate": 0, "reset gate": 1},
}
BLOCKS = {"LSTM": 4, "GRU": 3}


def wanted(node: Node, weights: Collection[str]) -> tuple[str, ...]:
    """The values of a graph that its gates are made of: x, W, R, b, and the states; () for a node without gates."""
    names = (*node.inputs[:4], node.outputs[0])
    if node.op_type not in ORDER or len(names) < 5 or not all(names):
        return ()
    return tuple(WEIGHT + name if name in weights else name for name in names)


def gates(kind: str, x: Array, W: Array, R: Array, b: Array, states: Array) -> dict[str, Array]:
    """Each gate (words, units) of the forward direction, from 0, shut, to 1, open.

    As the operators have them: x (words, 1, in), W (directions, blocks x units, in), R (directions, blocks x units,
    units), b (directions, 2 x blocks x units), states (words, directions, 1, units).
    """
    h = states[:, 0, 0]
    before = np.vstack([np.zeros_like(h[:1]), h[:-1]])
    on_input, on_state = np.split(b[0], 2)
    sums = x[:, 0] @ W[0].T + before @ R[0].T + on_input + on_state
    parts = np.split(sums, BLOCKS[kind], axis=1)
    return {name: sigmoid(parts[place]) for name, place in ORDER[kind].items()}


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), which does not overflow."""
    found: Array = np.reciprocal(1 + np.exp(-np.clip(x, -80, 80)))
    return found
