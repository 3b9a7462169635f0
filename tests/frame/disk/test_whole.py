"""Files and folders are whole or absent."""

import gzip
import os
from threading import Thread

import pytest

from lmcli.frame.disk.whole import install, new_file, put, write_text
from lmcli.frame.errors import BadUsage


def test_a_folder_appears_whole(tmp_path):
    with install(tmp_path / "deep" / "model") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "deep" / "model").exists()
    assert (tmp_path / "deep" / "model" / "a").read_text() == "1"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model"]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "model"
    with install(target) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(BadUsage), install(target):
        pass
    with pytest.raises(OSError, match="full"), install(target, force=True) as folder:
        (folder / "a").write_text("new")
        raise OSError("disk full")
    assert (target / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    with install(target, force=True) as folder:
        (folder / "a").write_text("new")
    assert (target / "a").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_files_too(tmp_path):
    target = tmp_path / "file.txt"
    write_text(target, "中文\n")
    assert target.read_text(encoding="utf-8") == "中文\n"
    with pytest.raises(ValueError, match="stop"), new_file(target) as stream:
        stream.write(b"half")
        raise ValueError("stop")
    assert target.read_text(encoding="utf-8") == "中文\n"
    with pytest.raises(BadUsage, match="no such folder"), new_file(tmp_path / "none" / "file"):
        pass
    with new_file(tmp_path / "file.gz") as stream:
        stream.write(b"packed")
    assert gzip.decompress((tmp_path / "file.gz").read_bytes()) == b"packed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.gz", "file.txt"]


def test_a_pipe_or_device_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_text(pipe, "words")
    reader.join()
    assert got == [b"words"] and pipe.is_fifo()

    new = tmp_path / "new"
    new.write_bytes(b"more")
    reader = Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    put(new, pipe)
    reader.join()
    assert got[1] == b"more" and pipe.is_fifo() and not new.exists()
    with pytest.raises(BadUsage, match="no folder"), install(pipe, force=True):
        pass
    assert pipe.is_fifo()


def test_what_a_link_names_is_replaced_and_the_link_stays(tmp_path):
    file, link = tmp_path / "there" / "file", tmp_path / "link"
    file.parent.mkdir()
    file.write_text("old")
    link.symlink_to(file)
    write_text(link, "new")
    assert link.is_symlink() and file.read_text() == "new"
    assert [path.name for path in file.parent.iterdir()] == ["file"]
