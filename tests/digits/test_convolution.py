"""The readable layers, held to torch's."""

import numpy as np
import pytest

from lmcli.digits import convolution, lesson
from tests.conftest import peer


def test_the_course():
    assert convolution.max_pool(np.array([[1, 3], [2, 4]]), 2).tolist() == [[4]]
    found = convolution.convolve(lesson.IMAGE, lesson.KERNEL)
    assert found.tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


def test_an_edge_is_found_where_it_is():
    image = np.zeros((5, 5))
    image[:, 3:] = 1
    found = convolution.convolve(image, np.array([[-1, 0, 1]] * 3))
    assert found.tolist() == [[0, 3, 3]] * 3


def test_one_kernel_and_many_agree():
    draw = np.random.default_rng(0)
    maps, kernels = draw.normal(size=(3, 7, 6)), draw.normal(size=(2, 3, 3, 3))
    whole = convolution.conv_layer(maps, kernels, np.array([0.5, -1.0]), padding=1)
    for number, kernel in enumerate(kernels):
        parts = [convolution.convolve(maps[c], kernel[c], padding=1) for c in range(3)]
        assert np.allclose(whole[number], sum(parts) + (0.5, -1.0)[number])


def test_a_kernel_that_does_not_fit():
    with pytest.raises(ValueError, match="does not fit"):
        convolution.convolve(np.zeros((2, 2)), np.zeros((3, 3)))


@pytest.mark.peer
@pytest.mark.parametrize("padding", [0, 2])
def test_layers_are_torchs(padding):
    peer("torch")
    import torch
    from torch.nn import functional

    draw = np.random.default_rng(1)
    maps, kernels, biases = (
        draw.normal(size=(4, 9, 11)),
        draw.normal(size=(5, 4, 3, 3)),
        draw.normal(size=5),
    )
    given = [torch.tensor(one) for one in (maps, kernels, biases)]
    wanted = functional.conv2d(given[0][None], given[1], given[2], padding=padding)[0]
    found = convolution.conv_layer(maps, kernels, biases, padding)
    assert np.abs(found - wanted.numpy()).max() < 1e-12
    assert np.array_equal(convolution.max_pool(maps, 2), functional.max_pool2d(given[0], 2).numpy())
    assert np.array_equal(convolution.relu(maps), functional.relu(given[0]).numpy())
    weights = draw.normal(size=(6, 11))
    flat = functional.linear(given[0][0, 0], torch.tensor(weights), torch.ones(6).double())
    assert np.allclose(convolution.dense(maps[0, 0], weights, np.ones(6)), flat.numpy())


def test_steps_write_every_sum_out():
    rows = list(lesson.steps())
    assert (rows[0].sum, rows[0].value) == ("max(1, 3, 2, 4)", 4.0)
    assert len(rows) == 1 + 9
    for row in rows[1:]:
        pairs = [term.split("·") for term in row.sum.split(" + ")]
        assert len(pairs) == 9
        assert sum(float(a) * float(b) for a, b in pairs) == row.value
