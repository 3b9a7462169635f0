"""Choosing the next token from its logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.gpt.request import Sampling
from lmcli.nn.decoding.logits import Logits, likeliest

_FEW = 1024  # tokens that top-p and min-p rarely go beyond


def penalised(logits: Logits, penalty: float, seen: Sequence[int]) -> Logits:
    """Logits with the tokens of the text so far made less likely."""
    if penalty == 1 or not seen:
        return logits
    ids = np.unique(np.asarray(seen, np.int64))
    values = logits[ids]
    logits = logits.copy()
    logits[ids] = np.where(values > 0, values / penalty, values * penalty)
    return logits


def kept(
    logits: Logits, sampling: Sampling, seen: Sequence[int] = ()
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tokens that the filters leave, likeliest first, and their probabilities, which sum to 1.

    Ties stand in the order of their ids.
    """
    logits = penalised(logits, sampling.repeat_penalty, seen)
    if sampling.temperature == 0:
        return np.array([int(logits.argmax())]), np.ones(1)
    weights = _unscaled_probabilities(logits, sampling.temperature)
    for count in _numbers_to_sort(sampling, len(logits)):
        order = likeliest(logits, count)
        sorted_weights = weights[order]
        total = sorted_weights.sum() if sampling.top_k else weights.sum()
        keep = _number_kept(sorted_weights / total, sampling)
        if keep < count:  # the filters ended within what was sorted
            break
    probabilities = sorted_weights[:keep]
    return order[:keep], probabilities / probabilities.sum()


def _unscaled_probabilities(logits: Logits, temperature: float) -> NDArray[np.float64]:
    """Probabilities up to a factor."""
    below = logits.astype(np.float64) - float(logits.max())
    return np.exp(below / temperature)


def _numbers_to_sort(sampling: Sampling, size: int) -> Sequence[int]:
    """How many tokens to sort: as many as top-k keeps, else few at first, and all if that is short."""
    if sampling.top_k:
        return (min(sampling.top_k, size),)
    filtered = sampling.top_p < 1 or sampling.min_p > 0
    return (min(_FEW, size), size) if filtered else (size,)


def _number_kept(probabilities: NDArray[np.float64], sampling: Sampling) -> int:
    """How many of the tokens top-p and min-p leave, likeliest first."""
    keep = len(probabilities)
    if sampling.top_p < 1:
        before = np.cumsum(probabilities) - probabilities  # what stands before each token
        keep = max(int((before < sampling.top_p).sum()), 1)
    if sampling.min_p > 0:
        keep = min(keep, int((probabilities >= sampling.min_p * probabilities[0]).sum()))
    return keep


class Sampler:
    """Draws tokens with one generator, so that a seed fixes the whole text."""

    def __init__(self, sampling: Sampling, seed: int) -> None:
        self.sampling = sampling
        self.seed = seed
        self._rng: Any = None

    def draw(self, logits: Logits, seen: Sequence[int] = ()) -> int:
        """One token id for logits [vocabulary]; `seen` is the text so far."""
        if self.sampling.greedy:
            return int(penalised(logits, self.sampling.repeat_penalty, seen).argmax())
        if self._rng is None:
            self._rng = np.random.default_rng(self.seed)
        chance = self._rng.random()
        if self.sampling.unfiltered:  # any order will do
            logits = penalised(logits, self.sampling.repeat_penalty, seen)
            sums = np.cumsum(_unscaled_probabilities(logits, self.sampling.temperature))
            return int(np.searchsorted(sums, chance * sums[-1], side="right"))
        ids, probabilities = kept(logits, self.sampling, seen)
        place = int(np.searchsorted(np.cumsum(probabilities), chance, side="right"))
        return int(ids[min(place, len(ids) - 1)])
