"""Places: products that know the distance alone, and those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.attention import formulas as f
from lmcli.attention.lessons.places import distances, turned
from lmcli.frame.errors import BadUsage
from tests.conftest import peer


def test_products_by_distance():
    rows = distances(40, 64)
    waves = f.frequencies(64)
    for row in rows:
        assert row.sinusoidal == pytest.approx(np.cos(row.distance * waves).mean())
        assert row.sinusoidal_spread < 1e-12 and row.rotary_spread < 1e-12
    assert rows[0].rotary == pytest.approx(1) and rows[3].added_spread > 0.01
    with pytest.raises(BadUsage, match="too many"):
        distances(5000, 64)


def test_rotary_is_a_product_of_complex_numbers():
    x = np.random.default_rng(0).normal(size=(5, 8))
    points = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(
        1j * np.outer(np.arange(7, 12), f.frequencies(8))
    )
    found = f.rotate(x, 7)
    assert np.allclose(found[:, 0::2], points.real) and np.allclose(found[:, 1::2], points.imag)
    P, row = f.positions(3, 8)[2], turned(3, 8)[2].turned
    assert np.allclose(row[0::2], P[1::2]) and np.allclose(row[1::2], P[0::2])


@pytest.mark.peer
def test_rotary_equals_transformers():
    peer("transformers")
    import torch
    from transformers.models.gptj import modeling_gptj as gptj

    x = torch.randn(1, 9, 2, 16, dtype=torch.float64)
    sine, cosine = gptj.create_sinusoidal_positions(9, 16).double()[None].chunk(2, dim=-1)
    theirs = gptj.apply_rotary_pos_emb(x, sine, cosine)[0].transpose(0, 1).numpy()
    assert np.abs(f.rotate(x[0].transpose(0, 1).numpy()) - theirs).max() < 1e-5
