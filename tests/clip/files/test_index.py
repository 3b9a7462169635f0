"""The index of pictures: what is opened again, and what is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from lmcli.clip.files.index import PictureIndex, Work, refresh
from lmcli.clip.search import search, search_like, vector_in
from lmcli.frame.errors import BadInput, NoAnswer
from lmcli.vectors import vectorfile
from tests.conftest import ROOT


class Encoder:
    """Gives each content a vector of its own, and remembers which files it opened."""

    fingerprint = "hashing"

    def __init__(self):
        self.opened = []
        self.said = []
        self.stop_after = None

    def vector(self, data):
        seed = int(hashlib.sha256(data).hexdigest()[:8], 16)
        vector = np.random.default_rng(seed).normal(size=6).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def encode(self, paths):
        for path in paths:
            if self.stop_after is not None and len(self.opened) >= self.stop_after:
                raise KeyboardInterrupt
            self.opened.append(Path(path).name)
            data = Path(path).read_bytes()
            yield path, BadInput(f"{path}: broken") if data == b"broken" else self.vector(data)

    @property
    def work(self):
        return Work(self.fingerprint, self.encode, self.said.append)


@pytest.fixture
def encoder():
    return Encoder()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pics"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.jpg", "b.png", "deep/c.webp"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def place(tmp_path):
    return tmp_path / "indexes" / "mine.pictures"


def names(index):
    return [Path(path).name for path in index.paths]


def test_only_what_changed_is_opened(folder, place, encoder):
    index = refresh(place, [str(folder)], encoder.work)
    assert names(index) == encoder.opened == ["a.jpg", "b.png", "c.webp"]
    refresh(place, [], encoder.work)
    refresh(place, [str(folder)], encoder.work)
    assert len(encoder.opened) == 3

    (folder / "b.png").write_text("changed")
    (folder / "0.gif").write_text("new")
    (folder / "a.jpg").unlink()
    index = refresh(place, [], encoder.work)
    assert sorted(encoder.opened[3:]) == ["0.gif", "b.png"]
    assert names(index) == ["0.gif", "b.png", "c.webp"]
    for path, vector in zip(index.paths, index.vectors, strict=True):
        assert np.array_equal(vector, encoder.vector(Path(path).read_bytes()))


def test_a_change_of_time_alone_is_seen(folder, place, encoder):
    refresh(place, [str(folder)], encoder.work)
    os.utime(folder / "a.jpg", ns=(1, 1))
    refresh(place, [], encoder.work)
    assert encoder.opened[3:] == ["a.jpg"]


def test_a_bad_picture_is_named_once(folder, place, encoder):
    (folder / "b.png").write_bytes(b"broken")
    index = refresh(place, [str(folder)], encoder.work)
    assert names(index) == ["a.jpg", "c.webp"]
    assert len(encoder.said) == 1 and "b.png: broken: left out" in encoder.said[0]
    refresh(place, [], encoder.work)
    assert len(encoder.opened) == 3 and len(encoder.said) == 1
    (folder / "b.png").write_bytes(b"mended")
    assert names(refresh(place, [], encoder.work)) == ["a.jpg", "b.png", "c.webp"]


def test_an_interruption_keeps_what_is_done(folder, place, encoder):
    encoder.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        refresh(place, [str(folder)], encoder.work)
    assert names(PictureIndex(place)) == ["a.jpg", "b.png"]
    encoder.stop_after = None
    assert len(refresh(place, [], encoder.work)) == 3
    assert encoder.opened == ["a.jpg", "b.png", "c.webp"]


def test_another_model_means_all_anew(folder, place, encoder):
    refresh(place, [str(folder)], encoder.work)
    encoder.fingerprint = "other"
    refresh(place, [], encoder.work)
    assert len(encoder.opened) == 6 and "another model" in encoder.said[0]


def test_places_that_are_not_there(tmp_path, place, encoder):
    with pytest.raises(BadInput, match="there is no index mine"):
        refresh(place, [], encoder.work)
    with pytest.raises(BadInput, match=r"none: .*No such file"):
        refresh(place, [str(tmp_path / "none")], encoder.work)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoAnswer, match="no pictures"):
        refresh(place, [str(tmp_path / "empty")], encoder.work)
    assert not place.exists()


def test_a_damaged_index(folder, place, encoder):
    refresh(place, [str(folder)], encoder.work)
    whole = place.read_bytes()
    for damaged in (whole[:-4], whole[:40], b"", whole.replace(b'"version"', b'"versiom"')):
        place.write_bytes(damaged)
        with pytest.raises(BadInput, match="cannot be used"):
            refresh(place, [], encoder.work)
        assert len(refresh(place, [str(folder)], encoder.work, replace=True)) == 3


def test_an_open_index_outlives_its_replacement(folder, place, encoder):
    index = refresh(place, [str(folder)], encoder.work)
    before = index.vectors.copy()
    (folder / "b.png").write_text("changed")
    refresh(place, [], encoder.work)
    assert np.array_equal(index.vectors, before)


def test_names_in_any_bytes(folder, place, encoder):
    odd = os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.jpg")
    Path(odd).write_text("odd")
    index = refresh(place, [str(folder)], encoder.work)
    assert odd in index.paths
    assert refresh(place, [], encoder.work).paths == index.paths
    assert len(encoder.opened) == 4


def test_search_ranks_by_cosine(folder, place, encoder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    index = refresh(place, [str(folder)], encoder.work)
    query = encoder.vector(b"b.png")
    ((best, *_),) = search(index, query[None], 2)
    assert (best.image, best.rank) == ("pics/b.png", 1)
    assert best.score == pytest.approx(1, abs=1e-6)
    assert np.array_equal(vector_in(index, "pics/b.png"), query)
    others = search_like(index, "pics/b.png", query, 5)
    assert [hit.rank for hit in others] == [1, 2] and "pics/b.png" not in {h.image for h in others}
    assert vector_in(index, "elsewhere.png") is None


def test_an_index_made_by_the_last_version_is_gone_on_with(folder, place, encoder):
    old, vectors, _ = vectorfile.read(ROOT / "tests" / "cases" / "index" / "old.pictures")
    (folder / "bad.jpg").write_text("broken")
    paths = [path.replace("/tmp/p2-index/oldwork/pics", str(folder)) for path in old["paths"]]
    times = [Path(path).stat().st_mtime_ns for path in paths]
    faults = {str(folder / "bad.jpg"): "broken"}
    (folder / "new.jpg").write_text("new")
    now = {"paths": paths, "times": times, "places": [str(folder)], "faults": faults}
    vectorfile.write(place, {**old, **now}, [vectors])
    index = refresh(place, [], encoder.work)
    assert encoder.opened == ["new.jpg"] and names(index) == ["a.jpg", "b.png", "c.webp", "new.jpg"]
    for path, vector in zip(index.paths, index.vectors, strict=True):
        assert np.array_equal(vector, encoder.vector(Path(path).read_bytes()))
