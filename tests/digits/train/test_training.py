"""Training: own pictures are learnt, resumed bit-equal, and what is wrong with them is said."""

import json

import numpy as np
import pytest
from PIL import Image

from lmcli.digits.train.training import sized
from tests.conftest import peer

DRAW = np.random.default_rng(3)


def bars(upright: bool) -> np.ndarray:
    """A dark bar on light paper, upright or lying."""
    values = np.full((40, 40), 250, np.uint8)
    at, start = DRAW.integers(8, 28), DRAW.integers(3, 10)
    values[start : start + 26, at : at + 4] = 20
    return values if upright else values.T.copy()


@pytest.fixture
def folder(tmp_path):
    for name, upright in (("upright", True), ("横", False)):
        place = tmp_path / "data" / name
        place.mkdir(parents=True)
        for number in range(24):
            Image.fromarray(bars(upright)).save(place / f"{number}.png")
    return tmp_path / "data"


def test_few_pictures_are_learnt_in_more_and_smaller_steps():
    assert sized(57_000, None, None) == (4, 128)
    epochs, batch = sized(48, None, None)
    assert batch == 8 and epochs * (48 // batch) >= 400
    assert sized(48, 2, 16) == (2, 16)


@pytest.mark.peer
def test_own_pictures(lmcli, folder, tmp_path):
    peer("torch")
    Image.fromarray(bars(True)).save(folder / "once.png")
    (folder / "alone").mkdir()
    (folder / "once.png").rename(folder / "alone" / "once.png")
    (folder / "upright" / "bad.png").write_bytes(b"\x89PNG")
    words = ("digits", "train", "--data", folder, "--out", tmp_path / "bars", "--threads", "1")
    result = lmcli(*words, "--batch", "7", "-f", "json")  # the last batch is a small one
    assert result.code == 5, result.err
    assert "bad.png" in result.err and "one picture alone" in result.err
    assert {row["label"]: row["recall"] for row in json.loads(result.out)} == {
        "upright": 1,
        "横": 1,
    }
    read = lmcli("digits", "classify", folder / "横" / "3.png", "--model", tmp_path / "bars")
    assert read.table[0][1] == "横"
    assert "held-out pictures" in (tmp_path / "bars" / "CARD.md").read_text(encoding="utf-8")
    again = lmcli(*words)
    assert again.code == 2 and "--force" in again.err


@pytest.mark.peer
def test_what_teaches_nothing(lmcli, tmp_path):
    peer("torch")
    line = "3," + ",".join(["0"] * 784) + "\n"
    (tmp_path / "one.csv").write_text(line * 9)
    one = lmcli("digits", "train", "--data", tmp_path / "one.csv", "--out", tmp_path / "m")
    assert one.code == 1 and "nothing to tell apart" in one.err
    (tmp_path / "cut.csv").write_text(line + line[:60])
    cut = lmcli("digits", "train", "--data", tmp_path / "cut.csv", "--out", tmp_path / "m")
    assert cut.code == 1 and "line 2: " in cut.err
    assert not (tmp_path / "m").exists()


def test_without_torch_the_extra_is_named(process, tmp_path):
    hidden = tmp_path / "torch"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError('torch', name='torch')")
    result = process("digits", "train", env={"PYTHONPATH": str(tmp_path)})
    assert result.code == 1
    assert "pip install 'lmcli[train]'" in result.err and "Traceback" not in result.err


@pytest.mark.peer
def test_a_last_batch_of_three():
    peer("torch")
    import torch

    from lmcli.digits.files.sources import Part
    from lmcli.digits.train.learning import Learning, Material
    from lmcli.digits.train.networks import network

    part = Part(DRAW.integers(0, 256, (11, 28, 28)).astype(np.uint8), np.arange(11) % 2)
    task = Learning(network("cnn", 2), Material(part, None), 8, 0.3)
    generator = torch.Generator().manual_seed(0)
    sizes = [len(batch) for batch in task.batches(generator)]
    assert sizes == [8, 3]
    losses = [task.loss(batch, generator).item() for batch in task.batches(generator)]
    assert all(0 < loss < 3 for loss in losses)
