"""The family qwen2: a tiny file against transformers; and the model qwen itself, where its parts have been fetched."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.errors import ModelError
from lmcli.frame.models import read_spec, write_spec
from lmcli.gpt.convert import build_qwen
from lmcli.gpt.convert.convert import convert
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from tests.conftest import from_parts, peer
from tests.gpt import tiny_gguf

pytestmark = [pytest.mark.peer, pytest.mark.slow]

IDS = [3, 250, 97, 98, 17, 33, 258, 64, 5, 5, 120]


@pytest.mark.parametrize("tied", [False, True])
def test_a_tiny_file_equals_transformers(tmp_path, tied):
    peer("torch"), peer("transformers"), peer("gguf")
    import torch

    path = tiny_gguf.write(tmp_path / "tiny.gguf", tied=tied)
    with torch.no_grad():
        wanted = tiny_gguf.qwen2_of(path)(torch.tensor([IDS])).logits[0].numpy()
    for quantised, tolerance in ((False, 1e-4), (True, 0.06)):
        folder = tmp_path / f"tiny-{quantised}"
        folder.mkdir()
        files = convert(path, folder, quantised=quantised)
        model = open_model(
            write_spec(folder, {"name": "tiny", "task": "text-generation"}, files), threads=1
        )
        logits = model.decoder.run(Context(model).cache, np.array([IDS]), np.arange(len(IDS)))
        assert np.abs(logits - wanted).max() < tolerance * np.abs(wanted).max()
        one = Context(model)
        steps = [one.step(token).copy() for token in IDS]  # the cache gives what the whole run gave
        assert np.abs(np.array(steps) - wanted).max() < tolerance * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"general__architecture": "mamba"}, "architecture 'mamba' cannot be converted; those of"),
        ({"pre": "chatglm-bpe"}, "cuts texts as 'chatglm-bpe'"),
        ({"qwen2__rope__scaling__type": "yarn"}, "scaled \\(yarn\\)"),
    ],
)
def test_what_cannot_be_converted_is_named(tmp_path, changed, message):
    peer("gguf")
    path = tiny_gguf.write(tmp_path / "x.gguf", **changed)
    with pytest.raises(ModelError, match=message):
        convert(path, tmp_path)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory) -> Path:
    """The model folder, from wheels of 491 MB."""
    folder = tmp_path_factory.mktemp("models") / build_qwen.NAME
    return from_parts(folder, build_qwen.build_qwen)


@pytest.fixture
def with_qwen(qwen, own_settings, monkeypatch) -> None:
    monkeypatch.setenv("LMCLI_MODELS", str(qwen.parent))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")


def test_the_weather_ends_in_the_park(lmcli, with_qwen):
    rows = lmcli("next", "今天天气真不错，我们一起去", "--model", "qwen", "-k", 10).table
    assert {"公园", "散步"} & {row[1] for row in rows}
    first = lmcli("complete", "北京是中国的", "--model", "qwen", "-n", 3, "--temperature", 0)
    assert first.code == 0 and "首都" in first.out
    assert lmcli("score", "今天天气真不错。", "--model", "qwen").code == 0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("你好，你是谁？", "我是"),
        ("3+3=?", "6"),
        ("把“我是一个学生”翻译成英文。", "I am a student"),
        (
            "I have three apples, eat one and buy two more. How many apples do I have? "
            "Think step by step.",
            "4",
        ),
    ],
)
def test_questions_are_answered_in_their_language(lmcli, with_qwen, question, answer):
    words = ("--model", "qwen", "--temperature", 0, "-n", 160)
    result = lmcli("chat", *words, "-m", question)
    assert result.code == 0 and answer in result.out


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[MASK]是中国的首都。", "北京"),
        ("她的[MASK]发很长。", "头"),  # with n-grams: 头发 is one token
        ("妈妈在[MASK]里做饭。", "厨房"),
    ],
)
def test_masks_are_filled(lmcli, with_qwen, text, word):
    done = lmcli("fill", text, "-k", 1, "-f", "json")
    assert json.loads(done.out)[0]["token"] == word and "ngram-zh" not in done.err


def test_tokens_equal_transformers(qwen):
    peer("transformers")
    from transformers import AddedToken, Qwen2Tokenizer

    from lmcli.nn.tokenize import Tokenizer
    from tests.gpt.texts import assorted

    own = Tokenizer(qwen)
    values = json.loads((qwen / "tokenizer.json").read_text(encoding="utf-8"))
    vocab = {text: id_ for text, id_ in values["model"]["vocab"].items() if id_ < 151643}
    merges = [tuple(merge.split(" ")) for merge in values["model"]["merges"]]
    reference = Qwen2Tokenizer(vocab=vocab, merges=merges)
    added = values["added_tokens"]
    reference.add_tokens([AddedToken(one["content"], special=one["special"]) for one in added])
    for text in assorted(500):
        same = unicodedata.normalize("NFC", text)  # transformers does so, llama.cpp does not
        assert list(own.encode(same).ids) == reference.encode(same), text
        assert own.decode(list(own.encode(text).ids), skip_special=False) == text


def test_eight_bits_against_transformers(qwen, tmp_path):
    peer("torch"), peer("transformers"), peer("gensim")
    import torch

    from tests.gpt.texts import CHINESE, news

    source = tmp_path / "model.gguf"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LMCLI_CACHE", os.environ.get("LMCLI_TEST_CACHE", ""))
        build_qwen.fetch(source, print)
    model = open_model(read_spec(qwen), threads=1)
    texts = [model.encode("".join(CHINESE)), model.encode(news(1500))]
    own = [model.decoder.run(Context(model).cache, np.array([t]), np.arange(len(t))) for t in texts]
    reference = tiny_gguf.qwen2_of(source)
    with torch.no_grad():
        wanted = [reference(torch.tensor([ids])).logits[0].numpy() for ids in texts]
    for name, ids, found, exact in zip(("Chinese", "English"), texts, own, wanted, strict=True):
        eight, whole = (
            float(np.exp(_loss(logits, ids) / (len(ids) - 1))) for logits in (found, exact)
        )
        print(
            f"{len(ids)} tokens of {name}: perplexity {eight:.2f} in 8 bits, {whole:.2f} in float32"
        )
        assert eight < 1.03 * whole


def _loss(logits: np.ndarray, ids: list[int]) -> float:
    wide = logits[:-1].astype(np.float64)
    sums = np.log(np.exp(wide - wide.max(axis=1, keepdims=True)).sum(axis=1)) + wide.max(axis=1)
    return float((sums - wide[np.arange(len(ids) - 1), ids[1:]]).sum())


def test_a_disk_without_room_is_said_before_anything_is_fetched(tmp_path, monkeypatch):
    import shutil

    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    free = shutil.disk_usage(tmp_path)._replace(free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: free)
    with pytest.raises(ModelError, match="no space left: 1000 MB are free, 1712 MB are needed"):
        build_qwen.build_qwen(tmp_path, print)
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_offline_it_is_said_that_it_is_not_here(lmcli, tmp_path, monkeypatch):
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")
    result = lmcli("next", "你好", "--model", "qwen")
    assert result.code == 4 and "offline" in result.err
    assert lmcli("models", "info", "qwen").code == 0
