"""Tables in every width."""

import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from lmcli.frame.printing.tables import table


@dataclass(frozen=True, slots=True)
class Part:
    """A row with a name that must not be broken and a text that may."""

    part_name: str
    size: int
    text: str


ROWS = [
    Part("an-unbreakable-name", 123456, "some words that may be wrapped anywhere between them"),
    Part("short", 7, "文字也可以换行文字也可以换行文字也可以换行文字也可以换行"),
]


def drawn(width):
    console = Console(file=io.StringIO(), width=width)
    console.print(table([(row, {}) for row in ROWS]))
    return console.file.getvalue()


@pytest.mark.parametrize("width", range(30, 121, 3))
def test_words_stay_whole_and_lines_fit_in_every_width(width):
    text = drawn(width)
    for word in ("an-unbreakable-name", "123456", "anywhere", "between"):
        assert word in text
    assert "文" in text
    assert max(Console().measure(line).maximum for line in text.splitlines()) <= width


def test_what_does_not_fit_is_lines_of_its_own():
    assert drawn(120).count("part name") == drawn(50).count("part name") == 1
    lines = drawn(40).splitlines()
    assert lines[:2] == [
        "part name  an-unbreakable-name          ",
        "size       123456                       ",
    ]
    assert [line.strip() for line in lines].count("") == 1, "a blank line between the rows"
    assert drawn(40).count("part name") == 2
