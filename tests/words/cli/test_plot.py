"""words plot: rows, the picture in the terminal, the saved files."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image
from rich.cells import cell_len

FAMILY = ["king", "queen", "man", "woman", "uncle", "aunt"]
STYLES = re.compile(r"\x1b\[[\d;]*m")
COLOURS = re.compile(r"\x1b\[[\d;]*[34]8;")


def test_rows_have_the_documented_fields_in_the_order_given(lmcli):
    rows = json.loads(lmcli("words", "plot", *FAMILY, "-f", "json").out)
    assert [list(row) for row in rows] == [["word", "x", "y"]] * 6
    assert [row["word"] for row in rows] == FAMILY
    assert abs(sum(row["x"] for row in rows)) < 1e-9


def test_a_pipe_gets_word_x_and_y(lmcli):
    result = lmcli("words", "plot", stdin="king queen\nman\nwoman\n")
    assert [row[0] for row in result.table] == ["king", "queen", "man", "woman"]
    assert all(float(x) or float(y) for _, x, y in result.table)


def test_pairs_need_no_words_and_read_no_stdin(lmcli):
    result = lmcli("words", "plot", "--pairs", "king:queen,man:woman", stdin="paris\n")
    assert [row[0] for row in result.table] == ["king", "queen", "man", "woman"]
    with_words = lmcli("words", "plot", "-", "--pairs", "king:queen", stdin="paris\n")
    assert [row[0] for row in with_words.table] == ["paris", "king", "queen"]


def test_the_terminal_shows_every_word_and_the_variance(lmcli):
    result = lmcli("words", "plot", *FAMILY, tty=True)
    assert result.code == 0
    shown = STYLES.sub("", result.out)
    assert all(f" {word} " in shown for word in FAMILY)
    assert result.out.count("●") == 6 and "of the variance" in result.out
    assert max(map(cell_len, shown.splitlines())) <= 80


def test_pairs_are_joined_by_dots_without_colours_too(lmcli):
    result = lmcli("words", "plot", "--pairs", "king:queen", tty=True, env={"NO_COLOR": "1"})
    assert "·····" in STYLES.sub("", result.out)
    assert COLOURS.search(result.out) is None


def test_jsonl_fields_stay_with_their_words(lmcli):
    lines = '{"w": "king", "n": 1}\n{"w": "queen", "n": 2}\n'
    result = lmcli("words", "plot", "--jsonl", "w", "-f", "jsonl", stdin=lines)
    assert [json.loads(line)["n"] for line in result.lines] == [1, 2]


@pytest.mark.parametrize("suffix", ["svg", "png", "html"])
def test_the_picture_is_saved_beside_the_rows(lmcli, tmp_path, suffix):
    path = tmp_path / f"plot.{suffix}"
    result = lmcli("words", "plot", *FAMILY[:2], "--pairs", "man:woman", "--save", path)
    assert len(result.lines) == 4
    if suffix == "png":
        assert Image.open(path).size == (1600, 1200)
        return
    text = path.read_text()
    assert "Principal components of 4 words in glove-50d" in text
    svg = text[text.index("<svg") : text.index("</svg>") + 6]
    words = [node.text for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"king", "queen", "man", "woman"} <= set(words)


def test_a_bad_suffix_is_refused_before_anything_is_printed(lmcli, tmp_path):
    result = lmcli("words", "plot", *FAMILY, "--save", tmp_path / "plot.jpg")
    assert result.code == 2 and result.out == "" and ".svg, .png, .html" in result.err


def test_an_unknown_word_is_named_and_the_others_are_drawn(lmcli):
    result = lmcli("words", "plot", "-", stdin="king\nqueen\nwmoan\n")
    assert result.code == 5 and len(result.lines) == 2
    assert "line 3: 'wmoan' is not in glove-50d; did you mean woman" in result.err
    assert lmcli("words", "plot", "king", "wmoan").code == 3
    assert lmcli("words", "plot", "--pairs", "king:wmoan").code == 3
    assert lmcli("words", "plot", "king").code == 2
    assert lmcli("words", "plot", tty=True).code == 2
