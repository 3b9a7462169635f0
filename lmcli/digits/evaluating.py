"""How good a network is: per label, its worst mistakes, and on pictures that were shifted or are noisy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.files.sources import Bytes, Part
from lmcli.digits.network import Floats, Network
from lmcli.frame.numbers import shortest
from lmcli.training.scores import Scores, scores_of

SHIFTS = (0, 1, 2, 3, 4, 6)  # pixels, to each of the four sides
NOISES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6)  # standard deviation; full ink is 1
SAMPLE = 2000  # pictures that robustness is measured on


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is told: of `count` pictures; `confused` is what it is taken for most, `times` how often."""

    label: str
    count: int
    precision: float | None
    recall: float | None
    confused: str
    times: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture that was read wrongly: its place in the data, from 0, and how sure the network was."""

    index: int
    label: str
    guess: str
    score: float


@dataclass(frozen=True, slots=True)
class Robust:
    """The share of pictures that a model reads rightly when they are changed: shifted by pixels, or noisy."""

    change: str
    amount: float
    model: str
    accuracy: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a network makes of pictures: probabilities (n, labels) and the scores."""

    part: Part
    shares: Floats
    scores: Scores
    names: tuple[str, ...]

    def labels(self) -> list[LabelScore]:
        """A row for each label there is a picture of."""
        matrix = self.scores.confusion
        rows = []
        for place, name in enumerate(self.names):
            count, called = int(matrix[place].sum()), int(matrix[:, place].sum())
            if not count:
                continue
            others = matrix[place].copy()
            others[place] = 0
            worst = int(others.argmax())
            right = int(matrix[place, place])
            rows.append(
                LabelScore(
                    name,
                    count,
                    _share(right, called),
                    _share(right, count),
                    self.names[worst] if others[worst] else "",
                    int(others[worst]),
                )
            )
        return rows

    def mistakes(self, most: int) -> list[Mistake]:
        """The mistakes that the network was surest of."""
        guessed = self.shares.argmax(axis=1)
        wrong = np.flatnonzero(guessed != self.part.labels)
        sure = self.shares[wrong, guessed[wrong]]
        order = wrong[np.argsort(-sure, kind="stable")][:most].tolist()
        return [
            Mistake(
                at,
                self.names[int(self.part.labels[at])],
                self.names[int(guessed[at])],
                shortest(self.shares[at, guessed[at]]),
            )
            for at in order
        ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def evaluate(network: Network, part: Part) -> Evaluation:
    """Run a network on pictures whose labels are known."""
    shares = network.probabilities(as_floats(part.pixels))
    scores = scores_of(part.labels, shares.argmax(axis=1), len(network.labels))
    return Evaluation(part, shares, scores, network.labels)


def as_floats(pixels: Bytes) -> Floats:
    """Bytes as values from 0 to 1."""
    values: Floats = pixels.astype(np.float32) / np.float32(255)
    return values


def robustness(networks: Sequence[Network], part: Part, seed: int = 0) -> Iterator[Robust]:
    """How much of their accuracy networks keep on pictures that are shifted, and on noisy ones."""
    draw = np.random.default_rng(seed)
    rows = np.sort(draw.permutation(len(part.labels))[:SAMPLE])
    pixels, labels = as_floats(part.pixels[rows]), part.labels[rows]
    for amount in SHIFTS:
        moved = [pixels] if not amount else [shifted(pixels, *by) for by in _sides(amount)]
        for network in networks:
            yield Robust("shift", float(amount), network.name, _accuracy(network, moved, labels))
    for level in NOISES:
        spoilt = [noisy(pixels, level, draw)]
        for network in networks:
            yield Robust("noise", level, network.name, _accuracy(network, spoilt, labels))


def _sides(amount: int) -> tuple[tuple[int, int], ...]:
    return (amount, 0), (-amount, 0), (0, amount), (0, -amount)


def shifted(pixels: Floats, down: int, right: int) -> Floats:
    """Pictures (n, h, w) moved; what leaves them is gone, what comes in is black."""
    moved = np.zeros_like(pixels)
    height, width = pixels.shape[1:]
    to_rows = slice(max(down, 0), height + min(down, 0))
    from_rows = slice(max(-down, 0), height + min(-down, 0))
    to_columns = slice(max(right, 0), width + min(right, 0))
    from_columns = slice(max(-right, 0), width + min(-right, 0))
    moved[:, to_rows, to_columns] = pixels[:, from_rows, from_columns]
    return moved


def noisy(pixels: Floats, level: float, draw: np.random.Generator) -> Floats:
    """Pictures with normal noise of a standard deviation."""
    noise = draw.standard_normal(pixels.shape, np.float32) * np.float32(level)
    spoilt: Floats = np.clip(pixels + noise, 0, 1)
    return spoilt


def _accuracy(network: Network, batches: Sequence[Floats], labels: NDArray[np.int64]) -> float:
    right = [(network.probabilities(one).argmax(axis=1) == labels).mean() for one in batches]
    return float(np.mean(right))
