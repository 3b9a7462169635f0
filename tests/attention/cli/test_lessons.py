"""steps, positions, qkv-sources and cost as commands: rows, sizes, pictures, errors."""

from __future__ import annotations

import hashlib
import json

import pytest

# what steps printed before it had parts: its lines stay as they were, byte for byte
BEFORE = {
    (): "d1d2fdcc0bf2f3d7",
    ("a", "b", "a", "--heads", "2", "--causal"): "657baf5da4e0de9a",
    ("我爱机器", "-d", "6", "--heads", "3", "--seed", "5"): "fd8c3497d7d9d3d9",
}


@pytest.mark.parametrize("words", BEFORE)
def test_the_formula_is_as_it_was(lmcli, words):
    outputs = [lmcli("attention", "steps", *words, "-f", form).out for form in ("table", "json")]
    assert hashlib.sha256("".join(outputs).encode()).hexdigest()[:16] == BEFORE[words]


def test_sizes_of_the_course(lmcli):
    line = ("attention", "steps", "The cat sat on the mat", "-d", "512", "--into", "64")
    shown = lmcli(*line, tty=True)
    assert "512 x 64, mean" in shown.out and max(map(len, shown.lines)) < 500
    rows = json.loads(lmcli(*line, "-f", "json").out)
    assert [len(rows[2]["values"]), len(rows[2]["values"][0])] == [6, 64]
    line = ("attention", "steps", "--part", "multihead", "--shape", "2x10x512", "--heads", "8")
    many = lmcli(*line, "-f", "table")
    assert "2 x 8 x 10 x 64, mean" in many.out and "2 x 8 x 10 x 10" in many.out
    assert max(map(len, many.lines)) <= 80


def test_a_whole_block_says_what_comes_next(lmcli):
    line = (
        "attention",
        "steps",
        "我爱你",
        "--target",
        "I love you",
        "--part",
        "block",
        "--norm",
        "pre",
    )
    rows = json.loads(lmcli(*line, "-f", "json").out)
    assert rows[-1]["step"] == "probabilities" and rows[-1]["columns"][-1] == "</s>"
    assert rows[-1]["rows"] == ["<s>", "I", "love", "you"] and rows[0]["rows"] == ["我", "爱", "你"]
    assert "[/b]" in lmcli("attention", "steps", "[/b]", "--part", "mask", tty=True).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--part", "mask", "--heads", "2"), "no --heads"),
        (("--part", "encoder", "--target", "x"), "no --target"),
        (("--norm", "pre"), "no --norm"),
        (("--into", "3", "--heads", "2"), "leave out --into"),
        (("--shape", "3x0"), "is no shape"),
        (("--shape", "3x4", "-d", "4"), "by itself"),
        (("--part", "block", "--target", " "), "no words in --target"),
        (("--part", "cross", "--heads", "3"), "3 heads cannot share"),
        (("--seed", "-1"), "negative"),
        (("--part", "nonsense"), "nonsense"),
    ],
)
def test_what_does_not_fit_is_said(lmcli, words, says):
    result = lmcli("attention", "steps", *words)
    assert result.code == 2 and says in result.err and not result.out


def test_positions_by_distance_and_rotary(lmcli, tmp_path):
    rows = json.loads(
        lmcli("attention", "positions", "--view", "distance", "-n", 9, "-f", "json").out
    )
    assert list(rows[0])[:3] == ["distance", "sinusoidal", "sinusoidal_spread"] and len(rows) == 9
    for view, name in (("distance", "d.svg"), ("rotary", "r.svg")):
        shown = lmcli("attention", "positions", "--view", view, "--save", tmp_path / name, tty=True)
        assert shown.code == 0 and "rotary" in shown.out
        assert "rotary" in (tmp_path / name).read_text(encoding="utf-8")
    assert lmcli("attention", "positions", "--view", "rotary", "--shift", 2).code == 2


def test_sources(lmcli, tmp_path):
    rows = json.loads(
        lmcli("attention", "qkv-sources", "我有一只猫", "I have a cat", "-f", "json").out
    )
    assert [row["use"].split("-")[0] for row in rows] == [
        "encoder self", "decoder self", "cross",
    ]  # fmt: skip
    assert rows[2]["columns"] == list("我有一只猫") and rows[2]["key_shape"] == [5, 64]
    shown = lmcli("attention", "qkv-sources", "--save", tmp_path / "s.svg", tty=True)
    assert "encoder output C" in shown.out and "nothing was learnt" in shown.out
    assert "drawn at random" in (tmp_path / "s.svg").read_text(encoding="utf-8")
    assert lmcli("attention", "qkv-sources", " ").code == 3
    assert lmcli("attention", "qkv-sources", "我", "").code == 3
    assert lmcli("attention", "qkv-sources", "-d", "9").code == 2


def test_cost(lmcli, tmp_path):
    line = ("attention", "cost", "--lengths", "32, 64，128", "--save", tmp_path / "c.svg")
    rows = json.loads(lmcli(*line, "-f", "json").out)
    assert [row["length"] for row in rows] == [32, 32, 64, 64, 128, 128]
    assert [row["way"] for row in rows] == ["attention", "rnn"] * 3
    assert "megabytes" in (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert "memory ~ n^" in lmcli("attention", "cost", "--lengths", "32,64", tty=True).out
    assert "too late" in lmcli("attention", "cost", "--lengths", "8", "--threads", "2").err
    for wrong in ("", "0", "x", "9000", "-5", "1.5"):
        assert lmcli("attention", "cost", "--lengths", wrong).code == 2
