"""The network's graphs against torch, and against its own parts at one go."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer


KINDS = ["transformer", "rnn", "rnn-attention"]


@pytest.fixture(scope="module")
def made(request):
    peer("torch")
    import torch

    from lmcli.translate.train.network import network
    from lmcli.translate.train.recurrent import Recurrent

    torch.manual_seed(0)
    if request.param == "transformer":
        return network(50, 64, width=32, heads=4, layers=(2, 2)).eval()
    return Recurrent(50, 64, 32, 2, 0.1, request.param == "rnn-attention").eval()


every_kind = pytest.mark.parametrize("made", KINDS, indirect=True)


@every_kind
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


@every_kind
def test_what_is_padded_changes_nothing(made):
    import torch

    with torch.no_grad():
        alone = torch.ones(1, 3, dtype=torch.long)
        short, keys, values, *_ = made.encode(torch.tensor([[5, 6, 3]]), alone)
        mask = torch.tensor([[1, 1, 1, 0, 0]])
        long, more_keys, more_values, *_ = made.encode(torch.tensor([[5, 6, 3, 0, 0]]), mask)
        assert torch.allclose(short, long[:, :3], atol=1e-5)
        words = torch.tensor([[2, 9, 11]])
        wanted = made.decode(words, alone, keys, values)[0]
        assert torch.allclose(
            wanted, made.decode(words, mask, more_keys, more_values)[0], atol=1e-5
        )


@pytest.mark.parametrize("made", KINDS[:1], indirect=True)
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


@pytest.mark.parametrize("made", KINDS[1:], indirect=True)
def test_what_reads_is_torchs_own_gru_of_both_directions(made):
    """Sentences of unlike length against nn.GRU, bidirectional, on packed sequences."""
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    theirs = nn.GRU(32, 16, 2, batch_first=True, bidirectional=True).eval()
    weights = {}
    for layer in range(2):
        for side, own in (("", made.encoder[layer].forth), ("_reverse", made.encoder[layer].back)):
            for name, value in own.state_dict().items():
                weights[f"{name.removesuffix('0')}{layer}{side}"] = value
    theirs.load_state_dict(weights)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    ids = torch.randint(4, 50, (2, 5)) * mask
    with torch.no_grad():
        states, *_, vectors = made.encode(ids, mask)
        packed = pack_padded_sequence(vectors, mask.sum(1), batch_first=True)
        found, last = theirs(packed)
        every, _ = pad_packed_sequence(found, batch_first=True)
    if states.shape[1] == 1:  # the ends of both directions in the upper layer
        assert torch.allclose(states[:, 0], torch.cat([last[2], last[3]], 1), atol=1e-6)
    else:
        assert torch.allclose(states * mask[:, :, None], every, atol=1e-6)


@pytest.mark.parametrize("made", KINDS[2:], indirect=True)
def test_attention_is_bahdanaus(made):
    """e = v tanh(W s + U h), s the decoder's state before the word: by numpy (Bahdanau et al. 2015)."""
    import torch

    mask = torch.ones(1, 4, dtype=torch.long)
    with torch.no_grad():
        states, keys, values, _ = made.encode(torch.tensor([[5, 6, 7, 3]]), mask)
        _, past, _, _ = made.decode(torch.tensor([[2]]), mask, keys, values)
        scores = made.decode(torch.tensor([[9]]), mask, keys, values, (past, past))[3]
    own = made.attention
    w, b, u, v = (
        one.detach().numpy()
        for one in (own.query.weight, own.query.bias, own.key.weight, own.energy.weight)
    )
    before = past[0, 0, 0, -1].numpy()
    by_hand = np.tanh(w @ before + b + states[0].numpy() @ u.T) @ v[0]
    assert np.allclose(scores[0, 0, 0, 0].numpy(), by_hand, atol=1e-6)


@every_kind
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
    layers, _, heads, _, size = memory["keys"].shape
    past = np.zeros((layers, 1, heads, 0, size), np.float32)
    feeds = {"ids": np.array([[2]]), "mask": mask, **memory, "past_keys": past, "past_values": past}
    own = {name: array for name, array in feeds.items() if name in decoder.inputs}
    return decoder.run(own, ["logits"])["logits"]
