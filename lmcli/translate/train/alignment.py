"""Which tokens of two languages belong together, by their pairs alone: IBM's model 1 (Brown et al. 1993)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
ROUNDS = 8  # of expectation and maximisation
TOGETHER = 512  # pairs


def aligned(sources: Ids, targets: Ids, rounds: int = ROUNDS) -> Ids:
    """The place of the likeliest source token for each target token, (n, target places).

    sources, targets: ids, (n, places), 0 for padding. A target token e comes from one of the source tokens f of its
    sentence with the probability t(e | f), the same for all to begin with; each round counts it anew.
    """
    likely = np.ones((int(sources.max()) + 1, int(targets.max()) + 1))
    for _ in range(rounds):
        counts = np.zeros_like(likely)
        for f, e in _parts(sources, targets):
            share = likely[f, e] * (f > 0) * (e > 0)
            share /= np.maximum(share.sum(1, keepdims=True), 1e-300)
            np.add.at(counts, (f, e), share)
        likely = counts / np.maximum(counts.sum(1, keepdims=True), 1e-300)
    made = [(likely[f, e] * (f > 0)).argmax(1) for f, e in _parts(sources, targets)]
    width = targets.shape[1]
    return np.concatenate([np.pad(one, ((0, 0), (0, width - one.shape[1]))) for one in made])


def _parts(sources: Ids, targets: Ids) -> Iterator[tuple[Ids, Ids]]:
    """Some pairs at a time: sources (rows, places, 1) and targets (rows, 1, places), no longer than they are."""
    for at in range(0, len(sources), TOGETHER):
        f, e = sources[at : at + TOGETHER], targets[at : at + TOGETHER]
        yield f[:, : int((f > 0).sum(1).max()), None], e[:, None, : int((e > 0).sum(1).max())]
