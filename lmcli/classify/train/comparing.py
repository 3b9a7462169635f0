"""Every kind of classifier on one split: how right, how large, how fast; and what the order of words is to it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import numpy as np

from lmcli.classify.model import TextClassifier, open_classifier
from lmcli.classify.train.corpus import Corpus, Parts
from lmcli.classify.train.making import Story, answers, finish
from lmcli.classify.train.training import Loop, Settings, fit, plan_for, write_vocabulary
from lmcli.frame.models import read_spec
from lmcli.nn.onnx import close_sessions
from lmcli.training.machine import prepare
from lmcli.training.scores import confusion_of, interval, macro_f1, scores_of

GOOD = ("good", "great", "fine", "lovely", "clever", "funny", "fresh", "moving")
BAD = ("bad", "poor", "weak", "ugly", "silly", "boring", "stale", "dull")
STARTS = ("", "it is ", "the film was ")
TIMED = 200  # texts that the time of one is measured on


@dataclass(frozen=True, slots=True)
class Compared:
    """A kind of classifier on texts it had not seen.

    low, high: where 95 of 100 draws of such texts put the accuracy; f1_low, f1_high: the macro F1. microseconds: a
    text, from letters to labels, on one thread. order: the share of answers that another order of the words changes.
    confusion: a row for each label that is, a column for each that was answered.
    """

    model: str
    accuracy: float
    low: float
    high: float
    macro_f1: float
    f1_low: float
    f1_high: float
    parameters: int
    seconds: float
    microseconds: float
    order: float
    labels: tuple[str, ...]
    confusion: list[list[int]]

    PLAIN: ClassVar[tuple[str, ...]] = (
        "model",
        "accuracy",
        "macro_f1",
        "parameters",
        "seconds",
        "order",
    )


def order_lesson() -> Corpus:
    """Pairs of texts of the same words with opposite labels: “not good, bad” and “not bad, good”."""
    texts, targets = [], []
    for start in STARTS:
        for good in GOOD:
            for bad in BAD:
                texts += [f"{start}not {good}, {bad}", f"{start}not {bad}, {good}"]
                targets += [(1.0, 0.0), (0.0, 1.0)]
    return Corpus(texts, ("negative", "positive"), np.array(targets, np.float32))


def compare(
    parts: Parts, settings: Settings, loop: Loop, *, epochs: int | None, seed: int
) -> Compared:
    """Train one kind, write its graph, and judge what that says of the tested texts."""
    plan = plan_for(settings, epochs=epochs, rate=None, seed=seed)
    prepare(seed, 1)
    with tempfile.TemporaryDirectory(prefix="lmcli-compare-") as work:
        folder = Path(work) / settings.kind
        folder.mkdir()
        start = perf_counter()
        tokenizer = write_vocabulary(folder, parts.learned.texts, settings)
        learned = fit(tokenizer, parts, settings, plan, loop)
        seconds = perf_counter() - start
        story = Story(
            settings.kind, "the texts", "", len(parts.learned), seed, seconds, settings.longest
        )
        finish(learned, parts.tested.part([]), folder, story)
        row = _judged(
            open_classifier(read_spec(folder), provider="cpu", threads=1), parts.tested, seed
        )
        close_sessions()
    return replace(row, model=settings.kind, parameters=learned.parameters, seconds=seconds)


def _judged(classifier: TextClassifier, tested: Corpus, seed: int) -> Compared:
    several, labels = tested.several, len(tested.labels)
    given = answers(classifier.logits(tested.texts), several)
    truth = answers(tested.targets - 0.5, several)
    scores = scores_of(truth, given, labels)
    low, high = interval(truth, given, lambda a, b: float((a == b).mean()), seed)
    f1_low, f1_high = interval(
        truth, given, lambda a, b: macro_f1(confusion_of(a, b, labels)), seed
    )
    return Compared(
        "",
        scores.accuracy,
        low,
        high,
        scores.macro_f1,
        f1_low,
        f1_high,
        0,
        0.0,
        _microseconds(classifier, tested.texts),
        _order(classifier, tested, given, seed),
        tested.labels,
        scores.confusion.tolist(),
    )


def _microseconds(classifier: TextClassifier, texts: Sequence[str]) -> float:
    some = list(texts[:TIMED])
    classifier.logits(some)
    start = perf_counter()
    classifier.logits(some)
    return 1e6 * (perf_counter() - start) / max(1, len(some))


def _order(classifier: TextClassifier, tested: Corpus, given: np.ndarray, seed: int) -> float:
    """The share of answers that change where the words of each text are drawn in another order."""
    draw = np.random.default_rng(seed)
    pieces = [text.split() if " " in text else list(text) for text in tested.texts]
    glue = [" " if " " in text else "" for text in tested.texts]
    moved = [
        between.join(draw.permutation(np.array(words, object)).tolist())
        for words, between in zip(pieces, glue, strict=True)
    ]
    other = answers(classifier.logits(moved), tested.several)
    return float((other != given).mean())
