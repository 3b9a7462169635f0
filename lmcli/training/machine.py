"""Where a training computes: device, threads, seed."""

from __future__ import annotations

from typing import Any

from lmcli.frame.errors import BadUsage
from lmcli.nn.onnxfile.torch_export import torch

AUTO = "auto"


def prepare(seed: int, threads: int | None, device: str = AUTO) -> Any:
    """Seed torch, set its threads, and give the device. Raises BadUsage for one that is not here.

    Call it before the weights are made: the same seed then gives the same ones.
    """
    from lmcli.nn.cpu import allowed_cores

    package = torch()
    package.set_num_threads(threads or allowed_cores())
    package.manual_seed(seed)
    return device_of(device)


def device_of(name: str = AUTO) -> Any:
    """torch's device of this name; with auto a GPU where there is one."""
    package = torch()
    if name == AUTO:
        kinds = [("cuda", package.cuda), ("mps", package.backends.mps)]
        name = next((kind for kind, module in kinds if module.is_available()), "cpu")
    try:
        device = package.device(name)
        package.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise BadUsage(
            f"{name} cannot be used here: {reason}", "--device auto takes what works"
        ) from None
    return device
