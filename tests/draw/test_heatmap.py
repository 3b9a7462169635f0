"""Heatmaps in the terminal: with all colours, with 256, with none."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style

from lmcli.draw.colormap import DIVERGING
from lmcli.draw.heatmap import Heatmap, ends, share

WORDS = ["the", "cat", "sat"]
VALUES = [[0.0, 0.5, 1.0], [0.25, 0.75, 0.1], [1.0, 1.0, 0.0]]


def printed(heatmap: Heatmap, width: int = 60, **console) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False, **console).print(heatmap)
    return file.getvalue().splitlines()


def test_without_colours_digits_and_their_meaning():
    lines = printed(Heatmap(VALUES, WORDS, WORDS, low=0, high=1, title="Weights"), no_color=True)
    assert lines[0] == "Weights"
    assert lines[1].split() == WORDS
    assert [line.split() for line in lines[2:5]] == [
        ["the", "0", "5", "9"],
        ["cat", "2", "7", "1"],
        ["sat", "9", "9", "0"],
    ]
    assert lines[-1] == "0 = 0.00, 9 = 1.00"
    assert "\x1b" not in "".join(lines)


@pytest.fixture(autouse=True)
def fresh_styles():
    """rich keeps the codes of a style that it has met, for whatever terminal that was."""
    Style.parse.cache_clear()
    Style._add.cache_clear()


def test_all_colours_need_no_digits():
    lines = printed(Heatmap(VALUES, WORDS, WORDS), force_terminal=True, color_system="truecolor")
    assert "48;2;68;1;84" in lines[1] and "48;2;253;231;37" in lines[1]
    assert re.sub(r"\x1b\[[\d;]*m", "", lines[1]).split() == ["the"]


def test_few_colours_get_digits_too():
    heatmap = Heatmap(VALUES, WORDS, WORDS, DIVERGING)  # rich keeps the codes of a style it has met
    lines = printed(heatmap, force_terminal=True, color_system="256")
    assert "48;5;" in lines[2] and "2" in lines[2]


@pytest.mark.parametrize("width", [20, 40, 100])
def test_no_line_is_wider_than_the_terminal_and_every_value_is_there(width):
    columns = [f"word{i}" for i in range(30)]
    values = [[i / 29 for i in range(30)]] * 3
    lines = printed(Heatmap(values, ["a", "bb", "猫猫猫猫猫猫猫猫"], columns), width, no_color=True)
    assert max(map(cell_len, lines)) <= width
    digits = "".join("".join(line.split()[1:]) for line in lines if line.startswith("a "))
    assert digits == "".join(str(min(int(i / 29 * 10), 9)) for i in range(30))


def test_long_labels_run_downwards():
    columns = ["[CLS]", "because", "猫", "x" * 40]
    lines = printed(Heatmap([[0, 1, 0, 1]], ["row"], columns), 20, no_color=True)
    assert lines[0].split() == ["x"]
    heads = lines[: [line.startswith("row") for line in lines].index(True)]
    assert heads[-1].split() == ["]", "e", "猫…"]
    assert len(heads) <= 16


@given(st.lists(st.lists(st.floats(), min_size=3, max_size=3), min_size=3, max_size=3))
def test_any_numbers_can_be_shown(values):
    assert len(printed(Heatmap(values, WORDS, WORDS), no_color=True)) >= 5


def test_share_and_ends():
    assert share(5, 0, 10) == 0.5 and share(3, 3, 3) == 0.5
    assert ends(-0.00001, 0.5) == ("0.000", "0.500")
    assert ends(-1, 1) == ("-1.00", "1.00")
    assert ends(0, 250) == ("0", "250")
