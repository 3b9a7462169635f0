"""clip search and similar, with the model and the pictures that come with lmcli."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.clip.conftest import PICS

pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture
def opened(monkeypatch):
    """The names of pictures that are opened, as they are."""
    import lmcli.draw.pictures.reading as module

    names = []
    read = module.read_picture

    def read_and_tell(source, name, **options):
        names.append(name.rpartition("/")[2])
        return read(source, name, **options)

    monkeypatch.setattr(module, "read_picture", read_and_tell)
    return names


def test_words_find_pictures(lmcli):
    result = lmcli("clip", "search", "a cat", "pics", "-k", 2, "-f", "json")
    rows = json.loads(result.out)
    assert result.code == 0, result.err
    assert [row["rank"] for row in rows] == [1, 2] and rows[0]["image"] == "pics/cat.jpg"
    assert rows[0]["score"] > rows[1]["score"] and list(rows[0]) == ["image", "rank", "score"]
    assert (
        lmcli("clip", "search", "the launch of a rocket", "pics", "-k", 1).table[0][0]
        == "pics/rocket.jpg"
    )


def test_only_what_changed_is_opened_again(lmcli, place, opened):
    lmcli("clip", "search", "a cat", "pics")
    count = len(list(PICS.glob("*.jpg")))
    assert len(opened) == count
    lmcli("clip", "search", "a rocket", "pics")
    assert len(opened) == count

    shutil.copy("pics/rocket.jpg", "pics/second.jpg")
    (place / "pics" / "flower.jpg").unlink()
    shutil.copy("pics/coffee.jpg", "pics/cat.jpg")
    os.utime("pics/cat.jpg")
    result = lmcli("clip", "search", "a rocket", "pics", "-k", 20)
    assert sorted(opened[count:]) == ["cat.jpg", "second.jpg"]
    found = [line[0] for line in result.table]
    assert set(found[:2]) == {"pics/rocket.jpg", "pics/second.jpg"}
    assert "pics/flower.jpg" not in found and len(found) == count


def test_a_named_index_needs_no_folder(lmcli, place, monkeypatch):
    lmcli("clip", "search", "a cat", "pics", "--index", "mine")
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    result = lmcli("clip", "search", "a cat", "--index", "mine", "-k", 1)
    assert result.table[0][0] == str(place / "pics" / "cat.jpg")
    assert "there is no index other" in lmcli("clip", "search", "x", "--index", "other").err
    assert lmcli("clip", "search", "x", "--index", "../mine").code == 2


def test_queries_from_stdin(lmcli):
    result = lmcli(
        "clip", "search", "-", "--in", "pics", "-k", 1, "-f", "jsonl", stdin="a cat\na rocket\n"
    )
    rows = [json.loads(line) for line in result.lines]
    assert [(row["query"], row["image"]) for row in rows] == [
        ("a cat", "pics/cat.jpg"),
        ("a rocket", "pics/rocket.jpg"),
    ]


def test_a_picture_finds_others(lmcli, place):
    shutil.copy("pics/cat.jpg", "tom.jpg")
    result = lmcli("clip", "search", "--like", "tom.jpg", "pics", "-k", 2)
    assert result.table[0][0] == "pics/cat.jpg" and float(result.table[0][1]) == pytest.approx(
        1, abs=1e-4
    )
    result = lmcli("clip", "search", "--like", "pics/cat.jpg", "pics")
    assert "pics/cat.jpg" not in [line[0] for line in result.table] and len(result.lines) == 5
    assert lmcli("clip", "search", "--like", "gone.jpg", "pics").err.startswith("error: gone.jpg: ")


def test_a_bad_picture_is_named_once(lmcli, place):
    (place / "pics" / "text.jpg").write_text("no picture")
    first = lmcli("clip", "search", "a cat", "pics", "-k", 1)
    assert first.code == 0 and "warning: " in first.err and "text.jpg" in first.err
    assert lmcli("clip", "search", "a cat", "pics", "-k", 1).err == ""
    (place / "bad").mkdir()
    shutil.move("pics/text.jpg", "bad/text.jpg")
    assert lmcli("clip", "search", "a cat", "bad").code == 3


def test_where_there_is_nothing_to_search(lmcli, place):
    assert "there is nowhere to search" in lmcli("clip", "search", "a cat").err
    assert lmcli("clip", "search", "a cat", "gone").code == 1
    (place / "empty").mkdir()
    assert lmcli("clip", "search", "a cat", "empty").code == 3


def test_a_damaged_index_is_made_anew_where_it_is_the_cache(lmcli, place):
    lmcli("clip", "search", "a cat", "pics")
    (cache,) = (place / "cache" / "clip").glob("*.pictures")
    cache.write_bytes(cache.read_bytes()[:100])
    assert lmcli("clip", "search", "a cat", "pics", "-k", 1).table[0][0] == "pics/cat.jpg"
    lmcli("clip", "search", "a cat", "pics", "--index", "mine")
    (kept,) = Path(os.environ["LMCLI_DATA"]).rglob("mine.pictures")
    kept.write_bytes(b"")
    result = lmcli("clip", "search", "a cat", "--index", "mine")
    assert result.code == 1 and "cannot be used" in result.err and "remove" in result.err


def test_hits_with_thumbnails(lmcli):
    result = lmcli(
        "clip", "search", "a cat", "pics", "-k", 2, "--show", tty=True, env={"TERM": "foot"}
    )
    assert result.out.count("\x1bPq") == 2 and result.out.index("\x1bPq") < result.out.index(
        "pics/cat.jpg"
    )


def test_similar_pictures(lmcli, place):
    shutil.copy("pics/cat.jpg", "tom.jpg")
    result = lmcli(
        "clip", "similar", "pics/cat.jpg", "tom.jpg", "pics/rocket.jpg", "gone.jpg", "-f", "jsonl"
    )
    rows = [json.loads(line) for line in result.lines]
    assert [(row["a"], row["b"]) for row in rows] == [
        ("pics/cat.jpg", "tom.jpg"),
        ("pics/cat.jpg", "pics/rocket.jpg"),
    ]
    assert rows[0]["score"] == pytest.approx(1, abs=1e-4) and rows[1]["score"] < 0.9
    assert result.code == 5 and "gone.jpg" in result.err
    assert lmcli("clip", "similar", "pics/cat.jpg").code == 2
    assert lmcli("clip", "similar", "gone.jpg", "pics/cat.jpg").code == 1
