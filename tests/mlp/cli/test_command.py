"""mlp as a command: the lesson, learning, the trace, files, pictures, errors."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.conftest import command


def test_without_anything_it_is_the_lesson(lmcli):
    rows = [json.loads(line) for line in lmcli("mlp", "-f", "jsonl").lines]
    assert [(row["data"], row["hidden"], row["accuracy"]) for row in rows] == [
        ("and", [], 1.0),
        ("xor", [], 0.5),
        ("xor", [4], 1.0),
    ]
    shown = lmcli("mlp", tty=True, env={"NO_COLOR": "1"}).out
    assert "xor: one neuron" in shown and "0  1  ->  1   p 0.500 ✗" in shown
    assert max(map(len, shown.splitlines())) <= 80 and len(shown.splitlines()) <= 24


def test_rows_on_the_way(lmcli):
    result = lmcli("mlp", "xor", "--every", "250", "--seed", "1")
    assert [line[2] for line in result.table] == ["250", "500", "750", "1000"]
    losses = [float(line[3]) for line in result.table]
    assert losses == sorted(losses, reverse=True)
    assert result.out == lmcli("mlp", "xor", "--every", "250", "--seed", "1").out


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"COLORTERM": "truecolor"}])
def test_the_plane_is_drawn(lmcli, env):
    shown = lmcli("mlp", "moons", "--epochs", "100", tty=True, env=env).out
    assert "8 hidden neurons" in shown and "epoch 100 of 100" in shown
    assert ("38;2;0;114;178" in shown) is (env == {"COLORTERM": "truecolor"})
    assert "right 2" not in shown.split("epoch 100 of 100")[0]  # the pictures on the way are gone


def test_one_neuron_shows_its_formula_and_why_it_fails(lmcli):
    shown = lmcli("mlp", "xor", "--hidden", "0", tty=True, env={"NO_COLOR": "1"}).out
    assert "p = sigmoid(" in shown and "one straight line" in shown


def test_the_trace(lmcli):
    rows = [
        json.loads(line) for line in lmcli("mlp", "--trace", "--hidden", "2", "-f", "jsonl").lines
    ]
    assert list(rows[0]) == ["epoch", "step", "formula", "rows", "columns", "values"]
    assert rows[0]["values"] == [[0, 0], [0, 1], [1, 0], [1, 1]] and len(rows) == 24
    shown = lmcli("mlp", "xor", "--trace", tty=True, env={"NO_COLOR": "1"}).out
    assert "dh1 * (1 - h1^2)" in shown and "new loss" in shown
    assert lmcli("mlp", "spiral", "--trace", tty=True).code == 0  # 16 neurons are cut to the width
    assert lmcli("mlp", "--trace", "--save", "x.svg").code == 2


def test_a_file_of_ones_own(lmcli, tmp_path):
    file = tmp_path / "花.csv"
    file.write_text(
        "花瓣长,花瓣宽,高,种类\n1,2,5,山鸢尾\n4,7,5,变色鸢尾\n1,3,4,山鸢尾\n", encoding="utf-8"
    )
    row = json.loads(lmcli("mlp", file, "-f", "jsonl", "--hidden", "4，3").out)
    assert row["data"] == "花.csv" and row["hidden"] == [4, 3] and row["accuracy"] == 1
    shown = lmcli("mlp", file, tty=True, env={"NO_COLOR": "1"}).out
    assert "no picture: 3 features" in shown and "变色鸢尾" in shown
    piped = lmcli("mlp", "-", "-f", "jsonl", stdin="1,a\n2,b\n")
    assert json.loads(piped.out)["data"] == "stdin"


@pytest.mark.parametrize("suffix", ["svg", "png", "html"])
def test_pictures(lmcli, tmp_path, suffix):
    for number, words in enumerate(([], ["xor", "--epochs", "20"])):
        file = tmp_path / f"{number}.{suffix}"
        assert lmcli("mlp", *words, "--save", file).code == 0
        assert file.stat().st_size > 5000
        if suffix == "svg":
            assert file.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nand"], 2, "xor"),
        (["none.csv"], 1, "no such file"),
        (["xor", "--hidden", "x"], 2, "0 for none"),
        (["xor", "--hidden", "-3"], 2, "0 for none"),
        (["xor", "--rate", "nan"], 2, "finite"),
        (["xor", "--label", "y"], 2, "--label"),
        (["--save", "x.gif"], 2, ".svg"),
        (["."], 1, "directory"),
    ],
)
def test_errors(lmcli, words, code, says):
    result = lmcli("mlp", *words)
    assert result.code == code and says in result.err and result.out == ""


def test_ctrl_c_says_how_far_it_came():
    words = command("mlp", "spiral", "--hidden", "64,64", "--epochs", "1000000", "--every", "1")
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
    )
    child.stdout.read(50)  # it learns
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert err.decode().startswith("note: stopped after ") and "Traceback" not in err.decode()
