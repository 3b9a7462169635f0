"""LoRA (Hu et al. 2021): matrices stay as they are, and what is learnt is added to them, a product of two thin ones.

W x becomes W x + (alpha / r) B A x with A (r, in) drawn and B (out, r) zero at first: nothing changes at the start. At
the end `merge` adds the product to W, and the network is one of plain matrices again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lmcli.frame.errors import BadUsage
from lmcli.nn.onnxfile.torch_export import torch

ALPHA = 16.0  # the scale of what is added, over the rank: the same rate then suits every rank


def adapt(network: Any, rank: int, chosen: Callable[[str], bool] = lambda _name: True) -> int:
    """Give the linear layers whose name is `chosen` adapters of this rank, freeze all else; the parameters trained.

    Raises BadUsage for a rank that those layers do not have.
    """
    for weight in network.parameters():
        weight.requires_grad_(False)
    linear = torch().nn.Linear
    for name, layer in list(network.named_modules()):
        if type(layer) is linear and chosen(name):
            if rank > (width := min(layer.weight.shape)):
                raise BadUsage(f"--lora {rank}: the layers are {width} wide", "8, say")
            _replace(network, name, _adapted(layer, rank))
    return sum(one.numel() for one in network.parameters() if one.requires_grad)


def merge(network: Any) -> None:
    """Add what was learnt to the matrices, and put the plain layers back in place. Does nothing without adapters."""
    for name, layer in list(network.named_modules()):
        if hasattr(layer, "lora_a"):
            with torch().no_grad():
                layer.base.weight += layer.scale * (layer.lora_b @ layer.lora_a)
            _replace(network, name, layer.base)
    for weight in network.parameters():
        weight.requires_grad_(True)


def _adapted(layer: Any, rank: int) -> Any:
    package = torch()

    class Adapted(package.nn.Module):  # type: ignore[misc, name-defined]
        """A linear layer with an adapter."""

        def __init__(self) -> None:
            super().__init__()
            like = {"device": layer.weight.device, "dtype": layer.weight.dtype}
            self.base, self.scale = layer, ALPHA / rank
            self.lora_a = package.nn.Parameter(package.empty(rank, layer.in_features, **like))
            self.lora_b = package.nn.Parameter(package.zeros(layer.out_features, rank, **like))
            package.nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))

        def forward(self, x: Any) -> Any:
            return self.base(x) + self.scale * (x @ self.lora_a.T @ self.lora_b.T)

    return Adapted()


def _replace(network: Any, name: str, layer: Any) -> None:
    place, _, own = name.rpartition(".")
    setattr(network.get_submodule(place), own, layer)
