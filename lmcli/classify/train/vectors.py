"""Word vectors that embeddings start with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lmcli.classify.train.training import Floats, Vectors
    from lmcli.frame.environment import Environment
    from lmcli.frame.models import Model

LENGTH = 2.5  # of a start vector, on average: that of the vectors that torch draws is 10, and learns no faster


def vectors_of(env: Environment, name: str) -> Vectors:
    """The vectors of the model that `--embeddings` names, as `of_model`. Raises ModelError."""
    from lmcli.vectors.wordvectors import TASK

    return of_model(env.model(name, TASK))


def of_model(model: Model) -> Vectors:
    """A function from words to their vectors (words, d); rows of nan for words without one. Raises ModelError."""
    from lmcli.vectors.wordvectors import WordVectors

    known = WordVectors.open(model)

    def vectors(words: Sequence[str]) -> Floats:
        found = np.full((len(words), known.dimensions), np.nan, np.float32)
        places = [
            (at, row)
            for at, word in enumerate(words)
            if word and (row := known.find(word)) is not None
        ]
        if places:
            values = known.vectors([row for _, row in places])
            values *= LENGTH / max(1e-9, float(np.linalg.norm(values, axis=1).mean()))
            found[[at for at, _ in places]] = values
        return found

    return vectors
