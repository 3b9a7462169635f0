"""The two networks in torch: the same pictures with and without convolution.

Their modules are named after the layers that `lmcli digits steps` shows; each returns the logits and its feature maps.
"""

from __future__ import annotations

from typing import Any

from lmcli.nn.onnxfile.torch_export import torch

SIDE = 28
KINDS = ("mlp", "cnn")


def network(kind: str, classes: int) -> Any:
    """A network with fresh weights. Raises MissingExtra without torch."""
    return _cnn(classes) if kind == "cnn" else _mlp(classes)


def _mlp(classes: int) -> Any:
    nn = torch().nn

    class MLP(nn.Module):  # type: ignore[misc, name-defined]
        """784 pixels, two hidden layers, one logit a class. It does not know which pixels are neighbours."""

        def __init__(self) -> None:
            super().__init__()
            self.hidden1 = nn.Linear(SIDE * SIDE, 200)
            self.hidden2 = nn.Linear(200, 100)
            self.output = nn.Linear(100, classes)
            self.dropout = nn.Dropout(0.2)

        def forward(self, pixels: Any) -> tuple[Any, ...]:
            """(n, 1, 28, 28) to logits (n, classes)."""
            hidden = self.dropout(self.hidden1(pixels.flatten(1)).relu())
            return (self.output(self.dropout(self.hidden2(hidden).relu())),)

    return MLP()


def _cnn(classes: int) -> Any:
    nn = torch().nn

    class CNN(nn.Module):  # type: ignore[misc, name-defined]
        """Three convolutions with ReLU, two poolings between them, one hidden dense layer."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
            self.conv2 = nn.Conv2d(8, 24, 3, padding=1)
            self.conv3 = nn.Conv2d(24, 64, 3, padding=1)
            self.pool = nn.MaxPool2d(2)
            self.hidden = nn.Linear(64 * 7 * 7, 64)
            self.output = nn.Linear(64, classes)
            self.dropout = nn.Dropout(0.3)

        def forward(self, pixels: Any) -> tuple[Any, ...]:
            """(n, 1, 28, 28) to logits (n, classes), the feature maps after each ReLU and pooling, the dense layer."""
            if (
                self.training
            ):  # the largest of what ReLU leaves is what ReLU leaves of the largest, in less time
                hidden = self.pool(self.conv1(pixels)).relu()
                hidden = self.pool(self.conv2(hidden)).relu()
                hidden = self.conv3(hidden).relu()
                return (self.output(self.dropout(self.hidden(hidden.flatten(1)).relu())),)
            first = self.conv1(pixels).relu()  # (n, 8, 28, 28)
            pooled1 = self.pool(first)  # (n, 8, 14, 14)
            second = self.conv2(pooled1).relu()  # (n, 24, 14, 14)
            pooled2 = self.pool(second)  # (n, 24, 7, 7)
            third = self.conv3(pooled2).relu()  # (n, 64, 7, 7)
            dense = self.hidden(third.flatten(1)).relu()  # (n, 64)
            return self.output(dense), first, pooled1, second, pooled2, third, dense

    return CNN()
