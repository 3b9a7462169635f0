"""GGUF files of every family and type beside transformers with the same values."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.frame.models import write_spec
from lmcli.gpt.convert.blocks import (
    BF16,
    F16,
    IQ4_NL,
    IQ4_XS,
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
from lmcli.gpt.convert.convert import convert
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from tests.conftest import peer
from tests.gpt import families

pytestmark = [pytest.mark.peer, pytest.mark.slow]

EXACT = 1e-4
ROUNDED = 0.15  # the operators round activations to 8 bits, whatever the weights
IDS = [3, 250, 97, 98, 17, 33, 258, 64, 5, 5, 120, 9, 80, 41, 200, 7]


def opened(path, folder, *, quantised: bool):
    """The converted model."""
    folder.mkdir()
    files = convert(path, folder, quantised=quantised)
    graphs = {"model": "model.onnx", "verify": "model_verify.onnx"}
    spec = {"name": "x", "task": "text-generation", "settings": {"graphs": graphs}}
    return open_model(write_spec(folder, spec, files), threads=1)


def logits_of(model) -> np.ndarray:
    return model.decoder.run(Context(model).cache, np.array([IDS]), np.arange(len(IDS)))


def wanted_of(model) -> np.ndarray:
    import torch

    with torch.no_grad():
        return model(torch.tensor([IDS])).logits[0].numpy()


def distance(found: np.ndarray, wanted: np.ndarray) -> float:
    """The root of the mean squared difference as a share of the spread of the logits."""
    return float(np.sqrt(np.square(found - wanted).mean()) / wanted.std())


@pytest.mark.parametrize("tied", [True, False])
def test_the_head_in_parts_is_the_head(tmp_path, monkeypatch, tied):
    """A large vocabulary's logits come from parts of the matrix: bit for bit the same, from the same file."""
    peer("torch"), peer("transformers"), peer("gguf")
    from lmcli.gpt.convert import weights
    from lmcli.pretrain.train.decoder import Weights

    path = families.write(tmp_path / "tiny.gguf", "llama", families.model_of("llama", tied=tied))
    whole = logits_of(opened(path, tmp_path / "whole", quantised=True)).copy()
    monkeypatch.setattr(weights, "_PART", 100)  # of 261 rows: 100, 100, 61
    model = opened(path, tmp_path / "parts", quantised=True)
    np.testing.assert_array_equal(logits_of(model), whole)
    cache = model.decoder.cache(1, 64)
    assert model.verifier is not None
    assert model.verifier.run(cache, IDS[:8]).shape == (8, families.TOKENS)
    folders = [tmp_path / "whole", tmp_path / "parts"]
    assert len({(folder / "model.onnx_data").read_bytes() for folder in folders}) == 1
    one, other = (Weights(folder).head() for folder in folders)
    if tied:
        assert one is None and other is None
    else:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "tied"), [*((name, True) for name in families.FAMILIES), ("gemma3", False)]
)
def test_a_family_equals_transformers(tmp_path, name, tied):
    peer("torch"), peer("transformers"), peer("gguf")
    reference = families.model_of(name, tied=tied)
    path = families.write(tmp_path / "tiny.gguf", name, reference)
    wanted = wanted_of(reference)
    whole = opened(path, tmp_path / "float32", quantised=False)
    assert distance(logits_of(whole), wanted) < EXACT
    model = opened(path, tmp_path / "eight", quantised=True)
    assert distance(logits_of(model), wanted) < ROUNDED
    one = Context(model)
    steps = np.array([one.step(token).copy() for token in IDS])
    assert distance(steps, wanted) < ROUNDED
    assert model.verifier is not None
    cache = model.decoder.cache(1, 64)
    drafts = model.verifier.run(cache, IDS[:8]).copy()
    np.testing.assert_array_equal(drafts, steps[:8])


MIXED = {"attn_q": F16, "attn_k": BF16, "attn_v": Q4_0, "ffn_gate": Q5_0}
MIXED |= {"ffn_up": Q5_1, "ffn_down": Q8_0, "token_embd": Q4_1, "attn_output": IQ4_NL}
KINDS_256 = (Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_XS)  # types of blocks of 256


@pytest.mark.parametrize("kinds", [MIXED, *({"ffn_down": kind} for kind in KINDS_256)], ids=str)
def test_the_types_equal_transformers(tmp_path, kinds):
    peer("torch"), peer("transformers"), peer("gguf")
    reference = families.model_of("llama")
    path = families.write(tmp_path / "tiny.gguf", "llama", reference, kinds)
    wanted = wanted_of(reference)
    assert distance(logits_of(opened(path, tmp_path / "f", quantised=False)), wanted) < EXACT
    assert distance(logits_of(opened(path, tmp_path / "q", quantised=True)), wanted) < ROUNDED
