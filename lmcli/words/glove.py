"""GloVe: word vectors whose products approach the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014. The loss is J = sum over X_ij > 0 of f(X_ij) (w_i w~_j + b_i + b~_j - log X_ij)^2
with f(x) = min(1, (x / x_max)^power); AdaGrad (Duchi et al. 2011) minimises it. The vectors are w + w~.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmcli.frame.errors import BadInput, LmcliError
from lmcli.words.train.cooccurrence import Cooccurrences

BATCH = 1024  # cells whose gradients are added up before a step; fewer where the matrix is small
LEAST_STEPS = 16  # steps of an epoch, where there are cells enough


@dataclass(frozen=True, slots=True)
class GloVeOptions:
    """The parameters of GloVe, under the paper's values. batch: cells a step; by their number if None."""

    size: int = 100
    window: int = 10
    min_count: int = 5
    epochs: int = 25
    x_max: float = 100.0
    power: float = 0.75
    rate: float = 0.05
    seed: int = 1
    batch: int | None = None

    @property
    def algorithm(self) -> str:
        """The name of the algorithm."""
        return "glove"


class _Table:
    """Parameters (V, k) and the sums of their squared gradients, which AdaGrad divides by."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.squares = np.ones_like(values)

    def step(self, rows: np.ndarray, gradients: np.ndarray, rate: float) -> None:
        """One step for `rows` (distinct) with their `gradients`."""
        squares = self.squares[rows]
        self.values[rows] -= rate * gradients / np.sqrt(squares)
        self.squares[rows] = squares + gradients**2


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # the loss tells
def train_glove(
    cells: Cooccurrences, size: int, options: GloVeOptions, on_epoch: Callable[[float], None]
) -> np.ndarray:
    """Vectors (size, d) of `size` words. `on_epoch` gets the mean loss of a cell in each epoch.

    Raises BadInput where no two words stand together, LmcliError where the loss or the vectors grow beyond bounds.
    """
    if not len(cells):
        raise BadInput("no two words stand in one sentence", "is it one sentence a line?")
    rng = np.random.default_rng(options.seed)
    width = options.size + 1  # the last column is the bias
    word, context = (_Table((rng.random((size, width)) - 0.5) / options.size) for _ in range(2))
    targets = np.log(cells.counts)
    weights = np.minimum((cells.counts / options.x_max) ** options.power, 1.0)
    batch = options.batch or max(1, min(BATCH, len(cells) // LEAST_STEPS))
    for _ in range(options.epochs):
        order = rng.permutation(len(cells))
        loss = 0.0
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            loss += _step(
                word,
                context,
                cells.rows[part],
                cells.columns[part],
                targets[part],
                weights[part],
                options.rate,
            )
        if not np.isfinite(loss):
            raise LmcliError("the loss grew beyond bounds", "lower --rate")
        on_epoch(loss / len(cells))
    vectors = np.asarray(word.values[:, :-1] + context.values[:, :-1], np.float32)
    if not np.isfinite(vectors).all():
        raise LmcliError("the vectors grew beyond float32", "lower --rate")
    return vectors


def _step(
    word: _Table,
    context: _Table,
    rows: np.ndarray,
    columns: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    rate: float,
) -> float:
    """One AdaGrad step for a batch of cells; its loss before the step."""
    w, c = word.values[rows], context.values[columns]
    errors = np.einsum("ij,ij->i", w[:, :-1], c[:, :-1]) + w[:, -1] + c[:, -1] - targets
    slopes = (weights * errors)[:, None]
    toward_word, toward_context = slopes * c, slopes * w
    toward_word[:, -1:] = toward_context[:, -1:] = slopes
    word.step(*_summed(rows, toward_word), rate)
    context.step(*_summed(columns, toward_context), rate)
    return float((weights * errors**2).sum())


def _summed(rows: np.ndarray, gradients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows, each with the sum of its gradients; one bincount is twice as fast as add.reduceat."""
    distinct, places = np.unique(rows, return_inverse=True)
    width = gradients.shape[1]
    cells = (places[:, None] * width + np.arange(width)).ravel()
    sums = np.bincount(cells, gradients.ravel(), minlength=len(distinct) * width)
    return distinct, sums.reshape(-1, width)
