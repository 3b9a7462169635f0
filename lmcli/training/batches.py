"""Batches of sequences of about the same length, so that little is padded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WINDOW = 50  # batches that are sorted together: the rest of the order stays one of chance


def by_length(lengths: Sequence[int], size: int, generator: Any) -> list[list[int]]:
    """The rows 0..n-1 in batches of `size`, like lengths together, in an order drawn from torch's `generator`.

    Every row is in one batch; there are ceil(n / size) of them.
    """
    from lmcli.nn.onnxfile.torch_export import torch

    package = torch()
    order = package.randperm(len(lengths), generator=generator).tolist()
    batches = []
    for start in range(0, len(order), WINDOW * size):
        rows = sorted(order[start : start + WINDOW * size], key=lengths.__getitem__)
        batches += [rows[at : at + size] for at in range(0, len(rows), size)]
    return [batches[at] for at in package.randperm(len(batches), generator=generator).tolist()]


def padded(rows: Sequence[Sequence[int]], fill: int = 0) -> tuple[Any, Any]:
    """Sequences of numbers as one int64 tensor (n, longest), `fill` at their ends, and the mask: 1 where they are."""
    from lmcli.nn.onnxfile.torch_export import torch

    package = torch()
    longest = max(1, *map(len, rows))
    ids = package.full((len(rows), longest), fill, dtype=package.long)
    mask = package.zeros((len(rows), longest), dtype=package.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = package.as_tensor(row, dtype=package.long)
        mask[at, : len(row)] = 1
    return ids, mask
