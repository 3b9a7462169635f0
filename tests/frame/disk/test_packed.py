"""Packed files, known by their first bytes."""

import bz2
import gzip
import lzma

import pytest

from lmcli.frame.disk.packed import UNREADABLE, joined, open_unpacked
from lmcli.frame.errors import BadInput

TEXT = b"the cat sat\n" * 10_000


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("text", [TEXT, b"", b"a"])
def test_every_packing_gives_its_content(tmp_path, pack, text):
    path = tmp_path / "any.name"
    path.write_bytes(pack(text))
    with open_unpacked(path) as stream:
        assert list(stream) == text.splitlines(keepends=True)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_cut_file_raises_what_callers_expect(tmp_path, pack):
    path = tmp_path / "cut"
    path.write_bytes(pack(TEXT)[:-9])
    with open_unpacked(path) as stream, pytest.raises(UNREADABLE):
        stream.read()


def test_zstandard_is_named(tmp_path):
    (tmp_path / "z").write_bytes(b"\x28\xb5\x2f\xfd...........")
    with pytest.raises(BadInput, match="unpack it with: zstd -d"):
        open_unpacked(tmp_path / "z")


def test_bytes_are_put_back(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(TEXT)
    with path.open("rb") as stream:
        start = stream.read(100)
        assert joined(start, stream).read() == TEXT
