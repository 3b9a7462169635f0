"""Reading digits against plain torch, in one run: python -m tests.bench.digits

10,000 pictures of an idx file through `lmcli digits classify`, as pictures a second of the whole process, by wall clock
and by processor; the same pictures in one process beside torch, with a network of the same layers, in turn.
"""

from __future__ import annotations

import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from lmcli.digits.api import Digits
from tests.bench.timing import in_turn, lmcli

PICTURES = 10_000
BATCH = 500
ROUNDS = 5


def by_torch(pixels: np.ndarray) -> Callable[[], object]:
    """Probabilities by a network of torch."""
    import torch

    from lmcli.digits.train.networks import network

    model = network("cnn", 10).eval()

    def run() -> object:
        with torch.no_grad():
            return [
                model(batch[:, None])[0].softmax(1) for batch in torch.tensor(pixels).split(BATCH)
            ]

    return run


def main() -> None:
    """Print both comparisons."""
    values = np.random.default_rng(0).integers(0, 256, (PICTURES, 28, 28)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own-images-idx3-ubyte"
        path.write_bytes(struct.pack(">4I", 0x803, *values.shape) + values.tobytes())
        for name, timing in in_turn(
            {"classify": lmcli("digits", "classify", str(path))}, 3
        ).items():
            print(
                f"{name} of an idx file: {PICTURES / timing.wall:,.0f} pictures/s, "
                f"{PICTURES / timing.cpu:,.0f} a second of processor"
            )
    pixels = values.astype(np.float32) / np.float32(255)
    network = Digits.load().network
    runs: dict[str, Callable[[], object]] = {"lmcli": lambda: network.probabilities(pixels)}
    if find_spec("torch"):
        runs["torch"] = by_torch(pixels)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        ratio = median / medians["lmcli"]
        print(
            f"{name}: {PICTURES / median:,.0f} pictures a second of processor, x{ratio:.2f} of lmcli's time"
        )


if __name__ == "__main__":
    main()
