"""Where Q, K and V come from."""

from __future__ import annotations

import numpy as np

from lmcli.attention.lessons.sources import drawn_states, uses

SOURCE, TARGET = ("我", "爱", "机器"), ("I", "love", "machines")


def test_the_three_uses():
    encoder, decoder, cross = uses(drawn_states(SOURCE, TARGET))
    assert cross.query == decoder.query == "decoder states" and cross.key == "encoder output C"
    assert (cross.query_shape, cross.key_shape, cross.weights.shape) == (
        (4, 64),
        (3, 64),
        (4, 4, 3),
    )
    assert decoder.rows == decoder.columns == cross.rows == ("<s>", *TARGET)
    assert encoder.rows == cross.columns == SOURCE
    for use in (encoder, decoder, cross):
        assert np.allclose(use.weights.sum(-1), 1) and "at random" in use.model
    assert np.allclose(np.triu(decoder.weights, 1), 0)
    assert encoder.weights.min() > 0 and cross.weights.min() > 0
