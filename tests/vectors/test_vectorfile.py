"""Vectors in a file: what is written is read, and damage is seen."""

import numpy as np
import pytest

from lmcli.vectors import vectorfile


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "deep" / "vectors"
    vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
    vectorfile.write(path, {"what": "中\udcff"}, [vectors[:1], vectors[1:]])
    header, found, parts = vectorfile.read(path)
    assert header["what"] == "中\udcff" and np.array_equal(found, vectors) and parts == {}


def test_parts_follow_the_rows(tmp_path):
    path = tmp_path / "vectors"
    letters, numbers = np.frombuffer(b"letters", np.uint8), np.array([1, 2**40])
    rows = np.ones((1, 3), np.float32)
    vectorfile.write(path, {}, [rows], {"a": [letters, letters], "none": [], "b": [numbers]})
    _, found, parts = vectorfile.read(path)
    assert np.array_equal(found, rows) and parts["a"].tobytes() == b"lettersletters"
    assert parts["none"].size == 0 and parts["b"].view("<i8").tolist() == [1, 2**40]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="another size"):
        vectorfile.read(path)


def test_no_rows_and_no_such_file(tmp_path):
    path = tmp_path / "vectors"
    vectorfile.write(path, {}, [])
    assert vectorfile.read(path).vectors.shape == (0, 0)
    path.write_bytes(b"something else, and long enough for a header")
    with pytest.raises(ValueError, match="no file of vectors"):
        vectorfile.read(path)


@pytest.mark.parametrize("length", [2**64 - 1, 2**62, 2**40, 1])
def test_a_header_of_any_length_is_refused_without_memory(tmp_path, length):
    path = tmp_path / "vectors"
    vectorfile.write(path, {}, [np.ones((1, 3), np.float32)])
    data = path.read_bytes()
    path.write_bytes(data[:16] + length.to_bytes(8, "little") + data[24:])
    with pytest.raises(ValueError, match="header is damaged"):
        vectorfile.read(path)
