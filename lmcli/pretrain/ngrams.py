"""What a language model is measured by: counts of one, two and three tokens (Witten and Bell 1991), all in numpy."""

from __future__ import annotations

import math

import numpy as np

from lmcli.nn.tokens.grams import Floats, Grams, Ids, windows_of

COUNTED = 5_000_000  # tokens that are counted at most

UNIFORM, UNIGRAM, BIGRAM, TRIGRAM = "uniform", "unigram", "bigram", "trigram"


def bounds(learned: Ids, held: Ids, vocabulary: int) -> dict[str, float]:
    """The cross entropy of held-out tokens, in nats a token, of a model that knows nothing, one token, two, three."""
    learned = learned[:COUNTED]
    counts = np.bincount(learned, minlength=vocabulary)
    one: Floats = (counts[held] + 1.0) / (len(learned) + vocabulary)
    found = {UNIFORM: math.log(vocabulary), UNIGRAM: _entropy(one)}
    two = _mixed(learned, held, 2, one, vocabulary)
    found[BIGRAM] = _entropy(two)
    found[TRIGRAM] = _entropy(_mixed(learned, held, 3, two, vocabulary))
    return found


def _entropy(probabilities: Floats) -> float:
    return float(-np.log(probabilities).mean())


def _mixed(learned: Ids, held: Ids, size: int, shorter: Floats, vocabulary: int) -> Floats:
    """P(token | `size` - 1 tokens before); the first tokens, which have fewer, as `shorter` has them."""
    grams = Grams.counted(windows_of(learned, size), vocabulary)
    found = shorter.copy()
    found[size - 1 :] = grams.mixed(windows_of(held, size), shorter[size - 1 :])
    return found
