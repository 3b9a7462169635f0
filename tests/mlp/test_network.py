"""The network: forward, loss and back-propagation, held to slopes of the loss and to torch."""

import numpy as np
import pytest

from lmcli.errors import LmcliError
from lmcli.mlp.data import MAKERS, Data, made
from lmcli.mlp.learning import Learner, Settings, settings_for
from lmcli.mlp.network import ACTIVATIONS, cross_entropy, flat, numerical_gradient, sigmoid, targets
from tests.conftest import peer

CLOUD = Data("cloud", np.random.default_rng(1).standard_normal((12, 3)), np.arange(12) % 3, ("a", "b", "c"),
             ("x", "y", "z"))  # fmt: skip


def learnt(name, seed=0, **given):
    learner = Learner(made(name, seed), settings_for(name, seed=seed, **given))
    list(learner.epochs())
    return learner.progress()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", [made("xor"), CLOUD], ids=["two classes", "three"])
def test_gradients_are_the_slopes_of_the_loss(activation, data):
    learner = Learner(data, Settings((4, 3), activation, seed=3))
    found = flat(learner.step().backward.layers)
    slopes = numerical_gradient(learner.network, data.X, learner.T)
    for gradient, slope in zip(found, slopes, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=1e-8)
    assert max(np.abs(gradient).max() for gradient in found) > 0.01


@pytest.mark.parametrize("name", ["and", "or", "circles", "moons", "spiral", "xor"])
def test_what_comes_along_is_learnt(name):
    assert learnt(name, epochs=500).accuracy > 0.97


def test_one_neuron_learns_and_but_not_xor():
    assert learnt("and", hidden=()).accuracy == 1
    for seed in range(5):
        stuck = learnt("xor", seed, hidden=(), epochs=2000)
        assert stuck.loss == pytest.approx(np.log(2)) and stuck.accuracy == 0.5


def test_a_seed_fixes_everything():
    assert learnt("moons", 3, epochs=20) == learnt("moons", 3, epochs=20)
    assert learnt("moons", 3, epochs=20) != learnt("moons", 4, epochs=20)


def test_a_rate_that_is_too_large_is_said():
    huge = Data("huge", np.array([[1e200, 1.0], [1.0, 1e200]]), np.array([0, 1]))
    with pytest.raises(LmcliError, match="smaller --rate"):
        list(Learner(huge, Settings((), rate=1000.0)).epochs())


def test_extreme_values_do_not_overflow():
    z = np.array([[1000.0], [-1000.0]])
    with np.errstate(all="raise", under="ignore"):
        assert sigmoid(z).ravel().tolist() == [1.0, 0.0]
        assert cross_entropy(z, np.array([[0.0], [0.0]])) == 500.0
        assert cross_entropy(np.array([[1000.0, 0.0, 0.0]]), targets(np.array([1]), 3)) == 1000.0


@pytest.mark.peer
@pytest.mark.parametrize("optimizer", ["gd", "adam"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", [made("xor"), CLOUD], ids=["two classes", "three"])
def test_learning_is_that_of_torch(optimizer, activation, data):
    peer("torch")
    import torch

    torch.set_num_threads(1)
    learner = Learner(data, Settings((5, 4), activation, optimizer, 0.1, seed=2))
    parts = [torch.tensor(part, requires_grad=True) for part in learner.network.parameters]
    f = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
    rule = {"gd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer](parts, lr=0.1)
    X, y = torch.tensor(data.X), torch.tensor(data.y)
    binary = len(data.classes) == 2
    for _ in range(20):
        z = f(f(X @ parts[0] + parts[1]) @ parts[2] + parts[3]) @ parts[4] + parts[5]
        loss = (
            torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y.double())
            if binary
            else torch.nn.functional.cross_entropy(z, y)
        )
        rule.zero_grad()
        loss.backward()
        step = learner.step()
        assert step.loss == pytest.approx(loss.item(), abs=1e-9)
        for gradient, part in zip(flat(step.backward.layers), parts, strict=True):
            np.testing.assert_allclose(gradient, part.grad.numpy(), atol=1e-9)
        rule.step()
        learner.take(step)
    for own, part in zip(learner.network.parameters, parts, strict=True):
        np.testing.assert_allclose(own, part.detach().numpy(), atol=1e-9)


def test_clouds_have_both_classes_and_a_place_of_their_own():
    for name in MAKERS:
        data = made(name, 5)
        low, high = data.bounds()
        assert set(data.y.tolist()) == {0, 1} and data.plane
        assert (low < data.X.min(axis=0)).all() and (data.X.max(axis=0) < high).all()
