"""What the loop learns, how, and what it tells: the words that a training is described in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

FINISHED, STOPPED_EARLY, OUT_OF_TIME, INTERRUPTED = "finished", "early", "time", "interrupted"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn.

    rate: the highest learning rate; warmup: the share of all steps in which it rises. clip: the gradient's greatest
    length, 0 for any. patience: epochs without a better score after which to stop, 0 for never. minutes: at most.
    fused: one pass over all weights in a step of the optimiser; faster, and rounded otherwise.
    """

    epochs: int = 10
    rate: float = 1e-3
    decay: float = 0.01
    warmup: float = 0.0
    clip: float = 1.0
    patience: int = 0
    seed: int = 0
    minutes: float | None = None
    fused: bool = True


class Task(Protocol):
    """What is learnt: weights, batches of examples, the loss of a batch, the score on what was held out."""

    steps: int  # batches in an epoch

    def groups(self) -> list[dict[str, Any]]:
        """The weights in groups, as torch's optimisers take them; a group may have its own rate: `lr`."""

    def batches(self, generator: Any) -> Sequence[Any]:
        """The batches of one epoch, in an order drawn from `generator`."""

    def loss(self, batch: Any, generator: Any) -> Any:
        """The loss of a batch, a tensor of one number; `generator` is for what is drawn, such as dropout."""

    def judge(self) -> Mapping[str, float] | None:
        """How good the weights are on held-out examples: `score` (higher is better) decides; None without any."""

    def state(self) -> dict[str, Any]:
        """The weights by name, as they are: not a copy."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: a step, or with `scores` (perhaps none) the end of an epoch, whose mean loss it has."""

    epoch: int
    step: int
    steps: int
    loss: float
    rate: float
    seconds: float
    scores: Mapping[str, float] | None = None
    best: bool = False


@dataclass(slots=True)
class Run:
    """How far a training has come. `step` counts from its beginning, `best_epoch` from 1; `ended` says why it did."""

    epoch: int = 0
    step: int = 0
    best: float = -math.inf
    best_epoch: int = 0
    seconds: float = 0.0
    ended: str = FINISHED
    total: float = 0.0  # of the losses since the epoch began
    weights: dict[str, Any] = field(default_factory=dict)  # the best ones


Watch = Callable[[Event], None]
