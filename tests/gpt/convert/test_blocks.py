"""ggml's blocks against gguf's own decoding, and their 8-bit form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.blocks import (
    BF16,
    BLOCK,
    F16,
    F32,
    IQ4_NL,
    IQ4_XS,
    KINDS,
    Q2_K,
    Q3_K,
    Q4_0,
    Q4_1,
    Q4_K,
    Q5_0,
    Q5_1,
    Q5_K,
    Q6_K,
    Q8_0,
)
from lmcli.gpt.convert.gguf import Tensor
from lmcli.gpt.convert.weights import eight_bits, to_8_bits
from tests.conftest import peer

HALVES = {  # where scales lie
    **{Q4_0: (0,), Q4_1: (0, 2), Q5_0: (0,), Q5_1: (0, 2), Q8_0: (0,)},
    **{Q4_K: (0, 2), Q5_K: (0, 2), Q6_K: (208,)},
    **{Q2_K: (80, 82), Q3_K: (108,), IQ4_NL: (0,), IQ4_XS: (0,)},
}


def random_tensor(kind: int, rows: int = 6, columns: int = 512, seed: int = 0) -> Tensor:
    """A matrix of random blocks: every bit of the codes at random, scales as weights have them."""
    rng = np.random.default_rng(seed)
    known = KINDS[kind]
    blocks = rows * columns // known.values
    if kind in (F32, F16):
        values = rng.normal(size=blocks).astype(np.float32 if kind == F32 else np.float16)
        return Tensor(kind, (rows, columns), values.view(np.uint8))
    if kind == BF16:
        upper = rng.normal(size=blocks).astype(np.float32).view(np.uint16)[1::2].copy()
        return Tensor(kind, (rows, columns), upper.view(np.uint8))
    raw = rng.integers(0, 256, (blocks, known.size), np.uint8)
    for place in HALVES[kind]:
        scales = rng.normal(scale=0.01, size=blocks).astype(np.float16)
        raw[:, place : place + 2] = scales.view(np.uint8).reshape(-1, 2)
    return Tensor(kind, (rows, columns), raw.reshape(-1))


@pytest.mark.peer
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_gguf(kind):
    peer("gguf")
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    tensor = random_tensor(kind)
    raw = tensor.data.reshape(6, -1)
    if kind in (F32, F16):
        raw = raw.view(np.float32 if kind == F32 else np.float16)
    wanted = dequantize(raw, GGMLQuantizationType(kind)).reshape(6, 512)
    np.testing.assert_array_equal(tensor.values(), wanted)


def restored(codes, scales, zeros) -> np.ndarray:
    """The values that 8-bit blocks stand for."""
    zeros = np.full(scales.shape, 128, np.uint8) if zeros is None else zeros
    return scales[..., None] * (codes.astype(np.float32) - zeros[..., None])


@pytest.mark.parametrize("kind", [Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS])
def test_signed_codes_are_kept_exactly(kind):
    tensor = random_tensor(kind)
    codes, scales, zeros = eight_bits(tensor)
    assert zeros is None
    np.testing.assert_array_equal(restored(codes, scales, zeros).reshape(6, 512), tensor.values())


@pytest.mark.parametrize("kind", [Q4_1, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, F16, BF16, F32])
@pytest.mark.parametrize("centred", [False, True])
def test_other_types_are_within_half_a_step(kind, centred):
    tensor = random_tensor(kind)
    values = tensor.values().reshape(6, -1, BLOCK)
    codes, scales, zeros = eight_bits(tensor, centred=centred)
    assert zeros is None or not centred
    # 255 steps over a range that holds the block and zero; to_8_bits may take half as many
    step = np.maximum(np.abs(values).max(axis=-1), np.ptp(values, axis=-1)) / 127
    assert (np.abs(restored(codes, scales, zeros) - values) <= step[..., None] * 1.01 + 1e-7).all()


steps = st.one_of(st.just(0.0), st.floats(min_value=2**-12, max_value=1.0, width=16))


@given(steps, st.floats(min_value=-300, max_value=300, width=16), st.integers(0, 2**32 - 1))
def test_4_bits_are_near_wherever_their_minimum_lies(scale, minimum, seed):
    codes = np.random.default_rng(seed).integers(0, 16, (1, 1, BLOCK), np.uint8)
    values = scale * codes.astype(np.float32) + np.float32(minimum)
    found = to_8_bits(codes, np.array([[scale]], np.float32), np.array([[minimum]], np.float32))
    reach = max(np.abs(values).max(), np.ptp(values))
    assert np.abs(restored(*found) - values).max() <= reach / 120 + 1e-7


@pytest.mark.parametrize("kind", HALVES)
def test_scales_that_are_no_numbers_are_refused(kind):
    tensor = random_tensor(kind)
    data = tensor.data.copy()
    place = HALVES[kind][0]
    data[place : place + 2] = np.array([np.nan], np.float16).view(np.uint8)
    with pytest.raises(ModelError, match="no numbers"):
        Tensor(kind, tensor.shape, data).values()
