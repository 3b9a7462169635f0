"""Several sizes of network on the same tokens: the loss by size, and at equal compute."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.train import making, running
from lmcli.pretrain.train.task import TextTask
from lmcli.pretrain.transformer import Shape, build, parameters
from lmcli.training.loop import learn
from lmcli.training.task import INTERRUPTED, Event, Plan

LADDER = ((1, 32, 1), (2, 64, 2), (3, 96, 3), (4, 160, 5))  # layers, width, heads
JUDGED = 8  # times that a training is judged
JUDGED_ON = 8_000  # held-out tokens


@dataclass(frozen=True, slots=True)
class Size:
    """One size. inner: parameters without the embedding; flops: 6 a parameter and token, the output matrix counted.

    loss: nats a token on what was held out; at_equal: the same when it had used as much compute as the smallest in all
    (read between two points at which it was judged; none where it was never judged before).
    """

    layers: int
    width: int
    parameters: int
    inner: int
    tokens: int
    flops: float
    loss: float
    at_equal: float | None

    PLAIN: ClassVar[tuple[str, ...]] = ("layers", "width", "parameters", "flops", "loss")


def sizes(
    corpus: Corpus, minutes: float, context: int, batch: int, seed: int,
    say: Callable[[str], None], threads: int | None,
) -> list[Size]:  # fmt: skip
    """Train every size of LADDER on as many tokens as all together can read in the time."""
    from lmcli.training import machine

    machine.prepare(seed, threads, "cpu")
    with tempfile.TemporaryDirectory() as place:
        kind = making.fitting(corpus, None)
        tokenizer = making.make_tokenizer(corpus, kind, None, Path(place), context)
        material = making.material(corpus, tokenizer, context)
    shapes = [Shape(tokenizer.size, *one, context) for one in LADDER]

    def task_of(shape: Shape) -> TextTask:
        torch().manual_seed(seed)
        return TextTask(build(shape), material, "clm", context, batch, most=JUDGED_ON)

    spent = [
        running.seconds_a_step(task_of(shape)) if threads else running.best_threads(task_of(shape))
        for shape in shapes
    ]
    steps = max(JUDGED, int(60 * minutes * running.SHARE / sum(spent)))
    curves = []
    for shape in shapes:
        task = task_of(shape)
        count = parameters(task.network)
        say(f"{shape.layers} layers of {shape.width}: {count:,} parameters, {steps} steps")
        curves.append((shape, count, list(_curve(task, steps, seed))))
    each = batch * context
    least = 6.0 * curves[0][1] * curves[0][2][-1][0] * each
    return [
        Size(
            shape.layers, shape.width, count, count - shape.vocabulary * shape.width,
            points[-1][0] * each, 6.0 * count * points[-1][0] * each, points[-1][1],
            _between(points, least / (6.0 * count * each)),
        )
        for shape, count, points in curves
    ]  # fmt: skip


def _curve(task: TextTask, steps: int, seed: int) -> Iterator[tuple[int, float]]:
    """(step, held-out loss) of a training. Raises KeyboardInterrupt after Ctrl-C."""
    whole = -(-steps // JUDGED)
    epochs = -(-steps // min(whole, task.steps))
    task.steps = -(-steps // epochs)
    points: list[tuple[int, float]] = []

    def watch(event: Event) -> None:
        if event.scores:
            points.append((event.step, event.scores["loss"]))

    run = learn(task, Plan(epochs, 4e-3, decay=0.1, warmup=0.05, seed=seed), watch)
    if run.ended == INTERRUPTED:
        raise KeyboardInterrupt
    yield from points


def _between(points: list[tuple[int, float]], step: float) -> float | None:
    """The loss at a step, between two of the points; None before the first."""
    places, losses = zip(*points, strict=True)
    if step < places[0]:
        return None
    found: Any = np.interp(step, places, losses)
    return float(found)
