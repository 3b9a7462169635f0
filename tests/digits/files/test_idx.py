"""idx files: whole, packed, damaged."""

import gzip
import struct

import numpy as np
import pytest

from lmcli.digits.files.idx import is_idx, looks_like_idx, read_idx, read_pictures
from lmcli.frame.errors import BadInput


def idx(values: np.ndarray) -> bytes:
    head = bytes((0, 0, 8, values.ndim)) + b"".join(struct.pack(">I", one) for one in values.shape)
    return head + values.astype(np.uint8).tobytes()


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)


def test_whole_and_packed(tmp_path, pictures):
    plain, packed = tmp_path / "a-idx3-ubyte", tmp_path / "a-idx3-ubyte.gz"
    plain.write_bytes(idx(pictures))
    packed.write_bytes(gzip.compress(idx(pictures)))
    for path in (plain, packed):
        assert looks_like_idx(path)
        assert np.array_equal(read_pictures(path), pictures)
    labels = tmp_path / "labels"
    labels.write_bytes(idx(np.array([1, 2, 3])))
    assert read_idx(labels).tolist() == [1, 2, 3]
    with pytest.raises(BadInput, match=r"no pictures of 28 x 28; .*labels lie in a file"):
        read_pictures(labels)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda data: data[:-1], "damaged"),
        (lambda data: data + b"x", "damaged"),
        (lambda data: data[:9], "cut off within its header"),
        (lambda data: b"\x89PNG" + data, "not an idx file"),
        (lambda _data: b"", "not an idx file"),
        (lambda data: data[:4] + b"\xff\xff\xff\xff" * 3 + data[16:], "damaged"),
        (lambda data: b"\x1f\x8b" + data, "damaged"),
        (lambda data: gzip.compress(data)[:40], "damaged"),
    ],
)
def test_damaged(tmp_path, pictures, change, word):
    path = tmp_path / "spoilt"
    path.write_bytes(change(idx(pictures)))
    with pytest.raises(BadInput, match=word) as found:
        read_idx(path)
    assert str(path) in found.value.message


def test_what_is_none(tmp_path):
    assert not looks_like_idx(tmp_path / "missing")
    assert not is_idx(b"\x89PNG")
    with pytest.raises(BadInput, match="No such file"):
        read_idx(tmp_path / "missing")
