"""The index on disk: what is embedded again and what is not, what survives an interruption or damage."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, NoAnswer
from lmcli.sentences.files import indexing
from lmcli.sentences.files.index import FILE, ParagraphIndex
from lmcli.sentences.files.indexing import read_collection, refresh
from lmcli.sentences.files.reading import Report
from lmcli.sentences.searching import Wanted, search
from tests.conftest import ROOT


class Hashing:
    """An embedder that is quick, sees every letter, and remembers what it was asked."""

    name = fingerprint = "hashing"
    task = "feature-extraction"
    dimensions = 8

    def __init__(self):
        self.asked = []
        self.stop_after = None

    def pieces(self, text):
        return [text]

    def encode(self, texts, *, tell=None):
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked += texts
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in texts]
        vectors = [np.random.default_rng(seed).normal(size=8) for seed in seeds]
        matrix = np.array(vectors, np.float32).reshape(-1, 8)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.fixture
def embedder():
    return Hashing()


@pytest.fixture
def report():
    said = []
    return Report(said.append, said.append, lambda _share: None)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n\ntwo\n\nthree\n")
    (folder / "b.txt").write_text("four\n\nfive\n")
    return folder


@pytest.fixture
def place(tmp_path):
    return tmp_path / "indexes" / "mine"


def texts(index):
    return [index.paragraph(row).text for row in range(len(index))]


def consistent(index, embedder):
    rows = [index.paragraph(row) for row in range(len(index))]
    assert np.allclose(index.vectors, Hashing().encode([p.text for p in rows]), atol=1e-6)
    for file in index.index.files:
        assert [p.text for p in index.paragraphs(file)] == [
            p.text for p in rows[file.start : file.start + file.count]
        ]


def test_only_what_changed_is_embedded(docs, place, embedder, report):
    index = refresh(place, [str(docs)], embedder, report)
    assert texts(index) == ["one", "two", "three", "four", "five"]
    assert index.paragraph(2).line == 5
    asked = len(embedder.asked)
    refresh(place, [], embedder, report)
    assert len(embedder.asked) == asked  # nothing changed

    (docs / "a.txt").write_text("zero\n\none\n\nthree\n")
    index = refresh(place, [], embedder, report)
    assert embedder.asked[asked:] == ["zero"]
    assert texts(index) == ["zero", "one", "three", "four", "five"]
    consistent(index, embedder)


def test_touched_renamed_and_removed_files(docs, place, embedder, report):
    refresh(place, [str(docs)], embedder, report)
    asked = len(embedder.asked)
    (docs / "b.txt").touch()
    (docs / "a.txt").rename(docs / "c.txt")
    index = refresh(place, [], embedder, report)
    assert len(embedder.asked) == asked
    assert [file.path.rpartition("/")[2] for file in index.index.files] == ["b.txt", "c.txt"]
    assert index.paragraph(2).path.endswith("c.txt")
    (docs / "c.txt").unlink()
    assert texts(refresh(place, [], embedder, report)) == ["four", "five"]
    assert len(embedder.asked) == asked


def test_another_model_means_all_anew(docs, place, embedder, report):
    refresh(place, [str(docs)], embedder, report)
    other = Hashing()
    other.fingerprint = "other"
    index = refresh(place, [], other, report)
    assert len(other.asked) == 5
    assert index.index.made_by == "other"


def test_an_interruption_keeps_what_is_done(docs, place, embedder, report, monkeypatch):
    monkeypatch.setattr(indexing, "GROUP", 2)
    (docs / "a.txt").write_text("\n\n".join(f"text {i}" for i in range(9)))
    embedder.stop_after = 4
    with pytest.raises(KeyboardInterrupt):
        refresh(place, [str(docs)], embedder, report)
    half = ParagraphIndex.open(place)
    assert len(half) == 4
    embedder.stop_after = None
    index = refresh(place, [], embedder, report)
    assert len(index) == 11
    assert sorted(embedder.asked) == sorted([f"text {i}" for i in range(9)] + ["four", "five"])
    consistent(index, embedder)


def test_nothing_to_index(tmp_path, place, embedder, report):
    with pytest.raises(BadInput, match="there is no index mine"):
        refresh(place, [], embedder, report)
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(NoAnswer, match="no text"):
        refresh(place, [str(tmp_path / "empty.txt")], embedder, report)
    assert not (place / FILE).exists()
    with pytest.raises(NoAnswer, match="no text"):
        read_collection([str(tmp_path / "empty.txt")], embedder, report)


def test_notes_that_are_no_text_say_so(docs, place, embedder, report):
    refresh(place, [str(docs)], embedder, report)
    data = (place / FILE).read_bytes()
    assert data.count(b"1\none3\ntwo") == 1
    (place / FILE).write_bytes(data.replace(b"1\none3\ntwo", b"\xff" * 10))
    with pytest.raises(BadInput, match="cannot be used"):
        ParagraphIndex.open(place).paragraph(0)


def test_an_open_index_outlives_its_replacement(docs, place, embedder, report):
    index = refresh(place, [str(docs)], embedder, report)
    before = list(texts(index))
    (docs / "a.txt").write_text("zero, which is longer\n\none\n")
    refresh(place, [], embedder, report)
    assert list(texts(index)) == before


def test_binary_files_are_left_out_with_a_word(docs, place, embedder):
    (docs / "x.bin").write_bytes(b"\0\1")
    said = []
    refresh(place, [str(docs)], embedder, Report(said.append, said.append, lambda _share: None))
    assert any("x.bin is not UTF-8 text" in message for message in said)
    asked = len(said)
    refresh(place, [], embedder, Report(said.append, said.append, lambda _share: None))
    assert len(said) == asked  # it is known now


def test_context_stays_in_the_file(docs, place, embedder, report):
    index = refresh(place, [str(docs)], embedder, report)
    (answer,) = search(index, embedder, ["three"], Wanted(1, context=1))
    (hit,) = answer.rows
    assert hit.text == "two\n\nthree"
    assert hit.line == 5


def test_an_index_made_by_the_last_version_is_made_anew(docs, place, embedder):
    shutil.copytree(ROOT / "tests" / "cases" / "index" / "paragraphs", place)
    with pytest.raises(BadInput, match="of an older lmcli"):
        ParagraphIndex.open(place)
    state = json.loads((place / "index.json").read_text())
    (place / "index.json").write_text(json.dumps({**state, "places": [str(docs)]}))
    said = []
    index = refresh(place, [], embedder, Report(said.append, said.append, lambda _share: None))
    assert texts(index) == ["one", "two", "three", "four", "five"]
    assert said == ["the index mine is of an older lmcli: all is embedded anew"]
    assert [path.name for path in place.iterdir() if path.name[0] != "."] == [FILE]
    refresh(place, [], embedder, Report(said.append, said.append, lambda _share: None))
    assert len(said) == 1 and len(embedder.asked) == 5
