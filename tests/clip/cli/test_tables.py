"""clip matrix and explain, with the model and the pictures that come with lmcli."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("place")


def test_a_matrix_holds_the_cosines_of_embeddings(lmcli):
    line = [
        "clip",
        "matrix",
        "pics/cat.jpg",
        "pics/rocket.jpg",
        "--labels",
        "a cat,a rocket",
        "--template",
        "{}",
    ]
    rows = json.loads(lmcli(*line, "-f", "json").out)
    assert [(row["image"], row["label"]) for row in rows] == [
        (image, label)
        for image in ("pics/cat.jpg", "pics/rocket.jpg")
        for label in ("a cat", "a rocket")
    ]
    images = json.loads(lmcli("clip", "embed", "pics/cat.jpg", "pics/rocket.jpg", "-f", "json").out)
    texts = json.loads(
        lmcli("clip", "embed", "--text", "a cat", "--text", "a rocket", "-f", "json").out
    )
    cosines = (
        np.array([row["embedding"] for row in images])
        @ np.array([row["embedding"] for row in texts]).T
    )
    assert np.allclose([row["score"] for row in rows], cosines.ravel(), atol=1e-3)
    assert cosines[0, 0] > cosines[0, 1] and cosines[1, 1] > cosines[1, 0]


def test_a_matrix_as_heatmap_and_as_a_file(lmcli, place):
    line = [
        "clip",
        "matrix",
        "pics/cat.jpg",
        "pics/rocket.jpg",
        "--labels",
        "a cat,a rocket",
        "--save",
        "m.svg",
    ]
    shown = lmcli(*line, tty=True, env={"NO_COLOR": "1"})
    assert shown.code == 0 and "cosine of picture and text" in shown.out
    assert "a cat" in shown.out and "pics/cat.jpg" in shown.out and "wrote m.svg" in shown.err
    texts = [element.text for element in ET.parse("m.svg").iter() if element.tag.endswith("}text")]
    assert {"a cat", "a rocket", "pics/cat.jpg", "pics/rocket.jpg"} <= set(texts)
    assert lmcli(*line[:-1], "m.doc").code == 2
    many = ",".join(f"label {i}" for i in range(30))
    wide = lmcli("clip", "matrix", "pics/cat.jpg", "--labels", many, tty=True)
    assert wide.code == 0 and max(map(len, re.sub("\x1b[^m]*m", "", wide.out).splitlines())) <= 80
    bad = lmcli("clip", "matrix", "gone.jpg", "pics/cat.jpg", "-l", "a cat", "--save", "n.png")
    assert bad.code == 5 and (place / "n.png").exists()


def test_what_is_covered_counts_where_the_label_is_seen(lmcli, place):
    """The cat stands in the left half of a picture whose right half is empty."""
    wide = Image.new("RGB", (400, 400), "white")
    with Image.open("pics/cat.jpg") as cat:
        wide.paste(cat.convert("RGB").resize((200, 400)), (0, 0))
    wide.save("half.png")
    rows = json.loads(
        lmcli("clip", "explain", "half.png", "--label", "a cat", "--grid", 6, "-f", "json").out
    )
    assert [(row["row"], row["column"]) for row in rows] == list(np.ndindex(6, 6))
    drops = np.array([row["drop"] for row in rows]).reshape(6, 6)
    assert drops[:, :3].max() > drops[:, 3:].max()
    assert np.unravel_index(drops.argmax(), drops.shape)[1] < 3


def test_a_patch_over_all_leaves_one_score(lmcli):
    result = lmcli("clip", "explain", "pics/cat.jpg", "--label", "a cat", "--grid", 2, "--patch", 4)
    assert len({line[2] for line in result.table}) == 1


def test_explain_against_others_on_a_terminal_and_in_a_file(lmcli, place):
    line = ["clip", "explain", "pics/cat.jpg", "--label", "a cat", "--grid", 3]
    shown = lmcli(
        *line,
        "--against",
        "a dog,a bird",
        "--save",
        "e.png",
        tty=True,
        env={"COLORTERM": "truecolor"},
    )
    assert shown.code == 0 and "drop of the probability" in shown.out and "▀" in shown.out
    with Image.open("e.png") as saved:
        assert saved.width > saved.height > 200
    digits = lmcli(*line, tty=True, env={"NO_COLOR": "1"})
    assert "\x1b" not in digits.out and "drop of the cosine" in digits.out
    several = lmcli(*line, "pics/coffee.jpg", "-f", "jsonl")
    assert {json.loads(row)["image"] for row in several.lines} == {
        "pics/cat.jpg",
        "pics/coffee.jpg",
    }
    assert lmcli(*line, "pics/coffee.jpg", "--save", "e.png").code == 2
    assert lmcli("clip", "explain", "gone.jpg", "--label", "a cat").code == 1
    assert lmcli("clip", "explain", "pics/cat.jpg", "--label", " ").code == 2
