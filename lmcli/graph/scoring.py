"""What scores say: areas under curves, F1, and the logistic regression that makes scores of vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmcli.graph.graph import Floats, Ints

Bools = npt.NDArray[np.bool_]


def auc(truth: Bools, scores: Floats) -> float:
    """The chance that a true one scores above a false one, ties counted half (Mann and Whitney 1947)."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    true = int(truth.sum())
    false = len(truth) - true
    return float((ranks[truth].sum() - true * (true + 1) / 2) / (true * false))


def average_precision(truth: Bools, scores: Floats) -> float:
    """Precision at each true one, weighed by the recall it adds; equal scores come together."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.flatnonzero(np.concatenate([np.diff(scores[order]) != 0, [True]]))
    precision = hits[last] / (last + 1)
    gained = np.diff(hits[last], prepend=0) / hits[-1]
    return float((precision * gained).sum())


def f1_scores(truth: Ints, guesses: Ints, classes: int) -> tuple[float, float]:
    """(macro, micro) F1: the mean over classes that occur or are guessed; all decisions together."""
    right = truth == guesses
    hits = np.bincount(truth[right], minlength=classes)
    both = np.bincount(truth, minlength=classes) + np.bincount(guesses, minlength=classes)
    seen = both > 0
    return float((2 * hits[seen] / both[seen]).mean()), float(right.mean())


@dataclass(frozen=True)
class Logistic:
    """A logistic regression: weights (d + 1, classes) over features moved to mean 0 and scaled to spread 1."""

    weights: Floats
    mean: Floats
    spread: Floats

    def scores(self, X: Floats) -> Floats:
        """The log-odds of each class, (n, classes)."""
        return _with_one((X - self.mean) / self.spread) @ self.weights


def logistic(X: Floats, y: Ints, classes: int = 2, strength: float = 1.0) -> Logistic:
    """Fit one class against the rest by Newton's method, with the squares of the weights times strength / 2 added.

    X (n, d), y (n,) of 0 .. classes - 1; of two classes there is one column, for class 1.
    """
    mean, spread = X.mean(axis=0), X.std(axis=0)
    spread[spread < 1e-12] = 1.0
    Z = _with_one((X - mean) / spread)
    columns = [1] if classes == 2 else range(classes)
    fitted = [_newton(Z, (y == one).astype(np.float64), strength) for one in columns]
    return Logistic(np.stack(fitted, axis=1), mean, spread)


def _newton(Z: Floats, t: Floats, strength: float) -> Floats:
    penalty = np.full(Z.shape[1], strength)
    penalty[-1] = 1e-6
    w = np.zeros(Z.shape[1])
    for _ in range(30):
        p = 0.5 * (1 + np.tanh(0.5 * (Z @ w)))
        slope = Z.T @ (p - t) + penalty * w
        curve = (Z * (p * (1 - p))[:, None]).T @ Z + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w


def _with_one(Z: Floats) -> Floats:
    return np.concatenate([Z, np.ones((len(Z), 1))], axis=1)
