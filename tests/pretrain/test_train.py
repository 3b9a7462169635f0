"""Pre-training on a text that is easy to learn: the folder runs by the ordinary commands, and goes on."""

import json
import random

import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer
FAST = ("--layers", 1, "--width", 32, "--heads", 2, "--context", 32, "--threads", 1)


@pytest.fixture
def text(tmp_path, monkeypatch):
    peer("torch")
    monkeypatch.setenv("LMCLI_DATA", str(tmp_path / "data"))
    draw = random.Random(2)
    words = (
        ("the cat", "a dog", "my bird", "one fish"),
        ("sees", "likes", "finds"),
        ("it", "us", "them", "you"),
    )
    lines = [" ".join(draw.choice(part) for part in words * 2) + f" {n}.\n" for n in range(1200)]
    path = tmp_path / "animals.txt"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_causal_model_and_its_doors(lmcli, text):
    made = lmcli("pretrain", text, "--name", "animals", "--epochs", 3, *FAST, "-f", "json")
    assert made.code == 0, made.err
    row = json.loads(made.out)[0]
    assert row["difference"] < 1e-4 and row["before"] is None
    assert row["perplexity"] < 30 and 0 < row["bits"] < 3 and row["trigram"] > 0
    assert lmcli("complete", "the", "--model", "animals", "-n", 8, "--seed", 1).out.strip()
    told = lmcli("next", "the", "--model", "animals", "-k", 1)
    assert told.table[0][1].strip() == "cat"
    # the graph says what torch said: the loss of a text, token by token
    score = json.loads(lmcli("score", "the cat sees us", "--model", "animals", "-f", "json").out)[0]
    steps = json.loads(
        lmcli("pretrain", "steps", "the cat sees us", "--model", "animals", "-f", "json").out
    )[0]
    losses = [place["loss"] for place in steps["places"]]
    own = [-token["logprob"] for token in score["tokens"] if token["logprob"] is not None]
    assert own[-len(losses) :] == pytest.approx(losses, abs=1e-3)
    seen = lmcli(
        "attention",
        "the cat sees us",
        "--model",
        "animals",
        "--layer",
        1,
        "--head",
        1,
        "-f",
        "json",
    )
    weights = json.loads(seen.out)[0]["weights"]
    assert weights[0][1:] == [0] * (len(weights) - 1) and sum(weights[-1]) == pytest.approx(
        1, abs=1e-5
    )
    assert "pretrain" in lmcli("models", "info", "animals").out

    further = lmcli(
        "pretrain",
        text,
        "--name",
        "more",
        "--from",
        "animals",
        "--epochs",
        1,
        "--lr",
        1e-3,
        "--threads",
        1,
        "-f",
        "json",
    )
    assert further.code == 0, further.err
    after = json.loads(further.out)[0]
    assert after["before"] == pytest.approx(row["perplexity"], rel=1e-3)
    assert after["perplexity"] < after["before"]
    taught = lmcli(
        "pretrain",
        text,
        "--name",
        "pupil",
        "--teacher",
        "animals",
        "--epochs",
        1,
        *FAST,
        "-f",
        "json",
    )
    assert taught.code == 0, taught.err
    assert json.loads(taught.out)[0]["vocabulary"] == row["vocabulary"]


def test_a_masked_model(lmcli, text):
    words = (
        "--objective",
        "mlm",
        "--tokens",
        "wordpiece",
        "--epochs",
        16,
        "--batch",
        16,
        "--lr",
        1e-3,
        "--layers",
        2,
        "--width",
        64,
        "--heads",
        4,
        "--context",
        32,
        "--threads",
        1,
    )
    made = lmcli("pretrain", text, "--name", "masks", *words, "-f", "json")
    assert made.code == 0, made.err
    assert json.loads(made.out)[0]["bits"] is None
    filled = lmcli("fill", "the cat sees us my [MASK] likes it 7.", "--model", "masks", "-k", 1)
    assert filled.table[0][2] in ("cat", "dog", "bird", "fish"), filled  # a noun belongs there
    refused = lmcli("complete", "the", "--model", "masks")
    assert refused.code == 4 or refused.code == 2


def test_chinese_characters(lmcli, tmp_path, text):
    draw = random.Random(3)
    poems = [
        "".join(draw.choice(p) for p in ("春秋冬", "花月雪", "红白明", "山水人")) + "，\n"
        for _ in range(20)
    ]
    path = tmp_path / "poems.txt"
    path.write_text("".join(f"{poem}{n}\n" for n, poem in enumerate(poems * 150)), encoding="utf-8")
    made = lmcli("pretrain", path, "--name", "poems", "--epochs", 2, *FAST, "-f", "json")
    assert made.code == 0, made.err
    assert json.loads(made.out)[0]["tokens"] == "characters"
    assert lmcli("complete", "春", "--model", "poems", "-n", 4, "--greedy").code == 0


@pytest.mark.parametrize("objective", ["clm", "mlm+nsp", "electra"])
def test_stopped_and_gone_on_with(lmcli, text, monkeypatch, objective):
    from lmcli.training import loop

    same = ("--objective", objective, "--epochs", 2, *FAST, "-f", "json")
    whole = json.loads(lmcli("pretrain", text, "--name", "whole", *same).out)[0]
    words = ("pretrain", text, "--name", "cut", *same)
    end = loop._end
    monkeypatch.setattr(loop, "_end", lambda run, plan, pressed: end(run, plan, run.step == 9))
    with pytest.raises(KeyboardInterrupt):
        lmcli(*words)
    monkeypatch.undo()
    monkeypatch.setenv("LMCLI_DATA", str(text.parent / "data"))
    again = lmcli(*words)
    assert again.code == 2 and "--resume" in again.err
    done = json.loads(lmcli(*words, "--resume").out)[0]
    assert done["loss"] == whole["loss"] and done["steps"] == whole["steps"]


def test_what_cannot_be(lmcli, text):
    assert lmcli("pretrain", text, "--width", 33, "--heads", 2).code == 2
    assert lmcli("pretrain", text, "--from", "smollm2").code in (2, 4)
    short = text.parent / "short.txt"
    short.write_text("".join(f"line {n}\n" for n in range(30)))
    assert lmcli("pretrain", short).code == 1
    assert lmcli("pretrain", "steps", "").code == 1
    run_away = lmcli("pretrain", text, "--name", "away", "--epochs", 1, "--lr", 1e12, *FAST)
    assert run_away.code == 1 and "--lr" in run_away.err


def test_one_batch(lmcli, text):
    row = json.loads(lmcli("pretrain", "steps", "abab", "-f", "json").out)[0]
    assert [place["target"] for place in row["places"]] == ["b", "a", "b"]
    assert row["loss"] == pytest.approx(sum(place["loss"] for place in row["places"]) / 3)
    assert row["layers"][0]["layer"] == "embedding"
    masks = json.loads(lmcli("pretrain", "steps", "abab", "--objective", "mlm", "-f", "json").out)[
        0
    ]
    asked = [place for place in masks["places"] if place["target"] is not None]
    assert asked and masks["loss"] == pytest.approx(
        sum(place["loss"] for place in asked) / len(asked)
    )
