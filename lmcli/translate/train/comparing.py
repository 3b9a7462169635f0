"""The same pairs learnt by GRUs, GRUs with attention and a transformer: BLEU by the length of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.training.task import Plan, Run
from lmcli.translate.evaluation import bleu
from lmcli.translate.train.learning import Learning, parameters
from lmcli.translate.train.own import Corpus, Settings, task_of, written

KINDS = ("rnn", "rnn-attention", "transformer")
BUCKETS = 5


@dataclass(frozen=True, slots=True)
class Bucket:
    """Held-out sentences of `shortest` to `longest` source tokens: how many, and their BLEU."""

    shortest: int
    longest: int
    pairs: int
    bleu: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of translator. seconds: of its training. bleu: of all held-out pairs, the likeliest word each time."""

    model: str
    parameters: int
    seconds: float
    bleu: float
    by_length: tuple[Bucket, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("model", "parameters", "seconds", "bleu", "short_to_long")

    @property
    def short_to_long(self) -> str:
        """BLEU of the buckets, the short sentences first."""
        return " ".join(f"{one.bleu:.1f}" for one in self.by_length)


def compared(
    corpus: Corpus,
    settings: Settings,
    plan: Plan,
    device: Any,
    loop: Callable[[Learning, Plan], Run],
) -> Compared:
    """One kind, learnt by `loop`; the seed gives the same weights to begin with and the same order of pairs."""
    torch().manual_seed(plan.seed)
    task = task_of(corpus, settings, device)
    run = loop(task, plan)
    found = task.translate([source for source, _ in corpus.held])
    right = [(target,) for _, target in corpus.held]
    lengths = [
        len(task.vocabulary.read(written(source, corpus.source))) - 1 for source, _ in corpus.held
    ]

    def score(rows: Sequence[int]) -> float:
        return round(
            bleu([found[row] for row in rows], [right[row] for row in rows], corpus.target), 2
        )

    buckets = tuple(
        Bucket(lengths[rows[0]], lengths[rows[-1]], len(rows), score(rows))
        for rows in by_length(lengths)
    )
    every = score(range(len(found)))
    return Compared(settings.kind, parameters(task.network), round(run.seconds, 1), every, buckets)


def by_length(lengths: Sequence[int], count: int = BUCKETS) -> list[list[int]]:
    """The rows in buckets of about as many each, the short ones first; like lengths stay together."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    ends = sorted({lengths[int(part[-1])] for part in np.array_split(order, count) if len(part)})
    lows = [-1, *ends[:-1]]
    return [
        [row for row in order if low < lengths[row] <= end]
        for low, end in zip(lows, ends, strict=True)
    ]
