"""Gradients by hand equal torch's, and show what the order of the norm does."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.attention.drawn import Drawn
from lmcli.attention.lessons.gradients import alike, compared, norms
from tests.attention.lessons.test_parts import feed, fill
from tests.conftest import peer


def test_post_norm_stays_large_and_pre_norm_falls_by_the_root_of_the_depth():
    names, values = compared()
    last = dict(zip(names, values[:, 1], strict=True))
    assert last["post, 24 layers"] / last["post, 2 layers"] == pytest.approx(1, abs=0.15)
    falls = last["pre, 24 layers"] / last["pre, 2 layers"]
    assert falls == pytest.approx((2 / 24) ** 0.5, rel=0.2)


def test_attention_alone_makes_words_alike():
    _, _, cosines = alike()
    assert np.array_equal(alike()[2], cosines), "a seed fixes the numbers"
    assert cosines[1, 0] > 0.99 > 0.7 > cosines[1, 1]


@pytest.mark.peer
@pytest.mark.parametrize("pre", [False, True])
def test_gradients_equal_torch(pre):
    peer("torch")
    import torch

    drawn = Drawn(3, 32)
    x, grad = drawn.numbers(5, 32), drawn.numbers(5, 32)
    blocks = [drawn.encoder(4, pre) for _ in range(3)]
    state, theirs = torch.tensor(x)[None], []
    for block in blocks:
        layer = torch.nn.TransformerEncoderLayer(
            32, 4, 128, dropout=0, batch_first=True, norm_first=pre, dtype=torch.float64
        )
        fill(torch, layer.self_attn, block.attention)
        feed(torch, layer, block.feed_forward)
        theirs.append(layer)
        state = layer(state)
    if pre:
        state = torch.nn.LayerNorm(32, dtype=torch.float64)(state)
    (state[0] * torch.tensor(grad)).sum().backward()
    expected = [float(layer.linear2.weight.grad.norm()) for layer in theirs]
    assert norms(blocks, drawn.norm() if pre else None, x, grad) == pytest.approx(
        expected, rel=1e-9
    )
