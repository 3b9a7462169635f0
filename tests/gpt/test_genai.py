"""Folders that onnxruntime-genai's builder makes give the logits that onnxruntime-genai gives."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import read_spec
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from tests.conftest import peer
from tests.store.export.classes import rename_tokens, save

pytestmark = [pytest.mark.peer, pytest.mark.slow]
CASES = Path(__file__).parent.parent / "cases" / "neural"
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "head_dim": 16,
    "pad_token_id": 0,
}
KINDS = {
    "llama": ({}, ["int4"]),
    "qwen3": ({}, ["fp32"]),
    "gemma2": ({"sliding_window": 8, "query_pre_attn_scalar": 16}, ["int4"]),
    "phi3": ({}, ["int4"]),
    "pruned": ({}, ["int4", "--extra_options", "prune_lm_head=true"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_genai(lmcli, own_settings, tmp_path, kind):
    peer("torch"), peer("transformers")
    peer("onnxruntime_genai")
    import onnxruntime_genai as genai

    with tarfile.open(CASES / "11-chat-templates.tar.gz") as file:
        file.extractall(tmp_path, filter="data")
    tokenizer = rename_tokens(tmp_path / "tpl" / "unk", tmp_path / "tokenizer")
    more, options = KINDS[kind]
    kept = {name: value for name, value in SIZES.items() if (kind, name) != ("phi3", "head_dim")}
    kept = kept | ({"original_max_position_embeddings": 128} if kind == "phi3" else {}) | more
    architecture = "llama" if kind == "pruned" else kind
    save(architecture, kept, tmp_path / "own", tokenizer, "AutoModelForCausalLM")
    built = tmp_path / "built"
    command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", tmp_path / "own"]
    subprocess.run(
        [*command, "-o", built, "-e", "cpu", "-c", tmp_path / "cache", "-p", *options],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert lmcli("models", "pull", f"{built}/", "--name", "x").code == 0
    ids = [int(one) for one in np.random.default_rng(1).integers(30, 600, 100)]
    runtime = genai.Model(str(built))
    parameters = genai.GeneratorParams(runtime)
    parameters.set_search_options(max_length=120)
    generator = genai.Generator(runtime, parameters)
    generator.append_tokens(np.array([ids], np.int32))
    wanted = np.array(generator.get_logits())[0, -1]
    model = open_model(read_spec(own_settings / "data" / "models" / "x"), threads=1)
    np.testing.assert_allclose(Context(model).read(ids), wanted, atol=1e-4)
    context = Context(model)
    context.read(ids[:60])
    for token in ids[60:]:
        logits = context.step(token)
    np.testing.assert_allclose(logits, wanted, atol=1e-3)
