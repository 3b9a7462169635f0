"""clip classify, embed, sets, with the model and the pictures that come with lmcli."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.clip.conftest import PICS

LABELS = "a dog,a cat,a bird"


pytestmark = pytest.mark.usefixtures("place")


def rows_of(result):
    return [json.loads(line) for line in result.lines]


def test_one_picture_gets_its_labels_in_order(lmcli):
    result = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS, "-f", "json")
    rows = json.loads(result.out)
    assert result.code == 0 and [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["label"] == "a cat" and list(rows[0]) == ["image", "rank", "label", "score"]
    assert sum(row["score"] for row in rows) == pytest.approx(1, abs=1e-5)
    assert {row["image"] for row in rows} == {"pics/cat.jpg"}


def test_several_pictures_get_one_label_each(lmcli):
    result = lmcli(
        "clip", "classify", "pics/cat.jpg", "pics/coffee.jpg", "--labels", "a cat,a cup of coffee"
    )
    assert [line[:2] for line in result.table] == [
        ["pics/cat.jpg", "a cat"],
        ["pics/coffee.jpg", "a cup of coffee"],
    ]
    result = lmcli(
        "clip", "classify", "pics/cat.jpg", "pics/coffee.jpg", "--labels", LABELS, "-k", 2
    )
    assert len(result.lines) == 4


def test_every_way_to_name_labels(lmcli, place):
    (place / "l.txt").write_text("# animals\na cat\n\na dog\n")
    for options in (
        ["--labels", "a cat,a dog"],
        ["-l", "a cat", "--label", "a dog"],
        ["--labels-file", "l.txt"],
        ["--labels", "a cat", "-l", "a dog", "--labels-file", "l.txt"],
    ):
        result = lmcli("clip", "classify", "pics/cat.jpg", *options)
        assert [line[1] for line in result.table] == ["a cat", "a dog"], options
    result = lmcli("clip", "classify", "pics/cat.jpg", "--set", "cifar10", "-k", "1")
    assert result.table[0][1] == "cat"
    result = lmcli("clip", "classify", "pics/cat.jpg", "-l", "red, white and blue")
    assert result.table[0][1:] == ["red, white and blue", "1.0"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "there are no labels"),
        (["--labels", " , "], "there are no labels"),
        (["--set", "imagenot"], "did you mean imagenet?"),
        (["--labels-file", "none.txt"], "none.txt: No such file"),
        (["--labels", LABELS, "--template", "a photo"], "no {} for the label"),
        (["--labels", LABELS, "--multi"], "softmax"),
        (["--labels", LABELS, "--threshold", "2"], "threshold"),
    ],
)
def test_options_that_make_no_sense(lmcli, options, message):
    result = lmcli("clip", "classify", "pics/cat.jpg", *options)
    assert result.out == "" and message in result.err
    assert result.code == (1 if "none.txt" in message else 2)


def test_templates_change_the_scores_and_are_averaged(lmcli):
    def score(*templates):
        options = [word for template in templates for word in ("--template", template)]
        result = lmcli(
            "clip", "classify", "pics/cat.jpg", "--labels", LABELS, *options, "-f", "jsonl"
        )
        return rows_of(result)[0]["score"]

    one, other, both = score("{}"), score("a drawing of a {}"), score("{}", "a drawing of a {}")
    assert len({one, other, both}) == 3


def test_a_threshold_leaves_out_what_is_less_likely(lmcli):
    result = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS, "--threshold", "0.5")
    assert [line[1] for line in result.table] == ["a cat"]


@pytest.mark.slow
def test_a_threshold_that_nothing_reaches(lmcli):
    result = lmcli("clip", "classify", "pics/cat.jpg", "--set", "imagenet", "--threshold", "1")
    assert result.code == 3 and result.out == "" and "no label reaches 1" in result.err


def test_every_format_has_the_same_rows(lmcli):
    def run(form):
        return lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS, "-f", form).out

    rows = json.loads(run("json"))
    assert [json.loads(line) for line in run("jsonl").splitlines()] == rows
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        found = list(csv.DictReader(io.StringIO(run(form)), delimiter=delimiter))
        assert [
            {**row, "rank": int(row["rank"]), "score": float(row["score"])} for row in found
        ] == rows
    plain = [line.split("\t") for line in run("plain").splitlines()]
    assert plain == [[row["image"], row["label"], repr(row["score"])] for row in rows]
    table = run("table")
    assert all(f"{row['label']}" in table and f"{row['score']:.4f}" in table for row in rows)


def test_folders_and_patterns(lmcli, place):
    (place / "pics" / "deep").mkdir()
    shutil.copy(PICS / "cat.jpg", place / "pics" / "deep" / "tom.jpg")
    flat = lmcli("clip", "classify", "pics", "--labels", LABELS)
    deep = lmcli("clip", "classify", "pics", "--labels", LABELS, "--recursive")
    count = len(list(PICS.glob("*.jpg")))
    assert len(flat.lines) == count and len(deep.lines) == count + 1
    assert ["pics/deep/tom.jpg", "a cat"] in [line[:2] for line in deep.table]
    matched = lmcli("clip", "classify", "pics/c*.jpg", "--labels", LABELS)
    assert [line[0] for line in matched.table] == ["pics/cat.jpg", "pics/coffee.jpg"]
    nothing = lmcli("clip", "classify", "pics/*.bmp", "--labels", LABELS)
    assert nothing.code == 1 and "pics/*.bmp: no file matches" in nothing.err


def test_stdin_holds_paths(lmcli):
    result = lmcli(
        "clip", "classify", "-", "--labels", LABELS, stdin="pics/cat.jpg\n\npics/none.jpg\r\n"
    )
    assert [line[:2] for line in result.table] == [["pics/cat.jpg", "a cat"]]
    assert result.code == 5 and "error: line 3: pics/none.jpg: No such file" in result.err
    result = lmcli(
        "clip", "classify", "-0", "--labels", LABELS, stdin="pics/cat.jpg\0pics/coffee.jpg\0"
    )
    assert [line[0] for line in result.table] == ["pics/cat.jpg", "pics/coffee.jpg"]
    result = lmcli("clip", "classify", "--labels", LABELS, stdin="pics/cat.jpg\0pics/coffee.jpg\0")
    assert result.code == 1 and "-0" in result.err


def test_stdin_holds_json_lines(lmcli):
    line = json.dumps({"id": 7, "path": "pics/cat.jpg"})
    result = lmcli(
        "clip", "classify", "--jsonl", "path", "--labels", LABELS, "-f", "jsonl", stdin=line
    )
    (row,) = rows_of(result)
    assert row["id"] == 7 and row["label"] == "a cat" and row["image"] == "pics/cat.jpg"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_stdin_holds_one_picture(lmcli, kind):
    buffer = io.BytesIO()
    with Image.open("pics/cat.jpg") as image:
        image.convert("RGB").save(buffer, kind)
    result = lmcli("clip", "classify", "-", "--labels", LABELS, stdin=buffer.getvalue())
    assert result.code == 0, result.err
    assert [line[0] for line in result.table] == ["-"] * 3 and result.table[0][1] == "a cat"


def test_a_cut_picture_on_stdin_is_named(lmcli):
    data = (PICS / "cat.jpg").read_bytes()[:3000]
    result = lmcli("clip", "classify", "-", "--labels", LABELS, stdin=data)
    assert result.code == 1 and result.err.startswith("error: stdin: ")


def test_bad_pictures_are_named_and_the_rest_goes_on(lmcli, place):
    (place / "empty.png").touch()
    (place / "text.jpg").write_text("no picture")
    files = ["empty.png", "pics/cat.jpg", "text.jpg", "gone.jpg"]
    result = lmcli("clip", "classify", *files, "--labels", LABELS)
    assert result.code == 5 and len(result.lines) == 1
    errors = [line.split(": ")[1] for line in result.err.splitlines() if line.startswith("error")]
    assert errors == ["empty.png", "text.jpg", "gone.jpg"]
    alone = lmcli("clip", "classify", "text.jpg", "--labels", LABELS)
    assert alone.code == 1 and alone.err.startswith("error: text.jpg: ")
    assert lmcli("clip", "classify", "text.jpg", "gone.jpg", "--labels", LABELS).code == 1


def test_no_argument_on_a_terminal(lmcli):
    result = lmcli("clip", "classify", "--labels", LABELS)
    assert result.code == 2 and "name pictures, or pipe them in" in result.err


def test_names_in_any_bytes(lmcli, place):
    odd = os.fsdecode(b"pics/\xff.jpg")
    shutil.copy("pics/cat.jpg", odd)
    result = lmcli("clip", "classify", "--labels", LABELS, "-f", "jsonl", stdin=b"pics/\xff.jpg\n")
    assert result.code == 0, result.err
    assert rows_of(result)[0]["image"] == odd


# -- labels in Chinese -----------------------------------------------------------------------


def test_chinese_labels_are_translated_and_the_english_is_shown(lmcli):
    result = lmcli("clip", "classify", "pics/cat.jpg", "--labels", "狗,猫,鸟", "-f", "jsonl")
    assert rows_of(result)[0]["label"] == "猫"
    assert result.err.startswith("note: ") and "猫 as cat" in result.err
    quiet = lmcli("clip", "classify", "pics/cat.jpg", "--labels", "狗,猫,鸟", "-q")
    assert quiet.err == "" and quiet.table[0][1] == "猫"


def test_a_label_without_a_translation_is_refused(lmcli):
    result = lmcli("clip", "classify", "pics/cat.jpg", "--labels", "猫,龘靐齉")
    assert result.code == 3 and result.out == ""
    assert "龘靐齉" in result.err and "English" in result.err


# -- the cache -------------------------------------------------------------------------------


def test_labels_are_read_once(lmcli, place, monkeypatch):
    first = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS)
    (cache,) = (place / "cache" / "clip").glob("*.labels")
    before = cache.stat()

    from lmcli.clip.model import Clip

    def refuse(_self, _texts):
        raise AssertionError("the text tower was used")

    monkeypatch.setattr(Clip, "encode_texts", refuse)
    again = lmcli("clip", "classify", "pics/cat.jpg", "--labels", "a bird,a cat,a dog")
    assert sorted(again.lines) == sorted(first.lines)
    assert (cache.stat().st_ino, cache.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert lmcli("clip", "classify", "pics/cat.jpg", "-l", "a cow").code != 0


def test_labels_do_not_depend_on_their_neighbours(lmcli, place):
    lmcli(
        "clip",
        "classify",
        "pics/cat.jpg",
        "--labels",
        "a cat,a very long label about a dog in the snow",
    )
    lmcli("clip", "classify", "pics/cat.jpg", "--labels", "a dog")
    mixed = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS).table
    shutil.rmtree(place / "cache")
    fresh = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS).table
    for one, other in zip(mixed, fresh, strict=True):
        assert one[1] == other[1] and float(one[2]) == pytest.approx(float(other[2]), abs=2e-3)


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_cache_is_made_anew(lmcli, place, damage):
    first = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS)
    (cache,) = (place / "cache" / "clip").glob("*.labels")
    whole = cache.read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    cache.write_bytes(flipped if damage is None else damage)
    again = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS)
    assert again.code == 0 and again.out == first.out
    assert len(cache.read_bytes()) == len(whole)


def test_a_cache_that_cannot_be_written_is_done_without(lmcli, place, monkeypatch):
    (place / "file").touch()
    monkeypatch.setenv("LMCLI_CACHE", str(place / "file"))
    result = lmcli("clip", "classify", "pics/cat.jpg", "--labels", LABELS)
    assert result.code == 0 and result.table[0][1] == "a cat"


# -- thumbnails ------------------------------------------------------------------------------


def test_thumbnails_stand_on_terminals_only(lmcli):
    line = ["clip", "classify", "pics/cat.jpg", "pics/coffee.jpg", "--labels", LABELS, "--show"]
    piped = lmcli(*line)
    assert "\x1b" not in piped.out and len(piped.lines) == 2
    assert "\x1b_G" not in lmcli(*line, "-f", "jsonl", tty=True, env={"KITTY_WINDOW_ID": "1"}).out
    kitty = lmcli(*line, tty=True, env={"KITTY_WINDOW_ID": "1"}).out
    assert kitty.count("\x1b_Ga=T") == 2 and kitty.count("label") == 2
    assert kitty.index("pics/cat.jpg") < kitty.rindex("\x1b_Ga=T") < kitty.index("pics/coffee.jpg")
    blocks = lmcli(*line, tty=True, env={"COLORTERM": "truecolor"}).out
    assert "▀" in blocks and "38;2;" in blocks
    plain = lmcli(*line, tty=True, env={"NO_COLOR": "1"}).out
    assert "\x1b" not in plain and "█" in plain
    assert lmcli(*line, "--show-as", "sixel", tty=True).out.count("\x1bPq") == 2
    assert lmcli(*line, "--show-as", "iterm2", "-f", "table").out.count("\x1b]1337;File=") == 2


# -- embed, sets -----------------------------------------------------------------------------


def test_embed_pictures_and_texts(lmcli, place):
    picture = json.loads(lmcli("clip", "embed", "pics/cat.jpg", "-f", "json").out)[0]
    assert list(picture) == ["image", "embedding"]
    texts = json.loads(
        lmcli("clip", "embed", "--text", "a cat", "--text", "a rocket", "-f", "json").out
    )
    assert [row["text"] for row in texts] == ["a cat", "a rocket"]
    cat, rocket = (np.dot(picture["embedding"], row["embedding"]) for row in texts)
    assert cat > rocket
    assert np.linalg.norm(picture["embedding"]) == pytest.approx(1, abs=1e-5)
    for line in (["pics/cat.jpg"], ["--text", "a cat"]):
        assert f"... ({len(picture['embedding'])})" in lmcli("clip", "embed", *line, tty=True).out
    both = lmcli("clip", "embed", "pics/cat.jpg", "--text", "a cat")
    assert both.code == 2


def test_embed_into_files(lmcli, place):
    result = lmcli(
        "clip", "embed", "pics/cat.jpg", "pics/none.jpg", "pics/coffee.jpg", "--out", "v.npy"
    )
    assert result.code == 5 and result.out == ""
    matrix = np.load("v.npy")
    assert matrix.dtype == np.float32
    assert np.isnan(matrix).any(axis=1).tolist() == [False, True, False]
    lmcli("clip", "embed", "pics/cat.jpg", "--out", "v.jsonl")
    row = json.loads((place / "v.jsonl").read_text())
    assert row["image"] == "pics/cat.jpg" and np.allclose(row["embedding"], matrix[0], atol=1e-6)
    assert lmcli("clip", "embed", "pics/cat.jpg", "--out", "v.txt").code == 2


def test_sets(lmcli):
    names = [line[0] for line in lmcli("clip", "sets").table]
    assert {"imagenet", "cifar10", "cifar100", "imagenet-80"} <= set(names)
    rows = json.loads(lmcli("clip", "sets", "cifar10", "-f", "json").out)
    assert rows[3] == {"index": 3, "label": "cat"}
    assert lmcli("clip", "sets", "cifar1").code == 2
