"""Masked-word models of transformers, small and random, exported and run without torch: the same words and numbers."""

from __future__ import annotations

import json

import pytest

from tests.conftest import peer

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("own_settings")]

TEXTS = ["the [MASK]", "a [MASK] and a cat", "[MASK] the king", "the king, the [MASK]."]
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 67,
}
KINDS = {
    "Bert": SMALL,
    "DistilBert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "vocab_size": 67},
    "Roberta": {**SMALL, "vocab_size": 280, "pad_token_id": 1, "max_position_embeddings": 66},
}


def byte_level() -> str:
    """A tokenizer as RoBERTa's: bytes, a few merges, <mask> that takes the space before it."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("Ġ", "c"), ("a", "t"), ("Ġc", "at")]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters, *("".join(pair) for pair in merges)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return made.to_str()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A function that gives transformers' own pipeline and the export of the same model."""
    peer("torch")
    peer("transformers")
    import torch
    import transformers

    from tests.fuzz.samples import tokenizer_json

    def make(kind: str):
        folder = tmp_path_factory.mktemp(kind)
        source = folder / "source"
        torch.manual_seed(3)
        config = getattr(transformers, f"{kind}Config")(**KINDS[kind])
        model = getattr(transformers, f"{kind}ForMaskedLM")(config)
        for weight in model.parameters():
            weight.data.mul_(6)  # so that the answers differ
        model.save_pretrained(source)
        bytes_ = kind == "Roberta"
        mask = "<mask>" if bytes_ else "[MASK]"
        tokenizer = byte_level() if bytes_ else tokenizer_json(mask)
        (source / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        said = {
            "pad_token": "<pad>" if bytes_ else "[PAD]",
            "unk_token": "<unk>" if bytes_ else "[UNK]",
            "mask_token": mask,
            "model_max_length": 64,
            "tokenizer_class": "PreTrainedTokenizerFast",
        }
        (source / "tokenizer_config.json").write_text(json.dumps(said), encoding="utf-8")
        own = transformers.AutoTokenizer.from_pretrained(source)
        pipe = transformers.pipeline("fill-mask", model=model.eval(), tokenizer=own)
        return pipe, source, folder / "tiny", mask

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_and_scores_are_those_of_transformers(lmcli, exported, kind):
    pipe, source, made, mask = exported(kind)
    done = lmcli("models", "export", source, "--out", made)
    assert done.code == 0, done.err
    for text in TEXTS:
        wanted = pipe(text.replace("[MASK]", mask), top_k=KINDS[kind]["vocab_size"])
        words = [(one["token_str"].strip(), one["score"]) for one in wanted]
        best = [score for word, score in words if word[:1] not in ("", "<", "[", "\ufffd")]
        found = json.loads(lmcli("fill", text, "--model", made, "-k", 8, "-f", "json").out)
        assert len(found) == 8
        for row in found:
            same = [score for word, score in words if word == row["token"]]
            assert min(abs(score - row["score"]) for score in same) < 1e-5
        assert found[0]["score"] == pytest.approx(best[0], abs=1e-5)
        assert [row["score"] for row in found] == sorted((r["score"] for r in found), reverse=True)
    apart = json.loads(lmcli("fill", "the [MASK]cat", "--model", made, "-f", "json").out)
    assert all(row["text"].endswith("cat") for row in apart)


def test_the_next_sentence_head_is_that_of_transformers(lmcli, tmp_path):
    peer("torch")
    peer("transformers")
    import torch
    import transformers

    from lmcli.frame.models import write_spec
    from tests.fuzz.samples import tokenizer_json

    torch.manual_seed(3)
    model = transformers.BertForPreTraining(
        transformers.BertConfig(**SMALL, attn_implementation="eager")
    ).eval()
    for weight in model.parameters():
        weight.data.mul_(4)
        weight.requires_grad_(False)
    place = tmp_path / "nsp"
    place.mkdir()

    class Named(torch.nn.Module):
        def forward(self, input_ids, attention_mask, token_type_ids):
            out = model(input_ids, attention_mask, token_type_ids)
            return out.prediction_logits, out.seq_relationship_logits

    ids = torch.tensor([[2, 13, 4, 3, 14, 5]])
    types = torch.tensor([[0, 0, 0, 0, 1, 1]])
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "length"} for name in names}
    torch.onnx.export(
        Named(), (ids, torch.ones_like(ids), types), str(place / "model.onnx"), dynamo=False,
        input_names=names, output_names=["prediction_logits", "seq_relationship_logits"],
        dynamic_axes=axes,
    )  # fmt: skip
    (place / "tokenizer.json").write_text(tokenizer_json("[MASK]"), encoding="utf-8")
    said = {"mask_token": "[MASK]", "pad_token": "[PAD]", "model_max_length": 64}
    (place / "tokenizer_config.json").write_text(json.dumps(said), encoding="utf-8")
    values = {"name": "nsp", "task": "fill-mask", "summary": "nsp", "licence": "none"}
    files = ("model.onnx", "tokenizer.json", "tokenizer_config.json")
    write_spec(place, {**values, "metrics": [{"name": "x", "value": 1}]}, files)
    with torch.no_grad():
        wanted = model(ids, torch.ones_like(ids), types).seq_relationship_logits.softmax(-1)[0, 0]
    done = lmcli("nsp", "the cat", "a dog", "--model", place, "-f", "json")
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)
    assert row["score"] == pytest.approx(float(wanted), abs=1e-5)
    assert row["next"] == (float(wanted) >= 0.5)
