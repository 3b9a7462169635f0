"""The examples that a classifier learns from, and what is wrong with them, said before long work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.training.data import Example
from lmcli.training.split import same_text, split

FEW = 20  # examples of a label from which on a part of them is held out; with fewer, leave one out
MOST_LABELS = 1000
STOPPING = 0.1  # the share of what is learnt from that tells when to stop

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, the names of the labels, and targets (texts, labels): 1 where a text has a label."""

    texts: list[str]
    labels: tuple[str, ...]
    targets: Floats
    several: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, rows: list[int]) -> Corpus:
        """These examples alone, with all labels."""
        return Corpus(
            [self.texts[row] for row in rows], self.labels, self.targets[rows], self.several
        )

    def joined(self, other: Corpus) -> Corpus:
        """These examples and another's, of the same labels."""
        targets = np.concatenate([self.targets, other.targets])
        return Corpus(self.texts + other.texts, self.labels, targets, self.several)

    def parts(self, share: float, seed: int) -> tuple[Corpus, Corpus]:
        """The examples in two parts, as `training.split.split` makes them."""
        keys = [same_text(text) for text in self.texts]
        kinds = [tuple(row) for row in np.rint(self.targets)]
        first, second = split(keys, kinds, share, seed)
        return self.part(first), self.part(second)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is learnt from, what tells when to stop, what is tested on; the last two may be empty."""

    learned: Corpus
    stopping: Corpus
    tested: Corpus


def gather(
    examples: Iterable[Example], several: bool, tell: Callable[[LmcliError, int], None]
) -> Corpus:
    """The corpus of examples; `tell` gets the faults of lines. Raises BadInput where nothing can be learnt from it."""
    texts: list[str] = []
    given: list[tuple[str, ...]] = []
    for one in examples:
        if one.error:
            tell(one.error, one.line)
        else:
            texts.append(one.text)
            given.append(one.labels)
    counts = Counter(label for labels in given for label in labels)
    labels = tuple(sorted(counts))
    _check(len(texts), counts)
    place = {label: at for at, label in enumerate(labels)}
    targets = np.zeros((len(texts), len(labels)), np.float32)
    for row, own in enumerate(given):
        targets[row, [place[label] for label in own]] = 1
    return Corpus(texts, labels, targets, several)


def _check(texts: int, counts: Counter[str]) -> None:
    if not texts:
        raise BadInput("there are no examples", "a table with the columns text and label, say")
    if len(counts) < 2:
        only = next(iter(counts), "")
        raise BadInput(
            f"all {texts} texts have the label {only!r}", "two labels are needed to tell apart"
        )
    alone = sum(1 for count in counts.values() if count == 1)
    if len(counts) > 2 and alone == len(counts):
        raise BadInput(
            f"each of the {texts} texts has a label of its own",
            "is --label the column of the labels?",
        )
    if len(counts) > MOST_LABELS:
        raise BadInput(
            f"{len(counts)} different labels are too many", "is --label the right column?"
        )


def warnings_of(corpus: Corpus) -> list[str]:
    """What is to be said of a corpus that can be learnt from, but not well."""
    counts = corpus.targets.sum(axis=0)
    said = []
    once = [label for label, count in zip(corpus.labels, counts, strict=True) if count == 1]
    if once and len(corpus) >= FEW:
        named = ", ".join(map(repr, once[:5])) + (", ..." if len(once) > 5 else "")
        have = "1 label has" if len(once) == 1 else f"{len(once)} labels have"
        said.append(f"{have} one text alone, and none to be tested on: {named}")
    if len(corpus.labels) > 20 and all(_is_number(label) for label in corpus.labels):
        said.append(
            f"the {len(corpus.labels)} labels are numbers: they are taken as names, 4 no nearer to 5 than to 1"
        )
    return said


def divided(corpus: Corpus, tested: Corpus | None, share: float, seed: int) -> Parts:
    """The parts of a training. Few examples are all learnt from: see `is_small`."""
    if tested is None:
        if is_small(corpus):
            return Parts(corpus, corpus.part([]), corpus.part([]))
        corpus, tested = corpus.parts(share, seed)
    learned, stopping = corpus.parts(STOPPING, seed + 1)
    return Parts(learned, stopping, tested)


def is_small(corpus: Corpus) -> bool:
    """Whether there are so few examples that leaving each out in turn says more than a part held out."""
    return len(corpus) < FEW


def matched(corpus: Corpus, labels: tuple[str, ...]) -> Corpus:
    """A corpus with its labels in another's order. Raises BadInput for a label that the other lacks."""
    strange = [label for label in corpus.labels if label not in labels]
    if strange:
        raise BadInput(
            f"the test texts have the label {strange[0]!r}, which no text to learn from has"
        )
    targets = np.zeros((len(corpus), len(labels)), np.float32)
    for at, label in enumerate(corpus.labels):
        targets[:, labels.index(label)] = corpus.targets[:, at]
    return Corpus(corpus.texts, labels, targets, corpus.several)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
