"""The loop by which everything here is learnt: a batch, its loss, the gradient, a step; then the next batch.

AdamW (Loshchilov and Hutter 2019) with a rate that rises for a while and falls as a cosine (the same, 2017), the
gradient's length clipped (Pascanu et al. 2013), and early stopping on held-out examples. What is learnt is a `Task`.
"""

from __future__ import annotations

import math
from time import monotonic
from typing import Any

from lmcli.frame.errors import LmcliError
from lmcli.nn.memory import keep_blocks
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.training.checkpoint import Checkpoint
from lmcli.training.interrupt import interrupts
from lmcli.training.task import (
    FINISHED,
    INTERRUPTED,
    OUT_OF_TIME,
    STOPPED_EARLY,
    Event,
    Plan,
    Run,
    Task,
    Watch,
)


def learn(
    task: Task, plan: Plan, watch: Watch = lambda _event: None, keep: Checkpoint | None = None
) -> Run:
    """Learn, and leave the task with the weights of its best epoch, or the last where nothing was held out.

    Where `keep` holds a training that was stopped, it goes on as if it never had been: the numbers are the same to the
    last bit on the same machine. Raises LmcliError where the loss is no number any more.
    """
    package = torch()
    keep_blocks()
    generator = package.Generator().manual_seed(plan.seed)
    optimiser = package.optim.AdamW(
        task.groups(), lr=plan.rate, weight_decay=plan.decay, fused=plan.fused or None
    )
    schedule = _schedule(optimiser, plan, max(1, plan.epochs * task.steps))
    run = Run()
    order = keep.restore(task, optimiser, schedule, generator, run) if keep else None
    run.ended = FINISHED if run.ended == INTERRUPTED else run.ended
    began, start = run.seconds, monotonic()
    with interrupts() as interrupted:
        while run.epoch < plan.epochs and run.ended == FINISHED:
            if order is None:
                order = generator.get_state()
            now = generator.get_state()
            batches = task.batches(generator.set_state(order))
            done = run.step - run.epoch * task.steps
            if done:  # the epoch had begun: what was drawn since stays drawn
                generator.set_state(now)
            for batch in batches[done:]:
                loss = _step(task, batch, generator, optimiser, plan.clip)
                schedule.step()
                run.step, run.total = run.step + 1, run.total + loss
                run.seconds = began + monotonic() - start
                rate = optimiser.param_groups[0]["lr"]
                watch(
                    Event(
                        run.epoch + 1, run.step, plan.epochs * task.steps, loss, rate, run.seconds
                    )
                )
                run.ended = _end(run, plan, interrupted())
                if run.ended != FINISHED:
                    break
                if keep and keep.due():
                    keep.save(task, optimiser, schedule, generator, run, order)
            if run.ended != INTERRUPTED:
                _close(task, run, plan, watch, optimiser.param_groups[0]["lr"])
                order = None
            if keep:
                keep.save(task, optimiser, schedule, generator, run, order)
    if run.weights and run.ended != INTERRUPTED:
        with package.no_grad():
            for name, tensor in task.state().items():
                tensor.copy_(run.weights[name])
    return run


def _step(task: Task, batch: Any, generator: Any, optimiser: Any, clip: float) -> float:
    """Move the weights a step down the gradient of a batch's loss; returns that loss."""
    loss = task.loss(batch, generator)
    optimiser.zero_grad()
    loss.backward()
    if clip:
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        torch().nn.utils.clip_grad_norm_(weights, clip)
    optimiser.step()
    value = float(loss.detach())
    if not math.isfinite(value):
        raise LmcliError(f"the loss is {value}: the weights have run away", "take a smaller --lr")
    return value


def _close(task: Task, run: Run, plan: Plan, watch: Watch, rate: float) -> None:
    """End an epoch: judge the weights, keep the best, and stop where they have not become better for long."""
    steps = run.step - run.epoch * task.steps
    scores = task.judge()
    run.epoch += 1
    best = scores is not None and scores["score"] >= run.best
    if best and scores is not None:
        run.best, run.best_epoch = scores["score"], run.epoch
        run.weights = {name: value.detach().clone() for name, value in task.state().items()}
    elif scores is not None and plan.patience and run.epoch - run.best_epoch >= plan.patience:
        run.ended = STOPPED_EARLY
    loss, run.total = run.total / max(1, steps), 0.0
    total = plan.epochs * task.steps
    watch(Event(run.epoch, run.step, total, loss, rate, run.seconds, scores or {}, best))


def _end(run: Run, plan: Plan, interrupted: bool) -> str:
    if interrupted:
        return INTERRUPTED
    out = plan.minutes is not None and run.seconds >= 60 * plan.minutes
    return OUT_OF_TIME if out else FINISHED


def _schedule(optimiser: Any, plan: Plan, steps: int) -> Any:
    """The rate rises in a line for the first steps, and then falls as half a wave of a cosine to zero."""
    kinds = torch().optim.lr_scheduler
    rising = round(plan.warmup * steps)
    if not rising:
        return kinds.CosineAnnealingLR(optimiser, steps)
    up = kinds.LinearLR(optimiser, 1 / (rising + 1), total_iters=rising)
    return kinds.SequentialLR(
        optimiser, [up, kinds.CosineAnnealingLR(optimiser, max(1, steps - rising))], [rising]
    )
