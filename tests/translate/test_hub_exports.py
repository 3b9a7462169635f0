"""Encoder-decoder models of transformers, small and random, as exports: the same translations and probabilities."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("own_settings")]

TEXTS = ["the cat", "a dog and a king", "the king, the queen."]
SIZE = 67
KINDS = {
    "MarianMT": ("Marian", {
        "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
        "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "vocab_size": SIZE,
        "decoder_vocab_size": SIZE, "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 0,
        "forced_eos_token_id": None, "max_position_embeddings": 64, "bad_words_ids": [[0]],
    }),
    "T5": ("T5", {
        "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": SIZE,
        "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 0,
    }),
}  # fmt: skip
FIRST = ("decoder_model.onnx", "decoder_model_merged.onnx")  # what reads the prompt


LAYOUTS = ("whole", "pair", "merged")


@pytest.fixture(
    scope="module", params=[(kind, layout) for kind in KINDS for layout in LAYOUTS], ids="-".join
)
def exported(request, tmp_path_factory):
    """A model of transformers, and the folder of its graphs as the hub's exports name them."""
    kind, layout = request.param
    peer("torch")
    peer("transformers")
    import torch

    from tests.fuzz.samples import tokenizer_json
    from tests.translate import exports

    family, sizes = KINDS[kind]
    model = exports.random_model(family, sizes)
    for weight in model.parameters():
        weight.data.mul_(3 if family == "Marian" else 1.5)  # so that the answers differ
        weight.requires_grad_(False)
    folder = tmp_path_factory.mktemp(f"{family}-{layout}") / "hub"
    folder.mkdir()
    ids, mask = (
        torch.tensor([[5, 6, 7, 3], [5, 6, 3, 0]]),
        torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]),
    )
    exports.export(model, folder, ids, mask, layout)
    (folder / "tokenizer.json").write_text(tokenizer_json("[MASK]"), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"pad_token": "[PAD]"}', encoding="utf-8")
    return model, folder


def test_greedy_is_that_of_transformers(lmcli, exported):
    import torch

    from lmcli.nn.tokenize import Tokenizer

    model, folder = exported
    assert lmcli("models", "pull", folder, "--name", "tiny").code == 0
    tokenizer = Tokenizer(folder)
    for text in TEXTS:
        ids = list(tokenizer.encode(text).ids)
        ids += [] if ids[-1] == 3 else [3]
        most = 2 * len(ids) + 12
        made = model.generate(
            torch.tensor([ids]), do_sample=False, num_beams=1, max_new_tokens=most,
            output_logits=True, return_dict_in_generate=True,
        )  # fmt: skip
        written = made.sequences[0, 1:].tolist()
        logs = [
            _masked(model, step[0]).log_softmax(-1)[token].item()
            for step, token in zip(made.logits, written, strict=True)
        ]
        (row,) = json.loads(
            lmcli("translate", text, "--model", "tiny", "--greedy", "-f", "json").out
        )
        wanted = tokenizer.decode([token for token in written if token not in (0, 3)]).strip()
        assert row["translation"] == wanted
        assert row["score"] == pytest.approx(np.exp(np.mean(logs)), abs=1e-5)


def _masked(model, logits):
    logits = logits.clone()
    for (token,) in model.generation_config.bad_words_ids or []:
        logits[token] = -float("inf")
    return logits


def test_a_beam_in_a_batch_gives_what_each_gives_alone(lmcli, exported):
    _, folder = exported
    lmcli("models", "pull", folder, "--name", "tiny")
    together = lmcli("translate", "-", "--model", "tiny", stdin="\n".join(TEXTS)).table
    for text, (source, translation) in zip(TEXTS, together, strict=True):
        alone = lmcli("translate", text, "--model", "tiny").out.rstrip("\n")
        assert (source, translation) == (text, alone)


def test_it_does_not_show_its_attention(lmcli, exported):
    _, folder = exported
    lmcli("models", "pull", folder, "--name", "tiny")
    result = lmcli("translate", "steps", "the cat", "--model", "tiny")
    assert result.code == 4 and "zh-en does" in result.err


def test_a_missing_decoder_is_said(lmcli, exported, tmp_path):
    import shutil

    _, folder = exported
    place = tmp_path / "half"
    shutil.copytree(folder, place)
    next(place / name for name in FIRST if (place / name).exists()).unlink()
    pulled = lmcli("models", "pull", place, "--name", "half")
    result = lmcli("translate", "the cat", "--model", "half")
    assert pulled.code == 4 or "graph" in result.err
    assert "decoder" in pulled.err or "decoder" in result.err
    assert result.code == 4 and result.out == ""
