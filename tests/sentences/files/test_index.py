"""The index on disk: what is embedded again and what is not, what survives an interruption or damage."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, NoAnswer
from lmcli.sentences.files import index as index_module
from lmcli.sentences.files import indexing
from lmcli.sentences.files.index import STATE, TEXTS, VECTORS, Index, open_index
from lmcli.sentences.files.indexing import read_collection, refresh
from lmcli.sentences.files.reading import Report
from lmcli.sentences.searching import search


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
    for file in index.files:
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
    assert [file.path.rpartition("/")[2] for file in index.files] == ["b.txt", "c.txt"]
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
    assert index.made_by == "other"


def test_an_interruption_keeps_what_is_done(docs, place, embedder, report, monkeypatch):
    monkeypatch.setattr(indexing, "GROUP", 2)
    (docs / "a.txt").write_text("\n\n".join(f"text {i}" for i in range(9)))
    embedder.stop_after = 4
    with pytest.raises(KeyboardInterrupt):
        refresh(place, [str(docs)], embedder, report)
    half = Index(place)
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
    assert not place.exists()
    with pytest.raises(NoAnswer, match="no text"):
        read_collection([str(tmp_path / "empty.txt")], embedder, report)


@pytest.mark.parametrize("file", [STATE, VECTORS, TEXTS, "places.npy", "lines.npy"])
def test_a_damaged_index_says_so(docs, place, embedder, report, file):
    refresh(place, [str(docs)], embedder, report)
    data = (place / file).read_bytes()
    (place / file).write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match="cannot be used"):
        Index(place).paragraph(0)


@pytest.mark.parametrize(
    "change", [{"made_by": None}, {"files": [{"path": "x"}]}, {"files": 3}, {"rows": "two"}]
)
def test_a_damaged_state_says_so(docs, place, embedder, report, change):
    refresh(place, [str(docs)], embedder, report)
    state = json.loads((place / STATE).read_text()) | change
    if change == {"made_by": None}:
        del state["made_by"]
    (place / STATE).write_text(json.dumps(state))
    with pytest.raises(BadInput, match=r"cannot be used.*index anew"):
        refresh(place, [], embedder, report)


def test_texts_that_are_no_text_say_so(docs, place, embedder, report):
    refresh(place, [str(docs)], embedder, report)
    size = (place / TEXTS).stat().st_size
    (place / TEXTS).write_bytes(b"\xff" * size)
    with pytest.raises(BadInput, match="cannot be used"):
        Index(place).paragraph(0)


def test_an_open_index_outlives_its_replacement(docs, place, embedder, report):
    index = refresh(place, [str(docs)], embedder, report)
    before = list(texts(index))
    (docs / "a.txt").write_text("zero, which is longer\n\none\n")
    refresh(place, [], embedder, report)
    assert list(texts(index)) == before


def test_an_index_replaced_while_it_is_opened_is_opened_again(
    docs, place, embedder, report, monkeypatch
):
    refresh(place, [str(docs)], embedder, report)
    read = index_module._read_state
    replaced = []

    def read_and_be_late(folder):
        state = read(folder)
        if not replaced:
            replaced.append(True)
            (docs / "a.txt").write_text("one\n")
            refresh(place, [], embedder, report)
        return state

    monkeypatch.setattr(index_module, "_read_state", read_and_be_late)
    assert list(texts(open_index(place))) == ["one", "four", "five"]


def test_an_index_of_another_version(docs, place, embedder, report):
    refresh(place, [str(docs)], embedder, report)
    state = json.loads((place / STATE).read_text())
    (place / STATE).write_text(json.dumps({**state, "version": 99}))
    with pytest.raises(BadInput, match="version is 99"):
        Index(place)


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
    (answer,) = search(index, embedder, ["three"], 1, context=1)
    (hit,) = answer.rows
    assert hit.text == "two\n\nthree"
    assert hit.line == 5
    assert (place / TEXTS).read_text() == "onetwothreefourfive"
