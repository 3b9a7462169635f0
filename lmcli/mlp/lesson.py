"""The lesson in three acts: what one neuron learns, what it cannot, and what a hidden layer adds."""

from __future__ import annotations

from collections.abc import Iterator

from lmcli.mlp.data import made
from lmcli.mlp.learning import Learner, settings_for


def acts(seed: int = 0) -> Iterator[Learner]:
    """One neuron after learning AND, one after XOR (Minsky and Papert 1969), a hidden layer after XOR."""
    for name, hidden in (("and", ()), ("xor", ()), ("xor", None)):
        learner = Learner(made(name), settings_for(name, hidden, seed=seed))
        for _ in learner.epochs():
            pass
        yield learner
