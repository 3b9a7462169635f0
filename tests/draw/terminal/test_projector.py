"""What is drawn for a projector fills the terminal."""

import io

import numpy as np
import pytest

from lmcli.draw.heatmap import Heatmap
from lmcli.draw.terminal.blocks import Blocks
from lmcli.draw.terminal.projector import HEIGHTS, Letters, letter_dots
from lmcli.frame.printing.console import Console


def printed(renderable, *, big=True, width=80, height=24, color=False):
    stream = io.StringIO()
    console = Console(
        big=big,
        file=stream,
        width=width,
        height=height,
        color_system="truecolor" if color else None,
        no_color=not color,
        force_terminal=color,
        highlight=False,
    )
    console.print(renderable)
    return stream.getvalue()


def test_letters_are_blocks_that_fit_the_width():
    lines = printed(Letters("queen")).splitlines()
    assert max(map(len, lines)) > 25 and 4 <= len(lines) <= HEIGHTS[0] // 2
    assert set("".join(lines)) <= set(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
    narrow = printed(Letters("queen"), width=20).splitlines()
    assert max(map(len, narrow)) <= 20


def test_a_text_too_wide_for_blocks_is_printed_as_it_is():
    assert printed(Letters("a very long answer indeed" * 3), width=40).split() != []
    assert "indeed" in printed(Letters("a very long answer indeed"), width=40)


def test_letters_are_those_of_the_font():
    dots = letter_dots("I", 16)
    columns = dots.sum(axis=0)
    assert columns.max() == dots.sum(axis=0)[columns.argmax()] >= len(dots) - 2, (
        "one upright stroke"
    )
    assert dots.shape[0] % 2 == 0 and dots.shape[1] % 2 == 0


def test_cells_of_a_heatmap_fill_the_terminal_and_hold_their_values():
    heatmap = Heatmap([[0.0, 0.5], [0.25, 1.0]], ["a", "b"], ["x", "y"])
    small, large = printed(heatmap, big=False), printed(heatmap)
    assert "0.50" not in small and all(text in large for text in ("0.00", "0.50", "0.25", "1.00"))
    assert len(large.splitlines()) >= 2 * 4 + 2 and len(large.splitlines()) <= 24


def test_pixels_are_squares_of_as_many_as_fit():
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[0, 0] = 255
    lines = printed(Blocks(pixels), height=60).splitlines()
    assert len(lines) == 28 and len(lines[0]) == 56 and lines[0].startswith("█" * 2 + " ")
    assert len(printed(Blocks(pixels), height=24).splitlines()) == 14, "no room for more"


def test_nothing_is_dim_on_a_projector():
    assert "\x1b[2m" in printed("[dim]far away[/dim]", big=False, color=True)
    assert "\x1b[2m" not in printed("[dim]far away[/dim]", color=True)


def test_answers_are_large_wherever_big_is_asked_for(lmcli):
    table = lmcli("analogy", "king", "man", "woman", "-k", 1, tty=True).out
    assert "queen" in table and "█" not in table
    for words, env in (
        (("--big", "analogy", "king", "man", "woman", "-k", 1), {}),
        (("analogy", "king", "man", "woman", "-k", 1, "--big"), {}),
        (("analogy", "king", "man", "woman", "-k", 1), {"LMCLI_BIG": "1"}),
    ):
        shown = lmcli(*words, tty=True, env=env).out
        assert "█" in shown and "0.8530" in shown
    plain = lmcli("--big", "analogy", "king", "man", "woman", "-k", 1)
    assert plain.out == "queen\t0.8529633\n", "machines read what they always read"


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("similarity cat dog", "0.92"),
        ("odd breakfast cereal dinner lunch", "cereal"),
        ("similar king -k 1", "0.8"),
    ],
)
def test_other_queries_are_large_too(lmcli, line, held):
    shown = lmcli("--big", *line.split(), tty=True).out
    assert "▙" in shown or "█" in shown
    assert held in shown


def test_a_maze_fills_the_terminal(lmcli):
    small = lmcli("maze", "show", "course", tty=True, env={"LINES": "24"}).out
    large = lmcli("maze", "show", "course", "--big", tty=True, env={"LINES": "24"}).out
    assert len(small.splitlines()) == 5 and len(large.splitlines()) == 4 * 5 + 1


def test_a_session_becomes_large_and_small_again(lmcli):
    lines = ":big on\n:show big\n:big off\n:show big\n:big maybe\n"
    done = lmcli("repl", stdin=lines)
    assert done.out == "big\t1\tLMCLI_BIG\nbig\t0\tLMCLI_BIG\n"
    assert done.code == 5 and ":big takes on or off" in done.err
