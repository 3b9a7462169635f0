"""The formulas: laws that hold for any numbers, and equality with torch to 1e-6."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.attention import formulas as f
from tests.conftest import peer

lengths = st.integers(1, 8)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@given(lengths, lengths, st.integers(0, 99))
def test_weights_are_a_distribution_and_outputs_lie_between_the_values(n, m, seed):
    V = random(m, 3, seed=seed)
    got = f.attend(random(n, 4, seed=seed) * 20, random(m, 4, seed=seed + 1) * 20, V)
    assert np.allclose(got.weights.sum(axis=-1), 1)
    assert (got.output <= V.max(axis=0) + 1e-9).all()
    assert (got.output >= V.min(axis=0) - 1e-9).all()


def test_equal_keys_share_the_weight():
    got = f.attend(random(2, 4), np.ones((3, 4)), random(3, 5))
    assert np.allclose(got.weights, 1 / 3)


def test_softmax_neither_overflows_nor_divides_by_zero():
    assert f.softmax(np.array([1e4, 1e4])).tolist() == [0.5, 0.5]
    assert f.softmax(np.full(3, -np.inf)).tolist() == [0, 0, 0]


@given(st.integers(1, 7))
def test_a_causal_mask_hides_the_future(n):
    x = random(n, 4)
    weights = f.attend(x, x, x, f.causal_mask(n)).weights
    assert np.allclose(np.triu(weights, 1), 0)
    later = x.copy()
    later[-1] += 1
    before = f.attend(x, x, x, f.causal_mask(n)).output[:-1]
    assert np.allclose(before, f.attend(later, later, later, f.causal_mask(n)).output[:-1])


@given(st.integers(1, 4), lengths, st.integers(1, 4))
def test_heads_split_and_join(heads, n, size):
    x = random(2, n, heads * size)
    assert f.split_heads(x, heads).shape == (2, heads, n, size)
    assert (f.join_heads(f.split_heads(x, heads)) == x).all()


def test_positions_by_hand():
    P = f.positions(3, 4)
    expected = [[0, 1, 0, 1], [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)]]
    assert np.allclose(P[:2], expected)


@given(st.integers(0, 40), st.integers(1, 32).map(lambda i: 2 * i))
def test_the_shift_map_moves_every_position(k, d):
    P = f.positions(60, d)
    M = f.shift_map(k, d)
    assert np.allclose(P[: 60 - k] @ M, P[k:])
    assert np.allclose(M @ M.T, np.eye(d))  # a rotation


def linear(module):
    return f.Linear(module.weight.detach().numpy().T, module.bias.detach().numpy())


def norm(module):
    return f.LayerNorm(module.weight.detach().numpy(), module.bias.detach().numpy(), module.eps)


def multi_head(module):
    W = module.in_proj_weight.detach().numpy().reshape(3, module.embed_dim, -1)
    b = module.in_proj_bias.detach().numpy().reshape(3, -1)
    parts = [f.Linear(w.T, bias) for w, bias in zip(W, b, strict=True)]
    return f.MultiHead(*parts, linear(module.out_proj), module.num_heads)


@pytest.fixture(scope="module")
def torch():
    peer("torch")
    import torch

    torch.manual_seed(0)
    return torch


def close(ours, theirs):
    assert np.abs(ours - theirs.detach().numpy()).max() < 1e-6


@pytest.mark.peer
@pytest.mark.parametrize("causal", [False, True])
def test_attend_equals_torch(torch, causal):
    Q, K, V = (torch.randn(2, 3, 7, 16) for _ in "QKV")
    theirs = torch.nn.functional.scaled_dot_product_attention(Q, K, V, is_causal=causal)
    mask = f.causal_mask(7) if causal else None
    close(f.attend(Q.numpy(), K.numpy(), V.numpy(), mask).output, theirs)


@pytest.mark.peer
def test_multi_head_equals_torch(torch):
    module = torch.nn.MultiheadAttention(64, 8, batch_first=True).eval()
    x, memory = torch.randn(2, 6, 64), torch.randn(2, 9, 64)
    theirs, weights = module(x, memory, memory, average_attn_weights=False)
    ours = multi_head(module)
    close(ours(x.numpy(), memory.numpy()), theirs)
    close(ours.attended(x.numpy(), memory.numpy()).weights, weights)


@pytest.mark.peer
def test_encoder_block_equals_torch(torch):
    m = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True).eval()
    for p in (m.norm1.weight, m.norm1.bias, m.self_attn.in_proj_bias):
        torch.nn.init.normal_(p)
    feed = f.FeedForward(linear(m.linear1), linear(m.linear2))
    ours = f.EncoderBlock(multi_head(m.self_attn), norm(m.norm1), feed, norm(m.norm2))
    x = torch.randn(2, 5, 32)
    close(ours(x.numpy()), m(x))


@pytest.mark.peer
def test_decoder_block_equals_torch(torch):
    m = torch.nn.TransformerDecoderLayer(32, 4, 64, batch_first=True).eval()
    ours = f.DecoderBlock(
        multi_head(m.self_attn),
        norm(m.norm1),
        multi_head(m.multihead_attn),
        norm(m.norm2),
        f.FeedForward(linear(m.linear1), linear(m.linear2)),
        norm(m.norm3),
    )
    x, memory = torch.randn(2, 5, 32), torch.randn(2, 7, 32)
    hidden = torch.nn.Transformer.generate_square_subsequent_mask(5)
    close(ours(x.numpy(), memory.numpy()), m(x, memory, tgt_mask=hidden))
