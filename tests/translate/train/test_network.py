"""The network's graphs against torch, and against its own parts at one go."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def made():
    peer("torch")
    import torch

    from lmcli.translate.train.network import network

    torch.manual_seed(0)
    return network(50, 64, width=32, heads=4, layers=(2, 2)).eval()


def test_words_one_by_one_give_what_all_at_once_give(made):
    import torch

    source, mask = torch.randint(4, 50, (2, 6)), torch.ones(2, 6, dtype=torch.long)
    mask[1, 4:] = 0
    words = torch.randint(4, 64, (2, 5))
    with torch.no_grad():
        _, keys, values, *_ = made.encode(source, mask)
        whole = made.decode(words, mask, keys, values)[0]
        past = None
        for place in range(5):
            logits, *past, _ = made.decode(words[:, place : place + 1], mask, keys, values, past)
            assert torch.allclose(logits[:, 0], whole[:, place], atol=1e-5)


def test_what_is_padded_changes_nothing(made):
    import torch

    with torch.no_grad():
        short = made.encode(torch.tensor([[5, 6, 3]]), torch.ones(1, 3, dtype=torch.long))[0]
        mask = torch.tensor([[1, 1, 1, 0, 0]])
        long = made.encode(torch.tensor([[5, 6, 3, 0, 0]]), mask)[0]
    assert torch.allclose(short, long[:, :3], atol=1e-5)


def test_attention_is_torchs_own(made):
    """One layer of the encoder against torch.nn.TransformerEncoderLayer with the same weights."""
    import torch
    from torch import nn

    own = made.encoder[0]
    theirs = nn.TransformerEncoderLayer(32, 4, 128, 0.0, norm_first=True, batch_first=True).eval()
    attention = own.attention
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(
            torch.cat([attention.query.weight, attention.key.weight, attention.value.weight])
        )
        theirs.self_attn.in_proj_bias.copy_(
            torch.cat([attention.query.bias, attention.key.bias, attention.value.bias])
        )
        theirs.self_attn.out_proj.load_state_dict(attention.output.state_dict())
        theirs.linear1.load_state_dict(own.feed[0].state_dict())
        theirs.linear2.load_state_dict(own.feed[2].state_dict())
        x = torch.randn(2, 5, 32)
        assert torch.allclose(own(x, 0.0)[0], theirs(x), atol=1e-5)


@pytest.mark.parametrize("small", [False, True])
def test_the_graphs_compute_the_network(made, tmp_path, small):
    from lmcli.nn.onnx import open_session
    from lmcli.translate.train.export import export

    assert export(made, tmp_path, small=False) < 1e-4
    whole = _logits(
        open_session(tmp_path / "encoder.onnx"), open_session(tmp_path / "decoder.onnx")
    )
    if small:
        folder = tmp_path / "small"
        folder.mkdir()
        export(made, folder, small=True)
        rounded = _logits(
            open_session(folder / "encoder.onnx"), open_session(folder / "decoder.onnx")
        )
        assert np.abs(rounded - whole).max() < 0.1 * np.abs(whole).max()


def _logits(encoder, decoder):
    ids = np.array([[5, 6, 7, 3]])
    mask = np.ones_like(ids)
    memory = encoder.run({"ids": ids, "mask": mask}, ["keys", "values"])
    past = np.zeros((2, 1, 4, 0, 8), np.float32)
    feeds = {
        "ids": np.array([[2, 9, 11]]),
        "mask": mask,
        **memory,
        "past_keys": past,
        "past_values": past,
    }
    return decoder.run(feeds, ["logits"])["logits"]
