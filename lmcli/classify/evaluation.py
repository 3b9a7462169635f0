"""How right a classifier is on texts whose labels are known: scores, confusion, mistakes, calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.labelling import LIKELY
from lmcli.classify.model import Floats, TextClassifier
from lmcli.frame.errors import BadInput, LmcliError, NoAnswer, quoted
from lmcli.frame.numbers import shortest
from lmcli.training.data import Example
from lmcli.training.scores import confusion_of, macro_f1

BATCH = 1024  # texts that are read and run together
BINS = 10  # of calibration
NAMED = 8  # labels that an error names

Tell = Callable[[LmcliError, int], None]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of a confidence from `low` to `high`: how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How a label was found: of `texts` that have it. recall: of those the share found; precision: of the answers."""

    label: str
    texts: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's scores. confusion[i][j]: how many texts of label i were called j; [] where a text may have several.

    ece: the expected calibration error, by how much confidence and accuracy differ on average (Guo et al. 2017).
    """

    data: str
    model: str
    texts: int
    accuracy: float
    macro_f1: float
    ece: float
    labels: tuple[str, ...]
    confusion: list[list[int]]
    by_label: tuple[LabelScore, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("model", "texts", "accuracy", "macro_f1", "ece")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that got another label than it has; `score` is the answer's probability."""

    line: int
    text: str
    label: str
    predicted: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("line", "label", "predicted", "score", "text")


@dataclass
class Answers:
    """What a model answered. truth (texts, labels): which labels a text has; scores: the probabilities given."""

    classifier: TextClassifier
    examples: list[Example] = field(default_factory=list)
    truth: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    scores: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """(texts, labels): the labels that were given: the likeliest, or of several all that are likely."""
        if self.classifier.multi:
            return self.scores >= LIKELY
        best = self.scores.argmax(axis=1)[:, None]
        one: NDArray[np.bool_] = best == np.arange(self.scores.shape[1])
        return one

    def evaluation(self, data: Path) -> Evaluation:
        """All scores together."""
        truth, predicted = self.truth, self.predicted
        labels = self.classifier.labels
        right = (truth & predicted).sum(axis=0)
        has, given = truth.sum(axis=0), predicted.sum(axis=0)
        precision, recall = right / np.maximum(given, 1), right / np.maximum(has, 1)
        f1 = 2 * right / np.maximum(has + given, 1)
        matrix = np.zeros((0, 0), np.int64)
        mean = float(f1[has > 0].mean())
        if not self.classifier.multi:
            matrix = confusion_of(truth.argmax(axis=1), predicted.argmax(axis=1), len(labels))
            mean = macro_f1(matrix)
        by_label = zip(
            labels, has.tolist(), precision.tolist(), recall.tolist(), f1.tolist(), strict=True
        )
        return Evaluation(
            data.name,
            self.classifier.name,
            len(truth),
            float((truth == predicted).all(axis=1).mean()),
            mean,
            ece(self.bins()),
            labels,
            matrix.tolist(),
            tuple(LabelScore(*row) for row in by_label),
        )

    def mistakes(self) -> list[Mistake]:
        """The texts with a wrong answer, the surest first."""
        labels, predicted = self.classifier.labels, self.predicted
        wrong = (self.truth != predicted).any(axis=1).nonzero()[0]
        order = sorted(wrong.tolist(), key=lambda row: -self.scores[row].max())
        found = []
        for row in order:
            is_, said = (
                "|".join(label for label, one in zip(labels, flags[row], strict=True) if one)
                for flags in (self.truth, predicted)
            )
            example, score = self.examples[row], shortest(self.scores[row].max())
            found.append(Mistake(example.line, example.text, is_, said, score))
        return found

    def bins(self) -> list[Bin]:
        """Answers by their confidence; of several labels a text each yes and no is an answer."""
        if self.classifier.multi:
            sure = np.maximum(self.scores, 1 - self.scores).ravel()
            right = (self.truth == self.predicted).ravel()
        else:
            sure = self.scores.max(axis=1)
            right = (self.truth & self.predicted).any(axis=1)
        place = np.minimum((sure * BINS).astype(int), BINS - 1)
        return [
            Bin(number / BINS, (number + 1) / BINS, int(own.sum()), *_means(sure, right, own))
            for number in range(BINS)
            if (own := place == number).any()
        ]


def _means(sure: Floats, right: NDArray[np.bool_], own: NDArray[np.bool_]) -> tuple[float, float]:
    return float(sure[own].mean()), float(right[own].mean())


def ece(bins: Sequence[Bin]) -> float:
    """The expected calibration error: |confidence - accuracy| of each bin, weighted by its answers."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


def answers(
    classifier: TextClassifier, examples: Iterable[Example], tell: Tell, note: Callable[[str], None]
) -> Answers:
    """What a classifier answers to examples; `tell` hears of each that cannot be used, by its line.

    Raises the first fault where none can be used, NoAnswer where there are none.
    """
    found = Answers(classifier)
    names = Names(classifier.labels, note)
    truth, scores = [], []
    faults: list[LmcliError] = []
    for batch in _batches(examples, BATCH):
        usable: list[tuple[Example, list[int]]] = []
        for example in batch:
            try:
                usable.append((example, names.places(example)))
            except LmcliError as error:
                faults.append(error)
                tell(error, example.line)
        judged = classifier.judge([example.text for example, _ in usable])
        for i, (example, places) in enumerate(usable):
            if i in judged.faults:
                faults.append(judged.faults[i])
                tell(judged.faults[i], example.line)
                continue
            found.examples.append(example)
            truth.append(np.isin(np.arange(len(classifier.labels)), places))
            scores.append(judged.scores[i])
    if not truth:
        raise faults[0] if faults else NoAnswer("there are no texts in it")
    found.truth, found.scores = np.stack(truth), np.stack(scores)
    return found


def _batches(examples: Iterable[Example], size: int) -> Iterator[list[Example]]:
    rest = iter(examples)
    while batch := list(islice(rest, size)):
        yield batch


class Names:
    """The labels of data as those of a model: by name, by name in another case, or by number."""

    def __init__(self, labels: Sequence[str], note: Callable[[str], None]) -> None:
        self._labels = labels
        self._places = {label: place for place, label in enumerate(labels)}
        lower = [label.casefold() for label in labels]
        self._lower = {name: i for i, name in enumerate(lower) if lower.count(name) == 1}
        self._note = note

    def places(self, example: Example) -> list[int]:
        """The numbers of an example's labels. Raises its error, or BadInput for a label that the model lacks."""
        if example.error:
            raise example.error
        return [self._place(label) for label in example.labels]

    def _place(self, label: str) -> int:
        if label in self._places:
            return self._places[label]
        place = self._lower.get(label.casefold())
        if place is None and label.isascii() and label.isdigit() and int(label) < len(self._labels):
            place = int(label)
            self._note(
                f"the label {label} is taken for {self._labels[place]}, the model's number {label}"
            )
        if place is None:
            some = ", ".join(self._labels[:NAMED]) + ", ..." * (len(self._labels) > NAMED)
            raise BadInput(f"the model has no label {quoted(label, 40)}", f"its labels are {some}")
        self._places[label] = place
        return place
