"""The index on disk, whatever it is of: files with several rows, interruptions, damage, those of older versions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, LmcliError, NoAnswer
from lmcli.vectors import indexing, vectorfile
from lmcli.vectors.index import Index
from lmcli.vectors.indexing import Chunk, refresh
from tests.conftest import ROOT

OLD = ROOT / "tests" / "cases" / "index" / "old.pictures"


class Letters:
    """Makes a row of each letter of a file, one chunk a letter, and remembers the files it read."""

    fingerprint, depends_on = "letters", "alphabet"

    def __init__(self):
        self.read, self.said, self.stop_at = [], [], None

    def find(self, places, _fault):
        files = [path for place in places for path in sorted(Path(place).iterdir())]
        return [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]

    def make(self, stamps, _old):
        for path, *_ in stamps:
            text = Path(path).read_text()
            self.read.append(Path(path).name)
            if text == "?":
                yield Chunk(path, np.zeros((0, 0), np.float32), fault="a riddle")
            for at, letter in enumerate(text.strip("?"), 1):
                if letter == self.stop_at:
                    raise KeyboardInterrupt
                row = np.array([[ord(letter) - ord("a"), at]], np.float32) * (letter != "z")
                yield Chunk(path, row, [letter.encode()], "digest", whole=at == len(text))

    def nothing(self, places):
        return NoAnswer(f"nothing in {places}")

    def fault(self, error):
        self.said.append(str(error))

    def warn(self, text):
        self.said.append(text)


@pytest.fixture
def maker():
    return Letters()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in {"a": "cat", "b": "?", "c": "zoo"}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def place(tmp_path):
    return tmp_path / "indexes" / "mine"


def notes(index):
    return b"".join(index.rows.note(row) for row in range(len(index)))


def test_rows_stand_in_the_order_of_files(folder, place, maker):
    index = refresh(place, [str(folder)], maker, Index)
    assert notes(index) == b"catzoo" and index.zeros == [3]
    assert [(f.start, f.count, f.fault) for f in index.files] == [
        (0, 3, ""),
        (3, 0, "a riddle"),
        (3, 3, ""),
    ]
    (folder / "b").write_text("or")
    index = refresh(place, [], maker, Index)
    assert notes(index) == b"catorzoo" and index.zeros == [5]
    assert maker.read == ["a", "b", "c", "b"]
    assert index.vectors[:, 1].tolist() == [1, 2, 3, 1, 2, 0, 2, 3]


def test_an_interruption_keeps_what_is_known_of_later_files_too(folder, place, maker):
    refresh(place, [str(folder)], maker, Index)
    (folder / "a").write_text("bed")
    maker.stop_at = "d"
    with pytest.raises(KeyboardInterrupt):
        refresh(place, [], maker, Index)
    half = Index(place)
    assert notes(half) == b"bezoo" and half.files[0].modified == indexing.UNFINISHED
    assert half.files[0].sha256 == "" and half.files[2].sha256 == "digest"
    maker.stop_at = None
    assert notes(refresh(place, [], maker, Index)) == b"bedzoo"
    assert maker.read == ["a", "b", "c", "a", "a"]


def test_long_work_is_saved_by_the_way(folder, place, maker, monkeypatch):
    monkeypatch.setattr(indexing, "SAVE_EVERY", 0.0)
    saved = []
    write = vectorfile.write
    monkeypatch.setattr(vectorfile, "write", lambda *a: (write(*a), saved.append(Index(place))))
    assert notes(refresh(place, [str(folder)], maker, Index)) == b"catzoo"
    assert [notes(index) for index in saved][:4] == [b"c", b"ca", b"cat", b"cat"]
    assert len(saved) == 8


def test_nothing_is_written_where_there_is_nothing(tmp_path, folder, place, maker):
    with pytest.raises(BadInput, match="there is no index mine"):
        refresh(place, [], maker, Index)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoAnswer):
        refresh(place, [str(tmp_path / "empty")], maker, Index)
    assert not place.exists()
    maker.stop_at = "c"
    with pytest.raises(KeyboardInterrupt):
        refresh(place, [str(folder)], maker, Index)
    assert not place.exists()


@pytest.mark.parametrize("keep", [0, 10, 40, 200, -1])
def test_a_cut_index_says_so(folder, place, maker, keep):
    refresh(place, [str(folder)], maker, Index)
    place.write_bytes(place.read_bytes()[:keep])
    with pytest.raises(BadInput, match=r"cannot be used.*index anew"):
        refresh(place, [], maker, Index)
    assert len(refresh(place, [str(folder)], maker, Index, replace=True)) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"made_by": None},
        {"paths": ["x"]},
        {"paths": 3},
        {"counts": [1, 0, 2]},
        {"faults": None},
        {"counts": ["1", 0, 5]},
    ],
)
def test_a_header_that_makes_no_sense_says_so(folder, place, maker, change):
    refresh(place, [str(folder)], maker, Index)
    header, vectors, parts = vectorfile.read(place)
    header |= change
    vectorfile.write(place, {k: v for k, v in header.items() if v is not None}, [vectors], parts)
    with pytest.raises(BadInput, match="cannot be used"):
        refresh(place, [], maker, Index)


def test_another_maker_means_all_anew(folder, place, maker):
    refresh(place, [str(folder)], maker, Index)
    maker.fingerprint = "runes"
    assert refresh(place, [], maker, Index).made_by == "runes" and len(maker.read) == 6
    assert maker.said == ["the index mine was made with another alphabet: all is done anew"]


def test_faults_of_a_place_are_told_each_time(folder, place, maker):
    find = maker.find
    maker.find = lambda places, fault: (fault(LmcliError("shut")), find(places, fault))[1]
    for _ in range(2):
        refresh(place, [str(folder)], maker, Index)
    assert maker.said == ["shut", "shut"] and len(maker.read) == 3


def test_an_index_of_pictures_made_by_the_last_version_still_opens(tmp_path):
    index = Index(OLD)
    names = [Path(file.path).name for file in index.files]
    assert names == ["a.jpg", "b.png", "bad.jpg", "c.webp"]
    assert [file.count for file in index.files] == [1, 1, 0, 1]
    assert "broken" in index.files[2].fault
    assert index.vectors.shape == (3, 6) and index.zeros == [] and index.rows.note(0) == b""
