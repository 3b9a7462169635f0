"""The multilingual encoder: its file against the package's own numbers, and Chinese and English in one space."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import read_spec
from lmcli.nn.encoder import open_encoder
from lmcli.sentences.convert import build_e5
from lmcli.sentences.convert.nibbles import Nibbles, stacked
from tests.conftest import from_parts

pytestmark = pytest.mark.slow  # a model of 120 MB is made once

PAIRS = (
    ("我有一只猫", "I have a cat"),
    ("他在图书馆看书", "He is reading in the library"),
    ("火车晚点了两个小时", "The train was two hours late"),
    ("电脑坏了，需要修理", "The computer is broken and needs repair"),
    ("请给我一杯水", "Please give me a glass of water"),
    ("股票市场今天大跌", "The stock market fell sharply today"),
    ("明天我们去爬山", "Tomorrow we will go hiking in the mountains"),
    ("地球绕着太阳转", "The earth revolves around the sun"),
    ("飞机即将起飞", "The plane is about to take off"),
    ("学习编程很有趣", "Learning to program is fun"),
    ("这把椅子是木头做的", "This chair is made of wood"),
    ("她忘了带钥匙", "She forgot to bring her keys"),
    ("疫苗能预防疾病", "Vaccines prevent diseases"),
    ("河水结冰了", "The river has frozen over"),
    ("警察抓住了小偷", "The police caught the thief"),
)


def test_rows_of_nibbles_are_stacked():
    one = Nibbles(np.full((2, 32), 0x98, np.uint8), np.ones((2, 2), np.float32))
    both = stacked([one, one])
    assert isinstance(both, Nibbles) and both.shape == (4, 64)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """The model folder and its float32 twin, from a wheel of 91 MB."""

    def made(packed: bool) -> Path:
        folder = tmp_path_factory.mktemp("models") / build_e5.NAME
        return from_parts(folder, partial(build_e5.build_e5, packed=packed))

    return made(packed=True), made(packed=False)


@pytest.fixture
def with_e5(folders, own_settings, monkeypatch) -> None:
    monkeypatch.setenv("LMCLI_MODELS", str(folders[0].parent))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")


@pytest.mark.peer
def test_four_bits_are_near_float32_and_pairs_are_found_both_ways(folders):
    packed, whole = (open_encoder(read_spec(folder), threads=1) for folder in folders)
    chinese, english = zip(*PAIRS, strict=True)
    first, second = packed.encode(chinese), packed.encode(english)
    scores = first @ second.T
    places = list(range(len(PAIRS)))
    assert scores.argmax(axis=1).tolist() == places and scores.argmax(axis=0).tolist() == places
    texts = [*chinese, *english]
    cosines = (np.concatenate([first, second]) * whole.encode(texts)).sum(axis=1)
    found = (scores.argmax(axis=1) == places).sum() + (scores.argmax(axis=0) == places).sum()
    print(
        f"least cosine to float32, {len(texts)} texts: {cosines.min():.5f}; found {found} both ways"
    )
    assert cosines.min() > 0.999
    alone = packed.encode([chinese[3]])[0]  # a text's vector does not depend on its neighbours
    assert np.abs(alone - first[3]).max() < 1e-5


@pytest.mark.peer
def test_prefixes_come_from_the_description(folders, tmp_path):
    encoder = open_encoder(read_spec(folders[0]), threads=1)
    question, passage = encoder.encode(["猫"]), encoder.passages().encode(["猫"])
    assert encoder.prefix == "query: " and (question @ passage.T).item() < 0.999
    plain = tmp_path / "plain"
    plain.mkdir()
    for path in folders[0].iterdir():
        (plain / path.name).symlink_to(path)
    (plain / "model.toml").unlink()
    spec = (folders[0] / "model.toml").read_text(encoding="utf-8")
    (plain / "model.toml").write_text(
        spec.split("[settings.prefixes]")[0] + spec[spec.index("[[files]]") :]
    )
    bare = open_encoder(read_spec(plain), threads=1)
    assert bare.prefix == ""
    np.testing.assert_allclose(
        bare.encode(["query: 猫", "passage: 猫"]), [*question, *passage], atol=1e-5
    )


@pytest.mark.peer
def test_a_chinese_question_finds_english_paragraphs(lmcli, with_e5, tmp_path):
    texts = [english for _, english in PAIRS]
    (tmp_path / "en.txt").write_text("\n\n".join(texts), encoding="utf-8")
    words = (
        "--in",
        tmp_path / "en.txt",
        "--model",
        "e5-small-multilingual",
        "-k",
        1,
        "-f",
        "jsonl",
    )
    for question, text in (("哪里有关于火车的消息？", texts[2]), ("谁养宠物？", texts[0])):
        (row,) = map(json.loads, lmcli("search", question, *words).lines)
        assert row["text"] == text


@pytest.mark.peer
def test_the_commands_take_it(lmcli, with_e5):
    model = ("--model", "e5-small-multilingual")
    compared = lmcli("compare", "我有一只猫", "I have a cat", "股票市场今天大跌", *model)
    scores = [float(row[2]) for row in compared.table]
    assert compared.code == 0 and scores[0] > scores[1]
    (row,) = map(json.loads, lmcli("embed", "你好", *model, "-f", "jsonl").lines)
    assert len(row["embedding"]) == 384
    seen = lmcli("attention", "我有一只猫", *model, "--layer", 4, "--head", 2, "-f", "json")
    assert seen.code == 0 and "猫" in seen.out
    assert "猫" in lmcli("tokenize", "我有一只猫", *model).out


def test_it_is_known_before_it_is_pulled(lmcli, monkeypatch, tmp_path):
    monkeypatch.setenv("LMCLI_OFFLINE", "1")
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    rows = [json.loads(line) for line in lmcli("models", "list", "-f", "jsonl").lines]
    assert {row["name"]: row["place"] for row in rows}["e5-small-multilingual"] == "not pulled"
    result = lmcli("embed", "你好", "--model", "e5-small-multilingual")
    assert result.code == 4 and "offline" in result.err
