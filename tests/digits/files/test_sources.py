"""Data to learn from: idx files, tables, folders; what is wrong with them is said."""

import gzip

import numpy as np
import pytest
from PIL import Image

from lmcli.digits.files.sources import open_data
from lmcli.frame.errors import BadInput, BadUsage
from tests.digits.files.test_idx import idx

DRAW = np.random.default_rng(0)
PIXELS = DRAW.integers(0, 256, (12, 28, 28)).astype(np.uint8)
LABELS = np.arange(12) % 3


def write(folder, start="train", pixels=PIXELS, labels=LABELS, packed=False):
    for name, values in (
        (f"{start}-images-idx3-ubyte", pixels),
        (f"{start}-labels-idx1-ubyte", labels),
    ):
        data = idx(values)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(data) if packed else data)
    return folder / f"{start}-images-idx3-ubyte"


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_like_mnists(tmp_path, packed):
    write(tmp_path, packed=packed)
    write(tmp_path, "t10k", PIXELS[:4], LABELS[:4], packed)
    data = open_data(str(tmp_path))
    assert np.array_equal(data.train.pixels, PIXELS)
    assert data.test is not None and data.test.labels.tolist() == [0, 1, 2, 0]
    assert data.names == tuple("0123456789")


def test_one_pair_of_files(tmp_path):
    data = open_data(str(write(tmp_path, "own")))
    assert data.test is None and data.train.labels.tolist() == LABELS.tolist()
    (tmp_path / "own-labels-idx1-ubyte").unlink()
    with pytest.raises(BadInput, match="no file of labels beside it"):
        open_data(str(tmp_path / "own-images-idx3-ubyte"))


def test_labels_that_are_too_few(tmp_path):
    path = write(tmp_path, "own", labels=LABELS[:5])
    with pytest.raises(BadInput, match=r"5 labels, and .* has 12 pictures"):
        open_data(str(path))


def test_one_label_alone(tmp_path):
    path = write(tmp_path, "own", labels=np.full(12, 7))
    with pytest.raises(BadInput, match="every picture is of '7'"):
        open_data(str(path))


def test_many_labels(tmp_path):
    data = open_data(str(write(tmp_path, "own", labels=np.arange(12) * 17)))
    assert len(data.names) == 188


@pytest.mark.parametrize("head", ["", "label," + ",".join(f"pixel{n}" for n in range(784)) + "\n"])
def test_a_table(tmp_path, head):
    path = tmp_path / "own.csv"
    lines = [
        ",".join(map(str, [label, *one.ravel()]))
        for one, label in zip(PIXELS, [10, 9, 2] * 4, strict=True)
    ]
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    data = open_data(str(path))
    assert data.names == ("2", "9", "10")
    assert data.train.labels[:3].tolist() == [2, 1, 0]
    assert np.array_equal(data.train.pixels, PIXELS)
    path.write_text(head + "\n".join([*lines, "1,2,3"]), encoding="utf-8")
    with pytest.raises(BadInput, match=r"line 1[34]: 3 columns, where a label and 784 values"):
        open_data(str(path))


def test_pictures_by_label(tmp_path):
    for name in ("3", "8"):
        (tmp_path / name).mkdir()
        for number in range(2):
            ink = np.full((60, 50), 255, np.uint8)
            ink[10:50, 15 + 5 * number : 25] = 0
            Image.fromarray(ink).save(tmp_path / name / f"{number}.png")
    (tmp_path / "8" / "blank.png").write_bytes(b"")
    Image.new("RGB", (30, 30), "white").save(tmp_path / "8" / "white.png")
    data = open_data(str(tmp_path))
    assert data.names == ("3", "8") and data.written
    assert data.train.pixels.shape == (4, 28, 28)
    assert data.train.pixels.max() == 255  # turned round: white on black
    said = sorted(str(fault) for fault in data.faults)
    assert "blank.png: the file is empty" in said[0]
    assert "white.png: nothing is written" in said[1]


def test_a_folder_without_labels(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(BadInput, match="no folders in it"):
        open_data(str(tmp_path))
    with pytest.raises(BadUsage, match="known sets: mnist, fashion"):
        open_data(str(tmp_path / "none"))
