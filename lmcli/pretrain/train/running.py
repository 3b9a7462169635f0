"""How long a training is to take: steps measured, threads chosen; what is kept of an earlier one."""

from __future__ import annotations

import math
from time import monotonic

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.train.task import NetworkTask

TRIED = 1.0  # seconds that speed is measured for
SHARE = 0.9  # of the time for the steps; the rest for judging, the graph, the card


def seconds_a_step(task: NetworkTask) -> float:
    """How long a step takes here; the weights stay as they are."""
    package = torch()
    generator = package.Generator().manual_seed(0)
    batch = task.batches(generator)[0]

    def step() -> None:
        task.loss(batch, generator).backward()
        for weight in task.network.parameters():
            weight.grad = None

    step()
    start, count = monotonic(), 0
    while monotonic() - start < TRIED or count < 2:
        step()
        count += 1
    return (monotonic() - start) / count


def best_threads(task: NetworkTask) -> float:
    """Choose one thread or all, whichever is faster: on a busy machine several wait for each other. Seconds a step."""
    package = torch()
    most = package.get_num_threads()
    found = seconds_a_step(task)
    if most > 1:
        package.set_num_threads(1)
        alone = seconds_a_step(task)
        if alone < found:
            return alone
        package.set_num_threads(most)
    return found


def fitted(task: NetworkTask, minutes: float, seconds: float) -> tuple[int, int]:
    """(epochs, steps of each) that fill so many minutes: passes over the text, or a part of one."""
    steps = max(1, int(60 * minutes * SHARE / seconds))
    if steps <= task.steps:
        return 1, steps
    epochs = max(1, round(steps / task.steps))
    return epochs, min(task.steps, math.ceil(steps / epochs))
