"""The cells in numpy, held to torch's own and to its autograd."""

import numpy as np
import pytest

from lmcli.classify.recurrent.cells import GATES, Cell
from tests.conftest import peer


def drawn(kind, seed=0):
    rng = np.random.default_rng(seed)
    return Cell.start(kind, 3, 5, rng), rng.standard_normal((4, 7, 3)), rng.standard_normal((4, 5))


@pytest.mark.parametrize("kind", GATES)
def test_gradients_are_slopes(kind):
    cell, x, last = drawn(kind)
    found = cell.backward(cell.forward(x), last).weights.parts
    for part, gradient in zip(cell.weights.parts, found, strict=True):
        for place in [(0,) * part.ndim, (-1,) * part.ndim]:
            value, losses = part[place], []
            for moved in (value + 1e-6, value - 1e-6):
                part[place] = moved
                losses.append(float((cell.forward(x).h[:, -1] * last).sum()))
            part[place] = value
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7)


@pytest.mark.peer
@pytest.mark.parametrize("kind", GATES)
def test_forward_and_back_are_those_of_torch(kind):
    peer("torch")
    import torch

    torch.set_num_threads(1)
    cell, x, last = drawn(kind, 1)
    name = {"rnn": "RNNCell", "lstm": "LSTMCell", "gru": "GRUCell"}[kind]
    own = getattr(torch.nn, name)(3, 5, dtype=torch.float64)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for part, values in zip(names, cell.weights.parts, strict=True):
        getattr(own, part).data = torch.tensor(values)
    h, c = torch.zeros(2, 4, 5, dtype=torch.float64)
    hs, cs = [], []
    for k in range(7):
        given = torch.tensor(x[:, k])
        if kind == "lstm":
            h, c = own(given, (h, c))
            c.retain_grad()
            cs.append(c)
        else:
            h = own(given, h)
        h.retain_grad()
        hs.append(h)
    (h * torch.tensor(last)).sum().backward()
    states = cell.forward(x)
    found = cell.backward(states, last)
    for k in range(7):
        np.testing.assert_allclose(states.h[:, k + 1], hs[k].detach(), atol=1e-12)
        np.testing.assert_allclose(found.h[:, k], hs[k].grad, atol=1e-12)
        if kind == "lstm":
            np.testing.assert_allclose(states.c[:, k + 1], cs[k].detach(), atol=1e-12)
            np.testing.assert_allclose(found.c[:, k], cs[k].grad, atol=1e-12)
    for part, gradient in zip(names, found.weights.parts, strict=True):
        np.testing.assert_allclose(gradient, getattr(own, part).grad, atol=1e-12)
