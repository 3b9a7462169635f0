"""Archives that try to write elsewhere."""

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.store.fetch.archives import Archive, is_inside

EVIL = ("../outside", "a/../../outside", "/etc/outside", "..\\outside", "C:\\outside", "C:outside")


def zip_of(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo()
            info.filename = name
            archive.writestr(info, b"data")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return path


def tar_of(path, names):
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"data"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            link = tarfile.TarInfo(f"special{kind.decode()}")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    return path


@pytest.fixture(params=[zip_of, tar_of])
def archive(request, tmp_path):
    return Archive(request.param(tmp_path / "archive", ("good/file", *EVIL)))


def test_only_plain_files_inside_can_be_seen(archive):
    assert archive.names() == ("good/file",)
    assert archive.read("good/file") == b"data"


@pytest.mark.parametrize("name", [*EVIL, "link", "special2", "none"])
def test_nothing_else_can_be_taken_out(archive, tmp_path, name):
    with pytest.raises(ModelError, match="holds no plain file"):
        archive.extract({name: "here"}, tmp_path / "out")
    with pytest.raises(ModelError, match="outside the folder"):
        archive.extract({"good/file": "../there"}, tmp_path / "out")
    assert not (tmp_path / "there").exists()


def test_extract_takes_what_is_named(archive, tmp_path):
    archive.extract({"good/file": "a/b"}, tmp_path / "out")
    assert (tmp_path / "out" / "a" / "b").read_bytes() == b"data"


def test_a_file_that_another_reads_is_replaced_and_not_cut_under_it(archive, tmp_path):
    target = tmp_path / "out" / "b"
    target.parent.mkdir()
    target.write_bytes(b"weights that a network has mapped")
    with target.open("rb") as before:
        archive.extract({"good/file": "b"}, tmp_path / "out")
        assert before.read() == b"weights that a network has mapped"
    assert target.read_bytes() == b"data"
    assert [path.name for path in target.parent.iterdir()] == ["b"]


@pytest.mark.parametrize("data", [b"", b"neither", b"PK\x03\x04 cut"])
def test_what_is_no_archive(tmp_path, data):
    path = tmp_path / "odd.whl"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"odd\.whl is no archive"):
        Archive(path)


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_a_cut_archive(tmp_path, make):
    whole = make(tmp_path / "whole", [f"file{n}" for n in range(200)]).read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cut"), Archive(cut) as archive:
        for name in archive.names():
            archive.read(name)


def test_a_damaged_member(tmp_path):
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("file", b"x" * 1000)
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="file is damaged"), Archive(path) as archive:
        archive.read("file")


@given(st.text(alphabet="./\\abC:", max_size=12))
def test_inside_is_inside(name):
    from pathlib import Path, PurePosixPath

    if is_inside(name):
        root = Path("/root/folder")
        resolved = Path("/")
        for part in (root / PurePosixPath(name)).parts[1:]:
            resolved = resolved.parent if part == ".." else resolved / part
        assert resolved.is_relative_to(root) and resolved != root


def test_why_it_is_no_archive_is_said_in_one_line(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"cat " * 1000)
    with pytest.raises(ModelError) as caught:
        Archive(path)
    assert "\n" not in caught.value.message
