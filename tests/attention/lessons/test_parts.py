"""The parts: their last step is what the formulas give, and what torch's own layers give with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.attention import formulas as f
from lmcli.attention.cli.steps import PARTS as NAMED
from lmcli.attention.cli.steps import TRANSLATING
from lmcli.attention.drawn import Drawn, words_in
from lmcli.attention.lesson import Sizes, walk
from lmcli.attention.lessons.blocks import START, Lesson
from lmcli.attention.lessons.parts import PARTS, part
from lmcli.frame.errors import BadUsage
from tests.conftest import peer

SOURCE, TARGET = ("我", "爱", "机器"), ("I", "love", "machines")


def values(name, **given):
    """step -> numbers of a part on the course's sentence."""
    sizes = Sizes(SOURCE, given.pop("d", 8), given.pop("heads", 2), batch=given.pop("batch", 0))
    return {s.step: s.values for s in part(name, Lesson(sizes, TARGET, **given))}


def inputs(d=8):
    """The draws of a lesson, and the source's vectors with places."""
    drawn = Drawn(0, d)
    return drawn, drawn.words(SOURCE) + f.positions(3, d)


def target(drawn):
    return drawn.words((START, *TARGET)) + f.positions(4, drawn.d)


@pytest.mark.parametrize("pre", [False, True])
def test_the_last_step_is_what_the_formulas_give(pre):
    drawn, x = inputs()
    encoder = drawn.encoder(2, pre)
    assert np.array_equal([*values("encoder", pre=pre).values()][-1], encoder(x))
    C, y = drawn.norm()(encoder(x)) if pre else encoder(x), target(drawn)
    decoder = drawn.decoder(2, pre)
    found = values("decoder", pre=pre)
    assert np.array_equal(found["C"], C)
    last = [*found.values()][-1]
    assert np.allclose(last, decoder(y, C))
    whole = values("block", pre=pre)
    assert np.array_equal(whole["decoder: x + feed-forward"], found["x + feed-forward"])
    assert whole["probabilities"].shape == (4, 4)
    assert np.allclose(whole["probabilities"].sum(-1), 1)
    assert np.allclose(np.triu(found["weights, masked self-attention"][0], 1), 0)
    assert found["weights, cross-attention"].shape == (2, 4, 3)


def test_parts_by_hand():
    P = values("positions", d=4)
    assert np.allclose(P["P M"][:-1], P["P"][1:])
    mask = values("mask", heads=1)
    assert mask["weights, causal"][0].tolist() == [1, 0, 0]
    assert mask["weights, padded"][:, 2].tolist() == [0, 0, 0]
    feed = values("ffn", heads=1)
    assert (feed["relu"] == np.maximum(feed["inner"], 0)).all()
    norm = values("layernorm")
    assert np.allclose(norm["norm(X)"].mean(-1), 0) and np.allclose(
        norm["norm(X)"].std(-1), 1, atol=1e-4
    )
    many = values("multihead", d=512, heads=8, batch=2)
    assert many["Q, heads"].shape == (2, 8, 3, 64) and many["output"].shape == (2, 3, 512)
    wide = {s.step: s.values for s in walk("The cat sat on the mat", 512, into=64)}
    assert wide["W_Q"].shape == (512, 64) and wide["output"].shape == (6, 64)
    assert wide["weights"].max() < 0.99, "no word takes all"


def test_what_the_commands_know_is_what_there_is():
    assert ("scaled", *PARTS) == NAMED and set(TRANSLATING) < set(PARTS)
    assert words_in("我爱AI") == ("我", "爱", "AI") and words_in("我 爱 机器") == SOURCE


def test_what_no_one_can_follow_is_refused():
    for sizes in (Sizes(("a",) * 1025), Sizes(("a",), 2048), Sizes(("a",) * 512, 64, 64)):
        with pytest.raises(BadUsage, match="too many numbers"):
            part("multihead", Lesson(sizes))
    with pytest.raises(BadUsage, match="odd"):
        part("encoder", Lesson(Sizes(("a",), 5)))
    with pytest.raises(BadUsage, match="negative"):
        Drawn(-1, 4)


@pytest.fixture(scope="module")
def torch():
    peer("torch")
    import torch

    return torch


def fill(torch, module, ours):
    """Give torch's attention, norm-free parts of a layer the drawn weights, in float64."""
    parts = (ours.query, ours.key, ours.value)
    module.in_proj_weight.data = torch.tensor(np.vstack([p.W.T for p in parts]))
    module.out_proj.weight.data = torch.tensor(ours.output.W.T)
    module.in_proj_bias.data.zero_()
    module.out_proj.bias.data.zero_()


def feed(torch, module, ours):
    for theirs, linear in ((module.linear1, ours.inner), (module.linear2, ours.outer)):
        theirs.weight.data = torch.tensor(linear.W.T)
        theirs.bias.data.zero_()


@pytest.mark.peer
@pytest.mark.parametrize(("d", "heads"), [(4, 1), (8, 2), (512, 8)])
@pytest.mark.parametrize("pre", [False, True])
def test_encoder_and_decoder_equal_torchs_own_layers(torch, d, heads, pre):
    drawn, x = inputs(d)
    ours = drawn.encoder(heads, pre)
    theirs = torch.nn.TransformerEncoderLayer(
        d, heads, 4 * d, dropout=0, batch_first=True, norm_first=pre, dtype=torch.float64
    )
    fill(torch, theirs.self_attn, ours.attention)
    feed(torch, theirs, ours.feed_forward)
    C = theirs(torch.tensor(x)[None])
    found = [*values("encoder", d=d, heads=heads, pre=pre).values()][-1]
    assert np.abs(found - C.detach().numpy()[0]).max() < 1e-9
    if pre:
        C = torch.nn.LayerNorm(d, dtype=torch.float64)(C)
    y, ours = target(drawn), drawn.decoder(heads, pre)
    decoder = torch.nn.TransformerDecoderLayer(
        d, heads, 4 * d, dropout=0, batch_first=True, norm_first=pre, dtype=torch.float64
    )
    fill(torch, decoder.self_attn, ours.attention)
    fill(torch, decoder.multihead_attn, ours.cross)
    feed(torch, decoder, ours.feed_forward)
    hidden = torch.nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
    output = decoder(torch.tensor(y)[None], C, tgt_mask=hidden).detach().numpy()[0]
    found = [*values("decoder", d=d, heads=heads, pre=pre).values()][-1]
    assert np.abs(found - output).max() < 1e-9


@pytest.mark.peer
def test_multihead_and_norm_equal_torch(torch):
    d, heads = 512, 8
    drawn = Drawn(0, d)
    X = torch.tensor(drawn.numbers(2, 3, d))
    theirs = torch.nn.MultiheadAttention(d, heads, batch_first=True, dtype=torch.float64)
    fill(torch, theirs, drawn.heads(heads))
    output, weights = theirs(X, X, X, average_attn_weights=False)
    found = values("multihead", d=d, heads=heads, batch=2)
    assert np.abs(found["output"] - output.detach().numpy()).max() < 1e-9
    assert np.abs(found["weights"] - weights.detach().numpy()).max() < 1e-9
    norm = torch.nn.LayerNorm(d, dtype=torch.float64)(X).detach().numpy()
    assert np.abs(values("layernorm", d=d, batch=2)["norm(X)"] - norm).max() < 1e-9
