"""What pre-training gives: one network, pre-trained or as drawn, fine-tuned on ever more examples of the same texts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.train.corpus import Corpus, Parts
from lmcli.classify.train.making import answers
from lmcli.classify.train.training import (
    BERT,
    Learned,
    Loop,
    Settings,
    encoded,
    fit,
    plan_for,
    write_vocabulary,
)
from lmcli.frame.errors import BadInput
from lmcli.nn.tokenize import Tokenizer
from lmcli.training.machine import prepare
from lmcli.training.scores import DRAWS

SIZES = (50, 200, 1000)
# what suits each: the one must not forget, the other must move far
RATES = {"pretrained": 5e-5, "scratch": 2e-4}
# few examples are seen more often: 3 epochs of 50 are 12 steps, and teach nothing
BATCH, EPOCHS, STEPS = 16, 3, 100
FEWEST = 2 * SIZES[0]

Bools = NDArray[np.bool_]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """How a network is fine-tuned; None: as it suits the network, or all threads."""

    loop: Loop
    epochs: int | None = None
    rate: float | None = None
    seed: int = 0
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network that has learnt, with the tokenizer that it reads by."""

    learned: Learned
    tokenizer: Tokenizer

    def right(self, tested: Corpus) -> Bools:
        """For each text whether it is answered right, as torch computes it."""
        ids = encoded(self.tokenizer, tested.texts, self.learned.settings)
        given = answers(self.learned.logits(ids), tested.several)
        found: Bools = given == answers(tested.targets - 0.5, tested.several)
        return found


@dataclass(frozen=True, slots=True)
class Point:
    """A network that began `pretrained` or from `scratch`, after so many examples.

    accuracy: the mean of the runs; low, high: where 95 of 100 draws of runs and of held-out texts put it. majority: of
    always saying the most frequent label. seconds: of one run. accuracies: of each.
    """

    start: str
    examples: int
    accuracy: float
    low: float
    high: float
    majority: float
    tested: int
    runs: int
    epochs: int
    seconds: float
    accuracies: tuple[float, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("start", "examples", "accuracy", "low", "high")


def sizes_of(examples: int) -> list[int]:
    """How many examples are learnt from in turn. Raises BadInput where there are too few for a curve."""
    if examples < FEWEST:
        raise BadInput(
            f"{examples} texts to learn from are too few for a curve", f"{FEWEST} at least"
        )
    return [*(size for size in SIZES if size < examples), examples]


def transfer(parts: Parts, way: Way, runs: int, say: Say) -> Iterator[Point]:
    """The points of the curve, by size; a run's smaller sets are parts of its larger ones.

    Both networks see the same examples as often. Nothing is held out to stop by: the last weights are judged. `say` is
    told what begins. Raises BadInput for too few examples.
    """
    for size in sizes_of(len(parts.learned)):
        for start in RATES:
            yield _point(parts, start, size, way, runs, say)


def _point(parts: Parts, start: str, size: int, way: Way, runs: int, say: Say) -> Point:
    epochs = way.epochs or max(EPOCHS, -(-STEPS * BATCH // size))
    settings = Settings(BERT, batch=BATCH, pretrained=start == "pretrained")
    began, right = perf_counter(), []
    for run in range(runs):
        say(f"{start}, {size} examples, run {run + 1} of {runs}")
        order = np.random.default_rng(way.seed + run).permutation(len(parts.learned))
        learned = parts.learned.part(order[:size].tolist())
        own = replace(way, epochs=epochs, rate=RATES[start], seed=way.seed + run)
        right.append(fine_tune(learned, settings, own).right(parts.tested))
    every = np.array(right)
    low, high = spread(every, way.seed)
    return Point(
        start=start,
        examples=size,
        accuracy=float(every.mean()),
        low=low,
        high=high,
        majority=float(parts.tested.targets.mean(axis=0, dtype=np.float64).max()),
        tested=len(parts.tested),
        runs=runs,
        epochs=epochs,
        seconds=(perf_counter() - began) / runs,
        accuracies=tuple(every.mean(axis=1).tolist()),
    )


def fine_tune(corpus: Corpus, settings: Settings, way: Way) -> Fitted:
    """Learn from all of a corpus, on a GPU where there is one."""
    device: Any = prepare(way.seed, way.threads)
    none = corpus.part([])
    with tempfile.TemporaryDirectory(prefix="lmcli-transfer-") as work:
        tokenizer = write_vocabulary(Path(work), corpus.texts, settings)
        plan = plan_for(settings, epochs=way.epochs, rate=way.rate, seed=way.seed)
        learned = fit(tokenizer, Parts(corpus, none, none), settings, plan, way.loop, device)
    return Fitted(learned, tokenizer)


def spread(right: Sequence[Sequence[bool]] | Bools, seed: int) -> tuple[float, float]:
    """Between what 95 of 100 means of `right` (runs, texts) lie when runs and texts are drawn anew."""
    draw, rows = np.random.default_rng(seed), np.asarray(right, np.float64)
    runs, texts = rows.shape
    means = [
        rows[draw.integers(runs, size=runs)].mean(axis=0)[draw.integers(texts, size=texts)].mean()
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
