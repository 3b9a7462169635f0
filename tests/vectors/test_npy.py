"""Damaged .npy files."""

import numpy as np
import pytest

from lmcli.vectors.npy import map_npy


def test_an_array_is_mapped(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6).reshape(2, 3))
    assert map_npy(path).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:20],
        lambda data: b"",
        lambda data: data.replace(b"'shape'", b"'shap\n"),
        lambda data: data.replace(b"(2, 3)", b"(2, -3"),
        lambda data: data.replace(b"(2, 3)", b"(2L,3)"),
        lambda data: data.replace(b"<i8", b"|O8"),
        lambda data: data.replace(b"(2, 3), }", b"(2, 3**9**9)}"),
        lambda data: b"PK\x03\x04" + data,
    ],
)
def test_a_damaged_one_is_a_value_error(tmp_path, change):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6).reshape(2, 3))
    data = change(path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(ValueError):
        map_npy(path)
