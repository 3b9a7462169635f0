"""The same pairs learnt by GRUs, GRUs with attention and a transformer: BLEU by the length of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

import numpy as np

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.training.task import Plan, Run
from lmcli.translate.evaluation import bleu
from lmcli.translate.text import joined
from lmcli.translate.train.grammar.rules import sentence
from lmcli.translate.train.learning import Learning, parameters
from lmcli.translate.train.own import Corpus, Settings, settled, task_of, written

KINDS = ("rnn", "rnn-attention", "transformer")
BUCKETS = 5
CLAUSES, LONGEST = 5, 34  # of a sentence at most, and its characters or words


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


def lesson(seed: int, count: int = 6000) -> list[tuple[str, str]]:
    """Chinese and English sentences of lmcli's own grammar, one to five joined by commas."""
    draw = Random(seed)
    made: dict[str, str] = {}
    while len(made) < count:
        parts = [sentence(draw) for _ in range(draw.randint(1, CLAUSES))]
        source = "，".join(part.chinese.rstrip("。？！") for part in parts)
        words = [[word for word in part.english if word not in ".?!"] for part in parts]
        if max(len(source), sum(len(own) + 1 for own in words)) <= LONGEST:
            made[source] = ", ".join(joined(own)[0] for own in words)
    return list(made.items())


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
    with settled():
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
