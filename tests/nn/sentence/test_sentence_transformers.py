"""Folders that sentence-transformers saves, small and random: their vectors are its own."""

from __future__ import annotations

import json
import shutil
import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import read_spec
from lmcli.nn.encoder import open_encoder
from lmcli.store.export.checkpoint import export
from lmcli.store.sources import parse
from tests.conftest import peer
from tests.store.export.classes import ENCODERS, rename_tokens, save

pytestmark = [pytest.mark.peer, pytest.mark.slow]
CASES = Path(__file__).parents[2] / "cases" / "neural"
TEXTS = ["The cat sat on the MAT.", "a", "models are bundled or pulled", "words and models " * 30]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """BERT and RoBERTa as transformers saves them, and their graphs."""
    peer("torch"), peer("transformers"), peer("sentence_transformers")
    folder = tmp_path_factory.mktemp("checkpoints")
    with tarfile.open(CASES / "11-chat-templates.tar.gz") as file:
        file.extractall(folder, filter="data")
    tokenizer = rename_tokens(folder / "tpl" / "unk", folder / "tokenizer")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in ("bert", "roberta"):
            save(kind, ENCODERS[kind], folder / kind, tokenizer, "AutoModel")
            list(export(parse(f"{folder / kind}/"), folder / f"{kind}-onnx"))
    return folder


MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
KINDS = {
    **{mode: {"pooling": mode} for mode in MODES},
    "three at once": {"pooling": ("mean", "cls", "max")},
    "old spelling": {"pooling": ("cls", "mean"), "old": True},
    **{
        f"dense {name}": {"dense": name}
        for name in ("Tanh", "Identity", "ReLU", "GELU", "Sigmoid", "SiLU")
    },
    "two dense": {"dense": "Tanh", "again": True},
    "residual": {"dense": "Tanh", "residual": True},
    "layer norm": {"norm": True, "normalise": True},
    "normalise": {"normalise": True},
    "short": {"most": 7},
    "lower case": {"lower": True},
    "default prompt": {
        "prompts": {"query": "query: ", "document": "passage: "},
        "default": "query",
    },
    "prompts, none by default": {"prompts": {"query": "query: ", "document": "passage: "}},
    "prompt that is not pooled": {
        "prompts": {"q": "Represent this: "},
        "default": "q",
        "counts": False,
    },
    "roberta": {"kind": "roberta"},
    "roberta, last": {"kind": "roberta", "pooling": "lasttoken", "dense": "ReLU"},
}


def build(how: dict, checkpoint: Path):
    """A model of sentence-transformers."""
    import torch
    from sentence_transformers import SentenceTransformer, models

    torch.manual_seed(7)
    most = {"max_seq_length": how["most"]} if "most" in how else {}
    base = models.Transformer(str(checkpoint), do_lower_case=how.get("lower", False), **most)
    size = base.get_word_embedding_dimension()
    pooled = models.Pooling(
        size, pooling_mode=how.get("pooling", "mean"), include_prompt=how.get("counts", True)
    )
    modules = [base, pooled]
    size = pooled.get_sentence_embedding_dimension()
    if "dense" in how:
        out = size if how.get("residual") else 12
        act = getattr(torch.nn, how["dense"])()
        more = {"use_residual": True} if how.get("residual") else {}
        modules.append(models.Dense(size, out, activation_function=act, **more))
        size = out
    if how.get("again"):
        modules.append(models.Dense(size, 20, bias=False, activation_function=torch.nn.Identity()))
    if how.get("norm"):
        modules.append(models.LayerNorm(size))
    if how.get("normalise"):
        modules.append(models.Normalize())
    more = {"prompts": how["prompts"]} if "prompts" in how else {}
    return SentenceTransformer(
        modules=modules, device="cpu", default_prompt_name=how.get("default"), **more
    )


@pytest.mark.parametrize("name", KINDS)
def test_vectors_are_those_of_sentence_transformers(
    lmcli, own_settings, checkpoints, tmp_path, name
):
    how = KINDS[name]
    kind = how.get("kind", "bert")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = build(how, checkpoints / kind)
        folder = tmp_path / "saved"
        own.save(str(folder), create_model_card=False)
    shutil.copy(checkpoints / f"{kind}-onnx" / "model.onnx", folder)
    if how.get("old"):
        flags = {f"pooling_mode_{mode}": True for mode in ("cls_token", "mean_tokens")}
        path = folder / "1_Pooling" / "config.json"
        path.write_text(json.dumps({"word_embedding_dimension": 32, **flags}))
    result = lmcli("models", "pull", f"{folder}/", "--name", "x")
    assert (result.code, result.err) == (0, "")
    encoder = open_encoder(read_spec(own_settings / "data" / "models" / "x"), threads=1)
    wanted = own.encode(TEXTS, normalize_embeddings=True, batch_size=1)
    np.testing.assert_allclose(encoder.encode(TEXTS), wanted, atol=2e-5)
    if "prompts" in how and "query" in how["prompts"]:
        both = {"query": encoder.queries(), "document": encoder.passages()}
        for role, mine in both.items():
            told = own.encode(TEXTS, prompt_name=role, normalize_embeddings=True, batch_size=1)
            np.testing.assert_allclose(mine.encode(TEXTS), told, atol=2e-5)
