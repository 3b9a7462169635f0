"""The commands of translation, as their users type them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lmcli.frame.models import bundled_folder
from tests.conftest import ROOT, on_terminal, peer

EVERYDAY = ROOT / "tests" / "examples" / "everyday.tsv"


def test_one_text_is_answered_by_its_translation_alone(lmcli):
    result = lmcli("translate", "我爱机器")
    assert (result.out, result.code) == ("I love machines\n", 0)


def test_a_pipe_keeps_each_line_and_goes_on_after_bad_ones(lmcli):
    result = lmcli("translate", "-", stdin="我有一只猫\nhello\n\n我是一个学生\n".encode())
    assert result.table == [["我有一只猫", "I have a cat"], ["我是一个学生", "I am a student"]]
    assert result.code == 5 and "line 2" in result.err and "line 3" in result.err


def test_json_lines_keep_their_other_fields(lmcli):
    line = json.dumps({"id": 7, "text": "我爱机器"})
    result = lmcli("translate", "--jsonl", "text", "-f", "jsonl", stdin=line + "\n")
    row = json.loads(result.out)
    assert row["id"] == 7 and row["translation"] == "I love machines" and 0 < row["score"] <= 1


def test_k_gives_the_best_of_the_beam(lmcli):
    result = lmcli("translate", "我爱机器", "-k", 3, "-f", "json")
    rows = json.loads(result.out)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["translation"] == "I love machines"
    assert rows[0]["score"] > rows[1]["score"] > rows[2]["score"]


def test_a_seed_draws_the_same_again(lmcli):
    words = ("translate", "今天天气很好。", "--sample", "--temperature", "2", "--seed", 4)
    assert lmcli(*words).out == lmcli(*words).out


@pytest.mark.parametrize("words", [("--greedy", "--sample"), ("--greedy", "-k", 2)])
def test_options_that_make_no_sense_together(lmcli, words):
    assert lmcli("translate", "我", *words).code == 2


def test_steps_as_rows_and_as_a_walk(lmcli):
    rows = json.loads(lmcli("translate", "steps", "我爱机器", "-f", "json").out)
    assert [row["token"] for row in rows] == ["I", "love", "machines", "</s>"]
    assert rows[1]["before"] == ["<s>", "I"] and len(rows[1]["likely"]) == 5
    shown = lmcli("translate", "steps", "我爱机器", tty=True).out
    assert "the matrix C, 5 x 256" in shown and "我 — I" in shown


def test_attention_by_layer_and_head(lmcli):
    words = ("translate", "attention", "我有一只猫", "-f", "json")
    rows = json.loads(lmcli(*words, "--layer", 1, "--head", 2).out)
    assert all((row["layer"], row["head"]) == (1, 2) for row in rows)
    mean = json.loads(lmcli(*words, "--mean").out)
    assert mean[0]["layer"] is None and abs(sum(mean[0]["weights"]) - 1) < 1e-4
    wrong = lmcli(*words, "--layer", 9)
    assert wrong.code == 1 and "no layer 9" in wrong.err


def test_figures_are_written(lmcli, tmp_path):
    for name in ("steps", "attention"):
        file = tmp_path / f"{name}.svg"
        assert lmcli("translate", name, "--save", file).code == 0
        assert "I love machines" in file.read_text() or "cross-attention" in file.read_text()


def test_pages_are_turned_by_keys(tmp_path):
    import pexpect

    from tests.conftest import command

    child = pexpect.spawn(
        command("translate", "steps", "--turn")[0],
        command("translate", "steps", "--turn")[1:],
        encoding="utf-8", timeout=30, dimensions=(24, 80), cwd=str(ROOT),
    )  # fmt: skip
    child.expect("page 1 of")
    child.send("\x1b[C")
    child.expect("page 2 of")
    child.send("\x1b[D")
    child.expect("page 1 of")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_turning_needs_a_terminal(lmcli):
    assert lmcli("translate", "steps", "--turn").code == 2


def test_another_kind_of_model_is_refused_by_name(lmcli):
    result = lmcli("translate", "我", "--model", "glove-50d")
    assert result.code == 4 and "zh-en" in result.err


@pytest.mark.parametrize("file", ["encoder.onnx", "decoder.onnx", "target.json"])
@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_damaged_model_is_said(lmcli, tmp_path, file, harm):
    folder = tmp_path / "zh-en"
    shutil.copytree(bundled_folder() / "zh-en", folder)
    path: Path = folder / file
    path.write_bytes(path.read_bytes()[:1000]) if harm == "cut" else path.unlink()
    result = lmcli("translate", "我爱机器", "--model", folder)
    assert result.code == 4 and file in result.err and result.out == ""


@pytest.mark.peer
def test_an_evaluation(lmcli):
    peer("sacrebleu")
    (row,) = json.loads(lmcli("translate", "eval", EVERYDAY, "-f", "json").out)
    assert row["pairs"] == 100 and row["bleu"] >= 80 and row["exact"] >= 0.75
    assert row["bleu_low"] < row["bleu"] < row["bleu_high"] and row["copies"] == row["repeats"] == 0


@pytest.mark.peer
def test_the_worst_sentences_first(lmcli):
    peer("sacrebleu")
    rows = json.loads(lmcli("translate", "eval", EVERYDAY, "--worst", 3, "-f", "json").out)
    assert len(rows) == 3 and rows[0]["chrf"] <= rows[1]["chrf"] <= rows[2]["chrf"]


@pytest.mark.peer
def test_swapped_columns_and_bad_lines_are_said(lmcli, tmp_path):
    peer("sacrebleu")
    swapped = tmp_path / "swapped.tsv"
    swapped.write_text("en\tzh\nI love machines\t我爱机器\n", encoding="utf-8")
    result = lmcli("translate", "eval", swapped)
    assert result.code == 2 and "swapped" in result.err
    named = lmcli("translate", "eval", swapped, "--source", "zh", "--target", "en", "-f", "json")
    assert json.loads(named.out)[0]["exact"] == 1
    bad = tmp_path / "bad.tsv"
    bad.write_text("zh\ten\n我爱机器\tI love machines\n只有一半\n", encoding="utf-8")
    result = lmcli("translate", "eval", bad)
    assert result.code == 5 and "line 3" in result.err


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["transformer", "rnn", "rnn-attention"])
def test_training_on_ones_own_pairs(lmcli, tmp_path, kind):
    peer("torch")
    peer("sacrebleu")
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()[:301]
    small = tmp_path / "small.tsv"
    small.write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = (
        "translate",
        "train",
        small,
        "--out",
        tmp_path / "own",
        "--epochs",
        2,
        "--width",
        32,
        "--layers",
        2,
        "--model",
        kind,
    )
    result = lmcli(*words, "-f", "json")
    assert result.code == 0, result.err
    (row,) = json.loads(result.out)
    assert row["pairs"] == 270 and row["held_out"] == 30 and row["difference"] < 1e-3
    answer = lmcli("translate", "九十九", "--model", tmp_path / "own", "-f", "json")
    assert answer.code == 0 and json.loads(answer.out)[0]["source"] == "九十九"
    assert lmcli(*words).code == 2  # it is there already
    steps = lmcli("translate", "steps", "九十九", "--model", tmp_path / "own", "-f", "json")
    weights = [sum(row["attention"]) for row in json.loads(steps.out)]
    drawn = tmp_path / "steps.svg"
    walk = ("translate", "steps", "九十九", "--model", tmp_path / "own", "--save", drawn)
    shown = lmcli(*walk, tty=True)
    assert shown.code == 0 and "likeliest next words" in shown.out and drawn.is_file()
    attention = lmcli("translate", "attention", "九十九", "--model", tmp_path / "own")
    if kind == "rnn":
        assert set(weights) == {0} and "cross-attention" not in shown.out
        assert attention.code == 4 and "own has no attention" in attention.err
    else:
        assert weights == pytest.approx([1] * len(weights), abs=1e-4)
        assert attention.code == 0 and len(attention.table) == len(weights)


@pytest.mark.peer
def test_what_can_be_trained_is_said_before_it_is_tried(lmcli, tmp_path):
    peer("torch")
    peer("sacrebleu")
    long = tmp_path / "long.tsv"
    pair = "word " * 60
    long.write_text("".join(f"{at} {pair}\t{pair}\n" for at in range(300)), encoding="utf-8")
    result = lmcli("translate", "train", long, "--out", tmp_path / "long", "--width", 16)
    assert result.code == 1 and "all pairs have more than 40 tokens" in result.err
    odd = ("--width", 40, "--layers", 1, "--epochs", 1, "--eight-bits")
    assert lmcli("translate", "train", EXAMPLE, "--out", tmp_path / "odd", *odd).code == 0
    assert lmcli("translate", "三十", "--model", tmp_path / "odd").code == 0


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["transformer", "rnn-attention"])
def test_guided_attention_looks_where_model_1_does(lmcli, tmp_path, kind):
    peer("torch")
    peer("sacrebleu")
    words = (
        "translate",
        "train",
        EXAMPLE,
        "--model",
        kind,
        "--out",
        tmp_path / "own",
        "--width",
        32,
    )
    result = lmcli(*words, "--layers", 1, "--epochs", 10, "--guided")
    assert result.code == 0, result.err
    text = (
        "translate",
        "attention",
        "三百四十",
        "--against",
        "three hundred and forty",
        "-f",
        "json",
    )
    rows = json.loads(lmcli(*text, "--model", tmp_path / "own").out)
    assert (rows[0]["layer"], rows[0]["head"]) == (1, 1)
    assert rows[0]["weights"].index(max(rows[0]["weights"])) == 0  # three: 三
    assert rows[1]["weights"].index(max(rows[1]["weights"])) == 1  # hundred: 百
    none = lmcli("translate", "train", EXAMPLE, "--model", "rnn", "--guided")
    assert none.code == 2 and "no attention to guide" in none.err


@pytest.mark.peer
def test_a_comparison_by_length(lmcli, tmp_path):
    peer("torch")
    peer("sacrebleu")
    drawn = tmp_path / "lengths.svg"
    words = ("translate", "compare", EXAMPLE, "--width", 32, "--layers", 1, "--epochs", 2)
    result = lmcli(*words, "--save", drawn, "-f", "json")
    assert result.code == 0, result.err
    rows = json.loads(result.out)
    assert [row["model"] for row in rows] == ["rnn", "rnn-attention", "transformer"]
    assert all(sum(part["pairs"] for part in row["by_length"]) == 100 for row in rows)
    assert rows[0]["parameters"] < rows[1]["parameters"]
    assert "rnn-attention" in drawn.read_text(encoding="utf-8")
    again = json.loads(lmcli(*words, "-f", "json").out)
    assert [row["bleu"] for row in again] == [row["bleu"] for row in rows]
    shown = lmcli(*words, tty=True)
    assert "source tokens" in shown.out and "all: BLEU" in shown.out


@pytest.mark.peer
def test_three_pairs_are_too_few(lmcli, tmp_path):
    peer("torch")
    peer("sacrebleu")
    few = tmp_path / "few.tsv"
    few.write_text(
        "我爱机器\tI love machines\n我有一只猫\tI have a cat\n我是一个学生\tI am a student\n",
        encoding="utf-8",
    )
    result = lmcli("translate", "train", few, "--out", tmp_path / "few")
    assert result.code == 1 and "3 pairs are too few" in result.err


EXAMPLE = ROOT / "tests" / "examples" / "numbers.tsv"


def test_help_ends_in_the_example(tmp_path):
    assert "lmcli translate 我爱机器" in on_terminal("lmcli translate texts --help", tmp_path)
