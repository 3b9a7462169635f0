"""Cost: memory grows as the square and as the length, each way by its own; timings are only looked at."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.attention.lessons.cost import Cost, crossing, fitted, measured, recurrent
from tests.conftest import peer


def test_memory_and_work_by_length():
    rows = fitted(list(measured((128, 256, 512), 32)))
    attention, rnn = rows[::2], rows[1::2]
    assert 1.8 < attention[0].bytes_exponent < 2.1 and 0.8 < rnn[0].bytes_exponent < 1.2
    assert attention[2].bytes > 2 * 4 * 512 * 512  # scores and weights in float32
    assert [row.steps for row in rows] == [1, 128, 1, 256, 1, 512]
    assert attention[1].operations == 4 * 256 * 256 * 32 and rnn[1].operations == 4 * 256 * 32 * 32
    assert all(row.seconds > 0 for row in rows)
    (alone, _) = fitted(list(measured((4,), 8)))
    assert alone.seconds_exponent is None


def test_where_the_square_overtakes():
    times = {1: (1, 2), 2: (3, 2), 4: (1, 2), 8: (9, 2)}
    rows = [
        Cost(n, way, seconds, 1, 1, 1)
        for n, pair in times.items()
        for way, seconds in zip(("attention", "rnn"), pair, strict=True)
    ]
    assert crossing(rows) == 8 and crossing(rows[:2]) is None


@pytest.mark.peer
def test_the_recurrent_network_equals_torch():
    peer("torch")
    import torch

    rng = np.random.default_rng(0)
    x, W, U = rng.normal(size=(7, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    module = torch.nn.RNN(4, 4, bias=False, dtype=torch.float64)
    module.weight_ih_l0.data, module.weight_hh_l0.data = torch.tensor(W.T), torch.tensor(U.T)
    assert recurrent(x, W, U) == pytest.approx(module(torch.tensor(x))[1].detach().numpy()[0])
