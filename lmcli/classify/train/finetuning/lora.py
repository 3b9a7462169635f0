"""LoRA: a layer's weights stay, and what is learnt is a product of two thin matrices beside them (Hu et al. 2021).

W x becomes W x + s B A x, with A (r, d_in) drawn and B (d_out, r) zero at first: the network begins as it was. After
the training W + s B A is one matrix again, so that a merged network has its old shape, size and speed.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from lmcli.frame.errors import BadUsage

ALPHA = 16  # s = ALPHA / r: the same rate then suits every rank


class Adapted(nn.Module):  # type: ignore[misc]
    """A linear layer that stays as it is, and beside it what learns, of rank r."""

    def __init__(self, linear: Any, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        self.scale = ALPHA / rank
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))  # as torch draws a linear layer's

    def forward(self, states: Any) -> Any:
        """(..., d_in) to (..., d_out)."""
        return self.linear(states) + self.scale * (states @ self.down.T @ self.up.T)

    def merged(self) -> Any:
        """The linear layer with what was learnt in its weights: they are changed in place."""
        with torch.no_grad():
            self.linear.weight += self.scale * self.up @ self.down
        return self.linear


def adapt(encoder: Any, rank: int) -> None:
    """Freeze an encoder, and put adapters beside all linear layers of its attention: queries, keys, values, output.

    Raises BadUsage for a rank that those layers do not have.
    """
    encoder.requires_grad_(False)
    for name, linear in list(encoder.named_modules()):
        if ".attention." in name and isinstance(linear, nn.Linear):
            width = min(linear.weight.shape)
            if rank > width:
                raise BadUsage(f"--lora {rank}: the layers are {width} wide", "8, say")
            _put(encoder, name, Adapted(linear, rank))


def merge(encoder: Any) -> None:
    """Put plain linear layers in place of adapted ones; what the encoder computes stays the same."""
    for name, layer in list(encoder.named_modules()):
        if isinstance(layer, Adapted):
            _put(encoder, name, layer.merged())


def _put(encoder: Any, name: str, layer: Any) -> None:
    place, _, last = name.rpartition(".")
    setattr(encoder.get_submodule(place), last, layer)
