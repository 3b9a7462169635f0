"""The GGUF reader on a file made here, and on damaged ones."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert import gguf


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def small_file() -> bytes:
    """Two pairs of metadata; an F32 row, a Q8_0 block, a Q4_1 block."""
    pairs = text("general.name") + struct.pack("<I", 8) + text("tiny ✓")
    pairs += text("list") + struct.pack("<IIQ3i", 9, 5, 3, 1, -2, 3)
    floats = np.array([1.5, -2.0], np.float32).tobytes()
    q8 = np.float16(0.5).tobytes() + np.arange(-16, 16, dtype=np.int8).tobytes()
    nibbles = np.arange(16, dtype=np.uint8) | (np.arange(16, dtype=np.uint8)[::-1] << 4)
    q4 = np.array([0.25, -1.0], np.float16).tobytes() + nibbles.tobytes()
    data, infos = b"", b""
    for name, kind, count, content in (
        ("floats", 0, 2, floats), ("eight", 8, 32, q8), ("four", 3, 32, q4)
    ):  # fmt: skip
        data += b"\0" * (-len(data) % 32)
        infos += text(name) + struct.pack("<IQIQ", 1, count, kind, len(data))
        data += content
    head = b"GGUF" + struct.pack("<IQQ", 3, 3, 2) + pairs + infos
    return head + b"\0" * (-len(head) % 32) + data


def test_metadata_and_values(tmp_path):
    path = tmp_path / "tiny.gguf"
    path.write_bytes(small_file())
    found = gguf.read(path)
    assert found.metadata == {"general.name": "tiny ✓", "list": [1, -2, 3]}
    assert found.tensors["floats"].values().tolist() == [1.5, -2.0]
    assert found.tensors["eight"].values().tolist() == [n / 2 for n in range(-16, 16)]
    wanted = [n * 0.25 - 1 for n in (*range(16), *range(15, -1, -1))]
    assert found.tensors["four"].values().tolist() == wanted


@pytest.mark.parametrize("keep", [4, 10, 24, 40, 100, 180, 300])
def test_a_cut_file_is_refused(tmp_path, keep):
    path = tmp_path / "cut.gguf"
    path.write_bytes(small_file()[:keep])
    with pytest.raises(ModelError, match=r"cut\.gguf"):
        gguf.read(path)


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "x.gguf"
    path.write_bytes(b"PK\3\4 a zip file")
    with pytest.raises(ModelError, match="not a GGUF file"):
        gguf.read(path)


def test_a_type_that_is_not_read(tmp_path):
    content = small_file().replace(
        struct.pack("<IQIQ", 1, 32, 3, 64), struct.pack("<IQIQ", 1, 32, 14, 64)
    )
    path = tmp_path / "x.gguf"
    path.write_bytes(content if content != small_file() else b"GGUF")
    with pytest.raises(ModelError):
        gguf.read(path)
