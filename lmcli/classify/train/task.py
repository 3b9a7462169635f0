"""Texts as token ids and the loss of a net on them: what `training.loop` learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.training.batches import by_length, padded

JUDGED = 256  # texts that are judged together
Floats = NDArray[np.float32]
Groups = Callable[[Any], list[dict[str, Any]]]  # of a net's weights, each with its rate


def learning(net: Any) -> list[dict[str, Any]]:
    """The weights that are learnt, as one group; not those that are frozen."""
    return [{"params": [weight for weight in net.parameters() if weight.requires_grad]}]


class TextTask:
    """A net, and the texts that it learns from: ids of each, targets (texts, labels) of 0 to 1.

    several: each label for itself (binary cross entropy), not one of all. weights: of the labels, in the loss. groups:
    what learns, and how fast.
    """

    def __init__(
        self,
        net: Any,
        learned: tuple[Sequence[Sequence[int]], Floats],
        held: tuple[Sequence[Sequence[int]], Floats],
        batch: int,
        *,
        several: bool = False,
        weights: Floats | None = None,
        groups: Groups = learning,
        device: Any = "cpu",
    ) -> None:
        package = torch()
        self.net = net.to(device)
        self._ids, targets = learned
        self._targets = package.as_tensor(targets, device=device)
        self._held, self._truth = held
        self._batch, self._several, self._device = batch, several, device
        self._groups = groups
        given = None if weights is None else package.as_tensor(weights, device=device)
        losses = package.nn
        self._loss = (
            losses.BCEWithLogitsLoss(pos_weight=given)
            if several
            else losses.CrossEntropyLoss(weight=given)
        )
        self.steps = -(-len(self._ids) // batch)

    def groups(self) -> list[dict[str, Any]]:
        """The weights that are learnt, in groups with rates of their own."""
        return self._groups(self.net)

    def batches(self, generator: Any) -> list[list[int]]:
        """Rows of texts of like length."""
        return by_length([len(ids) for ids in self._ids], self._batch, generator)

    def loss(self, batch: list[int], _generator: Any) -> Any:
        """The cross entropy of a batch."""
        self.net.train()
        return self._loss(self._logits([self._ids[row] for row in batch]), self._targets[batch])

    def judge(self) -> dict[str, float] | None:
        """Loss and accuracy on the held-out texts; the accuracy decides, the loss where it is the same."""
        if not self._held:
            return None
        logits = self.logits(self._held)
        package = torch()
        loss = float(
            self._loss(
                package.as_tensor(logits, device=self._device),
                package.as_tensor(self._truth, device=self._device),
            )
        )
        right = (
            ((logits > 0) == (self._truth > 0.5)).all(1)
            if self._several
            else logits.argmax(1) == self._truth.argmax(1)
        )
        accuracy = float(right.mean())
        return {"score": accuracy - 1e-3 * min(loss, 10.0), "loss": loss, "accuracy": accuracy}

    def state(self) -> dict[str, Any]:
        """The net's weights by name."""
        state: dict[str, Any] = self.net.state_dict()
        return state

    def logits(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The logits (texts, labels) of texts, in their order."""
        package = torch()
        self.net.eval()
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        found: Floats = np.zeros((len(ids), self._truth.shape[1]), np.float32)
        with package.no_grad():
            for start in range(0, len(order), JUDGED):
                rows = order[start : start + JUDGED]
                found[rows] = self._logits([ids[row] for row in rows]).cpu().numpy()
        return found

    def _logits(self, ids: Sequence[Sequence[int]]) -> Any:
        tokens, mask = padded(ids)
        return self.net(tokens.to(self._device), mask.to(self._device))
