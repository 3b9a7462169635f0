"""Classifiers of transformers, small and random, exported and run without torch: the same labels and numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("own_settings")]

TEXTS = ["the cat", "a dog and a cat and a king", "women", "the king, the queen"]
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 80,
}
NAMES = {0: "sad", 1: "glad", 2: "so so"}
KINDS = {
    "Bert": SMALL,
    "DistilBert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "vocab_size": 80},
    "Roberta": {**SMALL, "pad_token_id": 0},
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A function that gives a checkpoint's folder, and that of its export."""
    peer("torch")
    peer("transformers")
    import torch
    import transformers

    from tests.fuzz.samples import tokenizer_json

    def make(kind: str, problem: str = "single_label_classification"):
        folder = tmp_path_factory.mktemp(kind)
        source, made = folder / "source", folder / "tiny"
        torch.manual_seed(3)
        config = getattr(transformers, f"{kind}Config")(
            **KINDS[kind], id2label=NAMES, problem_type=problem
        )
        model = getattr(transformers, f"{kind}ForSequenceClassification")(config)
        for weight in model.parameters():
            weight.data.mul_(6)  # so that the answers differ
        model.save_pretrained(source)
        (source / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
        said = {
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "model_max_length": 64,
            "tokenizer_class": "PreTrainedTokenizerFast",
        }
        (source / "tokenizer_config.json").write_text(json.dumps(said), encoding="utf-8")
        return model.eval(), source, made

    return make


@pytest.mark.parametrize(("kind", "problem"), [
    ("Bert", "single_label_classification"), ("DistilBert", "multi_label_classification"),
    ("Roberta", "single_label_classification"),
])  # fmt: skip
def test_an_export_answers_as_transformers_does(lmcli, exported, kind, problem):
    import torch
    from transformers import PreTrainedTokenizerFast

    model, source, made = exported(kind, problem)
    done = lmcli("models", "export", source, "--out", made)
    assert done.code == 0, done.err
    tokenizer = PreTrainedTokenizerFast.from_pretrained(source)
    with torch.no_grad():
        logits = model(
            **tokenizer(TEXTS, padding=True, return_tensors="pt", return_token_type_ids=False)
        ).logits
    wanted = (logits.sigmoid() if "multi" in problem else logits.softmax(-1)).numpy()
    result = lmcli("classify", *TEXTS, "--model", made, "--proba", "-f", "json")
    assert result.code == 0, result.err
    rows = json.loads(result.out)
    assert {row["label"] for row in rows} == set(NAMES.values())
    for text, own in zip(TEXTS, wanted, strict=True):
        found = {row["label"]: row["score"] for row in rows if row["text"] == text}
        assert np.allclose([found[name] for name in NAMES.values()], own, atol=2e-4)
    steps = json.loads(lmcli("classify", "steps", TEXTS[0], "--model", made, "-f", "json").out)
    states = [step for step in steps if step["step"].startswith("layer")]
    ids = tokenizer(TEXTS[:1], return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        hidden = model(**ids, output_hidden_states=True).hidden_states
    assert len(states) == len(hidden) == 3
    for step, one in zip(states, hidden, strict=True):
        assert np.allclose(step["values"], one[0], atol=2e-4)
    assert steps[-1]["step"] == ("sigmoid" if "multi" in problem else "softmax")
    assert np.allclose(steps[-1]["values"], wanted[:1], atol=2e-4)
