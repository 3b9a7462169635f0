"""digits as commands: pictures, pipes, the lesson, drawing in a terminal, measuring, errors."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys

import numpy as np
import pexpect
from PIL import Image

from tests.conftest import ROOT
from tests.digits.files.test_idx import idx

PICTURES = ROOT / "tests" / "examples" / "digits"
SEVEN = PICTURES / "seven.png"


def seven() -> np.ndarray:
    return np.asarray(Image.open(SEVEN).convert("L"))


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "png")
    return buffer.getvalue()


def test_pictures_of_every_kind(lmcli):
    names = ["photo.jpg", "shadow.jpg", "number.png", "seven.png"]
    result = lmcli("digits", "classify", *(PICTURES / name for name in names))
    assert [row[1] for row in result.table] == ["2", "4", "2071", "7"], result.err
    assert result.code == 0


def test_any_size_light_or_dark_from_a_pipe(lmcli):
    large = Image.fromarray(seven()).resize((400, 400), Image.Resampling.BICUBIC)
    wide = np.pad(255 - np.asarray(large), ((40, 10), (500, 0)), constant_values=255)
    for values in (seven(), 255 - seven(), np.asarray(large), wide):
        result = lmcli("digits", "classify", "-", stdin=png(values))
        assert result.table[0][1] == "7"
        assert float(result.table[0][2]) > 0.9


def test_rows_and_what_was_done(lmcli):
    result = lmcli("digits", "classify", PICTURES / "number.png", "-k", "2", "-v", "-f", "json")
    rows = json.loads(result.out)
    assert [list(row) for row in rows] == [["image", "rank", "label", "score"]] * 2
    assert rows[0]["score"] > rows[1]["score"] > 0
    assert "4 digits, from left to right" in result.err
    assert "scaled to" in result.err


def test_no_digit(lmcli, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    (tmp_path / "cut.png").write_bytes(SEVEN.read_bytes()[:60])
    blank = lmcli("digits", "classify", tmp_path / "blank.png")
    assert blank.code == 3 and "nothing is written" in blank.err
    shutil.copy(SEVEN, tmp_path / "good.png")
    result = lmcli("digits", "classify", tmp_path)
    assert result.code == 5
    assert "noise.png: this may be no digit that the network knows" in result.err
    assert {row[0].rpartition("/")[2] for row in result.table} == {"noise.png", "good.png"}


def test_photographs_of_things_are_doubted(lmcli):
    for name in ("astronaut", "cat", "coffee", "flower", "rocket", "temple"):
        result = lmcli("digits", "classify", PICTURES.parent / "pics" / f"{name}.jpg")
        assert "warning" in result.err, (name, result.out)
    plain = lmcli("digits", "classify", *(PICTURES / one for one in ("photo.jpg", "shadow.jpg")))
    assert plain.err == ""


def test_idx_files(lmcli, tmp_path):
    path = tmp_path / "own-images-idx3-ubyte"
    path.write_bytes(idx(np.stack([seven()] * 3)))
    result = lmcli("digits", "classify", path)
    assert [row[0][-3:] + row[1] for row in result.table] == ["[0]7", "[1]7", "[2]7"]
    path.write_bytes(path.read_bytes()[:900])
    damaged = lmcli("digits", "classify", path)
    assert damaged.code == 1 and "damaged: 3 x 28 x 28 values need" in damaged.err


def test_steps(lmcli, tmp_path):
    rows = lmcli("digits", "steps").table
    assert rows[0][3:] == ["max(1, 3, 2, 4)", "4.0"]
    assert [float(row[4]) for row in rows[1:]] == [4, 3, 4, 2, 4, 3, 2, 3, 4]
    layers = lmcli("digits", "steps", SEVEN).table
    assert list(dict.fromkeys(row[0] for row in layers)) == [
        *("conv1", "pool1", "conv2", "pool2", "conv3")
    ]
    for kind in ("svg", "png", "html"):
        done = lmcli("digits", "steps", SEVEN, "--filter", "3", "--save", tmp_path / f"f.{kind}")
        assert [row[:2] for row in done.table] == [["conv1", "3"]]
        assert (tmp_path / f"f.{kind}").stat().st_size > 1000
    shown = lmcli("digits", "steps", SEVEN, tty=True, env={"NO_COLOR": "1"}).out
    assert "conv1: 8 maps of 28 x 28" in shown and "dense: 3136 values to 64" in shown
    assert "0 to 7" in lmcli("digits", "steps", SEVEN, "--filter", "99").err
    assert (
        "conv1, conv2, conv3"
        in lmcli("digits", "steps", SEVEN, "--layer", "x", "--filter", "1").err
    )
    assert "no layers to show" in lmcli("digits", "steps", SEVEN, "--model", "digits-mlp").err


def test_measuring(lmcli, tmp_path):
    pixels, labels = np.stack([seven()] * 4 + [np.rot90(seven(), 2)]), np.array([7, 7, 7, 7, 0])
    (tmp_path / "a-images-idx3-ubyte").write_bytes(idx(pixels))
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(idx(labels))
    data = tmp_path / "a-images-idx3-ubyte"
    rows = json.loads(lmcli("digits", "eval", data, "-f", "json").out)
    assert [(row["label"], row["count"], row["recall"]) for row in rows] == [
        ("0", 1, 0.0),
        ("7", 4, 1.0),
    ]
    shown = lmcli("digits", "eval", data, tty=True, env={"NO_COLOR": "1"}).out
    assert "80.00% of 5 right" in shown and "what is (row) called what (column)" in shown
    (mistake,) = json.loads(lmcli("digits", "eval", data, "--errors", "3", "-f", "json").out)
    assert (mistake["index"], mistake["label"]) == (4, "0")
    robust = json.loads(lmcli("digits", "eval", data, "--robust", "-f", "json").out)
    assert {row["model"] for row in robust} == {"digits-mlp", "digits-cnn"}
    assert robust[0]["accuracy"] <= 1 and {row["change"] for row in robust} == {"shift", "noise"}
    both = lmcli("digits", "eval", data, "--errors", "3", "--robust")
    assert both.code == 2
    unknown = lmcli("digits", "eval", "nosuch")
    assert unknown.code == 2 and "known sets: mnist, fashion" in unknown.err


def test_drawing_needs_a_terminal(lmcli):
    result = lmcli("digits", "draw", stdin="")
    assert result.code == 2 and "digits classify -" in result.err


def drawing(*words: str) -> pexpect.spawn:
    return pexpect.spawn(
        sys.executable, ["-m", "lmcli", "digits", "draw", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
        dimensions=(24, 80), timeout=30, encoding="utf-8",
    )  # fmt: skip


def test_a_line_drawn_with_keys_is_a_one(tmp_path):
    child = drawing("--save", str(tmp_path / "one.png"))
    child.expect("draw a digit")
    child.send("k" * 10 + " " + "j" * 28 + " ")
    child.expect("█████")
    child.send("\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "1" in child.before
    assert Image.open(tmp_path / "one.png").size == (400, 400)


def test_ctrl_c_leaves_the_paper():
    child = drawing()
    child.expect("draw a digit")
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
