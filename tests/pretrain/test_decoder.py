"""Decoders that were pulled: the network is the graph's, adapters alone are learnt, the folder stays one that runs."""

import json
import random

import numpy as np
import pytest

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Registry, verify
from tests.conftest import peer
from tests.gpt import families

pytestmark = pytest.mark.peer
QUICK = ("--context", 32, "--threads", 1, "--force", "-f", "json")
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + ':' + m.content + '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant:{% endif %}"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with GGUF files of random weights, a text and conversations."""
    peer("torch"), peer("transformers"), peer("gguf")
    folder = tmp_path_factory.mktemp("decoders")
    draw = random.Random(3)
    lines = [f"the {draw.choice(('cat', 'dog'))} ran to the {draw.choice(('sea', 'hill'))}.\n"
             f"{number}\n" for number in range(900)]  # fmt: skip
    (folder / "text.txt").write_text("".join(lines), encoding="utf-8")
    chats = [
        json.dumps({"prompt": f"{n % 7}?", "answer": "yes" if n % 7 > 3 else "no"})
        for n in range(120)
    ]
    (folder / "chats.jsonl").write_text("\n".join(chats), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def here(place, monkeypatch):
    monkeypatch.setenv("LMCLI_DATA", str(place / "data"))


@pytest.fixture
def pulled(lmcli, place):
    """Makes the model of a family in the user's folder, once; returns its name and transformers' network."""

    def make(name, tied=True):
        own = name if tied else f"{name}-apart"
        reference = families.model_of(name, tied=tied)
        path = families.write(place / f"{own}.gguf", name, reference)
        if not (place / "data" / "models" / own).exists():
            assert lmcli("models", "pull", path, "--name", own).code == 0
        return own, reference

    return make


def found(name):
    import os

    return Registry(os.environ).find(name)


@pytest.mark.parametrize(
    ("name", "tied"), [("llama", True), ("llama", False), ("qwen2", False), ("qwen3", True)]
)
def test_the_network_is_that_of_transformers(pulled, name, tied):
    import torch

    from lmcli.pretrain.train.decoder import load

    own, reference = pulled(name, tied)
    network, shape, _ = load(found(own), 32)
    assert (shape.layers, shape.width, shape.context) == (families.LAYERS, families.WIDTH, 32)
    ids = torch.tensor([[3, 250, 97, 98, 17, 33, 258, 64]])
    with torch.no_grad():
        assert torch.allclose(network(ids), reference(ids).logits, atol=1e-4)


def test_adapters_are_learnt_and_lie_in_the_same_file(lmcli, place, pulled):
    import torch

    from lmcli.pretrain.train.decoder import load

    own, _ = pulled("llama")
    words = (
        "pretrain",
        place / "text.txt",
        "--from",
        own,
        "--lora",
        4,
        "--lr",
        1e-2,
        "--epochs",
        2,
    )
    done = lmcli(*words, "--name", "further", *QUICK)
    assert done.code == 0, done.err
    row = json.loads(done.out)[0]
    assert row["perplexity"] < row["before"] / 4 and row["general"] > 0
    assert row["trained"] == 4 * 4 * (3 * 128 + 128 + 64 + 64 + 2 * 128 + 3 * (128 + 256))
    one, other = (load(found(name), 32)[0].state_dict() for name in (own, "further"))
    changed = {name for name in one if not torch.equal(one[name], other[name])}
    assert len(changed) == 7 * families.LAYERS
    assert all(".layers." in name and name.endswith("proj.weight") for name in changed)
    folders = [found(name).folder for name in (own, "further")]
    assert len({(folder / "model.onnx").read_bytes() for folder in folders}) == 1
    assert len({(folder / "model.onnx_data").stat().st_size for folder in folders}) == 1
    assert not list(verify(found("further")))
    told = lmcli("score", "the cat ran to the sea.", "--model", "further", "-f", "json")
    before = lmcli("score", "the cat ran to the sea.", "--model", own, "-f", "json")
    assert json.loads(told.out)[0]["perplexity"] < json.loads(before.out)[0]["perplexity"] / 4
    said = lmcli("complete", "the cat ran to the ", "--model", "further", "--greedy", "-n", 4)
    assert said.out.strip() in ("sea.", "hill")
    again = lmcli("pretrain", place / "text.txt", "--from", "further", "--lora", 2, "--epochs", 1,
                  "--name", "once-more", *QUICK)  # fmt: skip
    assert again.code == 0 and json.loads(again.out)[0]["before"] == pytest.approx(
        row["perplexity"], rel=0.01
    )


def test_answers_in_the_models_own_template(lmcli, place, pulled):
    own, _ = pulled("qwen2")
    config = found(own).folder / "tokenizer_config.json"
    words = (
        "pretrain",
        "--from",
        own,
        "--lora",
        8,
        "--chat",
        place / "chats.jsonl",
        "--name",
        "said",
    )
    refused = lmcli(*words, *QUICK)
    assert refused.code == 2 and "has no chat template" in refused.err
    values = json.loads(config.read_text())
    config.write_text(json.dumps({**values, "chat_template": TEMPLATE}))
    change_size(found(own).folder, config)
    done = lmcli(*words, "--epochs", 40, "--lr", 1e-2, *QUICK)
    assert done.code == 0, done.err
    row = json.loads(done.out)[0]
    assert row["perplexity"] < 1.5 < row["before"]
    assert row["sample"] in ("0? -> no", "0? -> yes")
    for asked, answer in (("2?", "no"), ("6?", "yes")):
        told = lmcli("chat", "--model", "said", "--greedy", "-n", 8, stdin=f"{asked}\n")
        assert told.code == 0 and told.out.strip().splitlines()[-1].endswith(answer), told


def change_size(folder, path):
    """Let model.toml tell the size that a file has now."""
    import re

    spec = folder / "model.toml"
    pattern = rf'(path = "{path.name}"\nsize = )\d+'
    spec.write_text(re.sub(pattern, rf"\g<1>{path.stat().st_size}", spec.read_text()))


def test_what_is_refused(lmcli, place, pulled):
    own, _ = pulled("llama")
    text = place / "text.txt"
    bare = lmcli("pretrain", text, "--from", own, *QUICK)
    assert bare.code == 2 and f"--from {own} --lora 8" in bare.err
    masks = lmcli("pretrain", text, "--from", own, "--lora", 2, "--objective", "mlm", *QUICK)
    assert masks.code == 2 and "another objective" in masks.err
    taught = lmcli("pretrain", text, "--teacher", own, *QUICK)
    assert taught.code == 2 and "by adapters alone" in taught.err
    wide = lmcli("pretrain", text, "--from", own, "--lora", 200, *QUICK)
    assert wide.code == 2 and "--lora 200" in wide.err
    other, _ = pulled("gemma3")
    family = lmcli("pretrain", text, "--from", other, "--lora", 2, *QUICK)
    assert family.code == 4 and "family gemma3" in family.err


def test_a_configuration_that_does_not_tell_all_is_noticed(pulled):
    from lmcli.pretrain.train.decoder import load

    own, _ = pulled(
        "llama-3"
    )  # its rotary factors lie in the graph's tables alone, its biases have no place
    with pytest.raises(ModelError, match="does not tell"):
        load(found(own), 32)


def test_rounding_keeps_what_it_can(place, pulled, tmp_path):
    """A network that learnt nothing comes back as it was, but for the last bit of 8."""
    import torch

    from lmcli.pretrain.train.decoder import load, save

    own, _ = pulled("qwen3")
    network, _, _ = load(found(own), 32)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    save(network, found(own), tmp_path)
    after = load(found(own), 32)[0].state_dict()
    for name, value in network.state_dict().items():
        near = value.abs().max() / 127
        assert (value - before[name]).abs().max() <= near, name
        assert np.isfinite(value.numpy()).all()
    assert all(
        torch.equal(after[name], before[name]) for name in before
    )  # the other folder is left alone
