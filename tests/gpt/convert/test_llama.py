"""Recoding of weights, and the graph beside the definition of its parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.gpt.convert.shape import FAMILIES, Rotary, Shape
from lmcli.gpt.convert.weights import to_8_bits
from tests.conftest import peer

scales = st.floats(min_value=2**-12, max_value=1.0, width=16)
minima = st.floats(min_value=-8, max_value=8, width=16)


@given(scales, minima)
def test_codes_keep_their_steps_and_stay_near(scale, minimum):
    codes = np.arange(32, dtype=np.uint8).reshape(1, 1, 32) % 16
    d, m = np.array([[scale]], np.float32), np.array([[minimum]], np.float32)
    wide, step, zero = to_8_bits(codes, d, m)
    back = step[..., None] * (wide.astype(np.float32) - zero[..., None])
    wanted = codes * d[..., None] + m[..., None]
    if -15 * scale <= minimum <= 2 * scale:  # zero within or near the block, as in trained weights
        differences = (back - wanted)[0, 0]
        assert np.ptp(differences) <= 1e-5 * max(1, abs(minimum))  # one shift for all
        assert np.abs(differences).max() <= scale / 2 / 8 + 1e-5


def test_a_block_of_one_value():
    codes = np.zeros((1, 1, 32), np.uint8)
    wide, step, zero = to_8_bits(
        codes, np.zeros((1, 1), np.float32), np.full((1, 1), -3, np.float32)
    )
    assert np.allclose(step * (wide[..., 0].astype(float) - zero), -3)


def shape_of(family: str, turned: int) -> Shape:
    """A decoder with two heads of 8 values."""
    rotary = Rotary(turned, 10000.0, 10000.0)
    empty = frozenset[str]()
    return Shape(
        family=FAMILIES[family], layers=1, width=16, hidden=32, heads=2, kv_heads=1, head=8, context=4,
        vocabulary=9, rotary=rotary, window=0, windowed=frozenset(), epsilon=1e-6, tied=True,
        biased=empty, fused=empty,
    )  # fmt: skip


def test_rotary_rows_come_in_halves():
    order = shape_of("llama", 8).order("attn_k")
    assert order is not None and order.tolist() == [0, 2, 4, 6, 1, 3, 5, 7]
    queries = shape_of("llama", 8).order("attn_q")
    assert queries is not None and queries[8:].tolist() == [8, 10, 12, 14, 9, 11, 13, 15]
    assert shape_of("qwen2", 8).order("attn_q") is None


def test_a_head_that_turns_in_part_has_its_pairs_half_a_head_apart():
    shape = shape_of("phi3", 4)
    order = shape.order("attn_k")
    assert order is not None and order.tolist() == [0, 1, 4, 5, 2, 3, 6, 7]
    cosines, sines = shape.rotary.tables(4, 8, window=False)
    assert (cosines[:, 2:] == 1).all() and (sines[:, 2:] == 0).all() and (sines[1:, :2] != 0).all()


@pytest.mark.peer
def test_the_written_files_are_sound_onnx(smollm2):
    peer("onnx")
    import onnx

    for name in ("model.onnx", "model_attention.onnx", "model_verify.onnx"):
        model = onnx.load(smollm2 / name, load_external_data=False)
        assert {opset.domain for opset in model.opset_import} == {"", "com.microsoft"}
        made = {value.name for value in model.graph.input}
        made |= {tensor.name for tensor in model.graph.initializer}
        for node in model.graph.node:
            assert set(node.input) <= made | {""}
            made |= set(node.output)
        assert {value.name for value in model.graph.output} <= made
