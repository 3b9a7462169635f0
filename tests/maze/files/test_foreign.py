"""Maps as others draw them: one maze in many alphabets, and what is said of those that could be two."""

from __future__ import annotations

import pytest

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.maze.files import text
from lmcli.maze.search import breadth_first

WALLED = ("#######", "#S..#.#", "#.#...#", "#.###G#", "#######")
OPEN = ("S..#", ".#.#", "...G")


def drawn(rows, **cells):
    """Rows in another alphabet; names of the marks are `wall` and `free`, S and G."""
    names = {
        "#": cells["wall"],
        ".": cells["free"],
        "S": cells.get("S", "S"),
        "G": cells.get("G", "G"),
    }
    between = cells.get("between", "")
    return "\n".join(between.join(names[mark] for mark in row) for row in rows) + "\n"


ALPHABETS = {
    "blank floor": drawn(WALLED, wall="#", free=" "),
    "A and B": drawn(WALLED, wall="#", free=" ", S="A", G="B"),
    "S and E": drawn(WALLED, wall="#", free=".", S="S", G="E"),
    "s and e": drawn(WALLED, wall="#", free=" ", S="s", G="e"),
    "s and g": drawn(WALLED, wall="#", free="-", S="s", G="g"),
    "o and x": drawn(WALLED, wall="#", free=" ", S="o", G="x"),
    "X walls, O floor": drawn(WALLED, wall="X", free="O"),
    "x walls, blank floor": drawn(WALLED, wall="x", free=" "),
    "X walls, A and B": drawn(WALLED, wall="X", free=".", S="A", G="B"),
    "W walls": drawn(WALLED, wall="W", free="."),
    "percent signs": drawn(WALLED, wall="%", free=" ", S="P", G="G"),
    "underscores": drawn(WALLED, wall="#", free="_"),
    "full blocks": drawn(WALLED, wall="█", free=" "),
    "double blocks": drawn(WALLED, wall="██", free="  ", S="S ", G="G "),
    "shades": drawn(WALLED, wall="▓", free="░"),
    "emoji squares": drawn(WALLED, wall="⬛", free="⬜", S="🟩", G="🟥"),
    "emoji with variation marks": drawn(WALLED, wall="⬛\ufe0f", free="⬜\ufe0f", S="🟩", G="🟥"),
    "digits 0 to 3": drawn(WALLED, wall="1", free="0", S="2", G="3"),
    "0 and 1 with S and G": drawn(WALLED, wall="1", free="0"),
    "0 and 1 with A and B": drawn(WALLED, wall="1", free="0", S="A", G="B", between=" "),
    "csv of letters": drawn(WALLED, wall="#", free=".", between=","),
    "csv with empty cells": drawn(WALLED, wall="#", free="", between=","),
    "csv of numbers": drawn(WALLED, wall="1", free="0", S="2", G="3", between=", "),
    "quoted csv": drawn(WALLED, wall='"#"', free='"."', S='"S"', G='"G"', between=","),
    "tabs": drawn(WALLED, wall="#", free=".", between="\t"),
    "blanks between blank floor": drawn(WALLED, wall="#", free=" ", between=" "),
    "blanks between": drawn(WALLED, wall="#", free=".", between=" "),
    "numpy's numbers": "[[1 1 1 1 1 1 1]\n [1 2 0 0 1 0 1]\n [1 0 1 0 0 0 1]\n [1 0 1 1 1 3 1]\n"
    " [1 1 1 1 1 1 1]]\n",
    "numpy's floats": "[[1. 1. 1. 1. 1. 1. 1.]\n [1. 2. 0. 0. 1. 0. 1.]\n [1. 0. 1. 0. 0. 0. 1.]\n"
    " [1. 0. 1. 1. 1. 3. 1.]\n [1. 1. 1. 1. 1. 1. 1.]]\n",
    "numpy's array": "maze = np.array([[1, 1, 1, 1, 1, 1, 1],\n       [1, 2, 0, 0, 1, 0, 1],\n"
    "       [1, 0, 1, 0, 0, 0, 1],\n       [1, 0, 1, 1, 1, 9, 1],\n       [1, 1, 1, 1, 1, 1, 1]])\n",
    "numpy's characters": "\n".join(
        f"{'[[' if n == 0 else ' ['}{' '.join(map(repr, row))}{']]' if n == 4 else ']'}"
        for n, row in enumerate(WALLED)
    ),
    "Python's lists": repr([list(row.replace(".", " ")) for row in WALLED]),
    "Python's strings": repr(list(WALLED)),
    "strings one a line": "\n".join(f'    "{row}",' for row in WALLED),
}  # fmt: skip


@pytest.mark.parametrize("name", ALPHABETS)
def test_one_maze_in_many_alphabets(name):
    assert text.parse(ALPHABETS[name], "m").rows == WALLED
    assert text.parse(ALPHABETS[name].replace("\n", "\r\n"), "m").rows == WALLED


@pytest.mark.parametrize(
    "content",
    [
        '["SFFF", "FHFH", "FFFH", "HFFG"]',
        '[\n  "SFFF",\n  "FHFH",\n  "FFFH",\n  "HFFG",\n]\n',
        "SFFF\nFHFH\nFFFH\nHFFG\n",
        "[[b'S' b'F' b'F' b'F']\n [b'F' b'H' b'F' b'H']\n [b'F' b'F' b'F' b'H']\n [b'H' b'F' b'F' b'G']]",
    ],
)
def test_gyms_lakes_and_what_becomes_of_holes(content):
    maze = text.parse(content, "m")
    assert maze.rows == ("S...", ".#.#", "...#", "#..G")
    assert maze.remarks == ("H, a hole that ends gym's episode, is read as a wall",)


BOXES = {
    "single": "┌─────┐\n│S │  │\n│  │ G│\n│     │\n└─────┘\n",
    "double": "╔═════╗\n║S ║  ║\n║  ║ G║\n║     ║\n╚═════╝\n",
    "heavy": "┏━━━━━┓\n┃S ┃  ┃\n┃  ┃ G┃\n┃     ┃\n┗━━━━━┛\n",
    "rounded": "╭─────╮\n│S │  │\n│  │ G│\n│     │\n╰─────╯\n",
    "ascii": "+-----+\n|S |  |\n|  | G|\n|     |\n+-----+\n",
}


@pytest.mark.parametrize("name", BOXES)
def test_boxes_are_walls_a_character_a_cell(name):
    maze = text.parse(BOXES[name], "m")
    assert maze.rows == ("#######", "#S.#..#", "#..#.G#", "#.....#", "#######")
    assert breadth_first(maze).length == 7


def test_rooms_of_ascii_art_are_one_cell_each_with_one_between():
    art = "+--+--+--+\n|S    |  |\n+  +  +  +\n|  |    G|\n+--+--+--+\n"
    assert text.parse(art, "m").rows == ("#######", "#S..#.#", "#.#.#.#", "#.#..G#", "#######")
    wide = "+---+---+\n| A     |\n+---+   +\n|     B |\n+---+---+\n"
    assert text.parse(wide, "m").rows == ("#####", "#S..#", "###.#", "#..G#", "#####")


@pytest.mark.parametrize(
    "art",
    [
        "┌───┬───┐\n│ S │   │\n│   ╵   │\n│     G │\n└───────┘\n",
        "╔═══╦═══╗\n║ S ║   ║\n║   ╨   ║\n║     G ║\n╚═══════╝\n",
        "╭──┬──╮\n│S │  │\n│  ╵  │\n│    G│\n╰─────╯\n",
        "┌────┬────┐\n│ A  │    │\n│    │    │\n│    ╵    │\n│       B │\n│         │\n└─────────┘\n",
    ],
)
def test_rooms_drawn_with_lines_are_one_cell_each_with_one_between(art):
    assert text.parse(art, "m").rows == ("#####", "#S#.#", "#.#.#", "#..G#", "#####")


def test_rooms_drawn_with_lines_have_walls_between_them():
    art = (
        "┏━━━┳━━━┳━━━┓\n┃ S ┃       ┃\n┃   ┗━━━╸   ┃\n┃           ┃\n"
        "┃   ╺━━━┓   ┃\n┃       ┃ G ┃\n┗━━━━━━━┻━━━┛\n"
    )
    assert text.parse(art, "m").rows == (
        "#######",
        "#S#...#",
        "#.###.#",
        "#.....#",
        "#.###.#",
        "#...#G#",
        "#######",
    )


@pytest.mark.parametrize(
    "art",
    [
        "┌───────┐\n│S      │\n│  ───  │\n│      G│\n└───────┘\n",
        "┌───────┐\n│ S     │\n│     G │\n└───────┘\n",
        "┌─┬───┐\n│S│   │\n│ │ ╷ │\n│   │G│\n└───┴─┘\n",
    ],
)
def test_lines_that_cut_rooms_are_walls_a_character_a_cell(art):
    lines = art.splitlines()
    maze = text.parse(art, "m")
    assert (maze.height, maze.width) == (len(lines), len(lines[0]))


def test_grids_of_0_and_1_go_from_corner_to_corner_and_it_is_said():
    maze = text.parse("[[0, 1, 0],\n [0, 0, 0]]\n", "m")
    assert maze.rows == ("S#.", "..G") and "the top left and the bottom right" in maze.remarks[0]
    with pytest.raises(BadInput) as caught:
        text.parse("1 0 1\n1 1 1\n", "m")
    assert "--cells '#=0,.=1'" in (caught.value.hint or "")
    assert text.parse("1 0 1\n1 1 1\n", "m", "#=0,.=1").rows == ("S#.", "..G")


def test_floor_that_an_editor_cut_off_is_filled_in_and_said():
    maze = text.parse("\n\n  \n#####\n#S  #\n#\n# G\n#####\n\n \n", "m")
    assert maze.rows == ("#####", "#S..#", "#....", "#.G..", "#####")
    assert maze.remarks == ("line 6 ends early and is read as going on in floor",)
    assert text.parse("#####\n#S G#   \n#####\n", "m").rows == ("#####", "#S.G#", "#####")
    assert text.parse("   #####\n   #S G#\n   #####\n", "m").rows == ("#####", "#S.G#", "#####")


def test_byte_order_marks_and_numbers_of_the_map_are_kept():
    import io

    data = "\ufeffgoal: 50\na: -3\nA aB\r\n#  #\r\n".encode()
    maze = text.read_stream(io.BytesIO(data), "m")
    assert (maze.rows, maze.goal_reward, maze.letters) == (("S.aG", "#..#"), 50, {"a": -3})


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("S.A.\n.B.E\n....\n", "S=S,G=E"),
        ("PQ..\n.MMM\n....\n", "S=P,G=Q,#=M"),
        ("S..\n.X.\n..G\n", "#=X"),
        ("KKKKK\nK1  K\nK  2K\nKKKKK\n", "S=1,G=2,#=K"),
    ],
)
def test_what_could_mean_two_things_names_the_cells_that_read_it(content, cells):
    with pytest.raises(BadInput) as caught:
        text.parse(content, "m")
    hint = caught.value.hint or ""
    assert "--cells '" in hint, hint
    named = hint.partition("--cells '")[2].partition("'")[0]
    assert cells in named
    assert text.parse(content, "m", named).height == content.count("\n")


def test_cells_win_over_what_is_usual():
    assert text.parse("PQ..\n.MMM\n....\n", "m", "S=P,G=Q,#=M").rows == ("SG..", ".###", "....")
    assert text.parse("0 1 5 7\n0 0 1 0\n", "m", "S=5,G=7").rows == (".#SG", "..#.")
    assert text.parse("ox\nxo\nab\n", "m", "S=a,G=b,#=x,.=o").rows == (".#", "#.", "SG")
    assert text.parse("A#wB\n", "m", "#=w#,S=A,G=B").rows == ("S##G",)
    for bad in ("S", "S=", "Q=x", "=", "S=A,G=A"):
        with pytest.raises(BadUsage):
            text.parse("AB\n", "m", bad)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("S", "without a goal"),
        ("G", "without a start"),
        ("#", "without a start"),
        ("0", "without a goal"),
        ("A  \n # \n", "no cell"),
        ("[]", "there is no map"),
        ('["SF", "FHG"]', "no cell"),
        ("⬛⬜⬛\n", "no cell"),
        ("┌─┐\n│S│\n└─┘\n", "no cell"),
    ],
)
def test_a_map_without_its_ends_is_refused(content, what):
    with pytest.raises(BadInput, match=what):
        text.parse(content, "m")


def test_one_row_and_one_column():
    assert text.parse("S  G", "m").rows == ("S..G",)
    assert text.parse("A\n\nB\n", "m").rows == ("S", ".", "G")


def test_commands_take_cells_and_say_what_was_taken_for_granted(lmcli, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("PP..\nQM..\n...R\n")
    cells = ("--cells", "S=Q,G=R,#=PM")
    assert lmcli("maze", "show", mine).code == 1
    assert lmcli("maze", "show", mine, *cells).out == "##..\nS#..\n...G\n"
    assert lmcli("maze", "solve", mine, *cells, "-f", "json").code == 0
    assert lmcli("maze", "train", mine, *cells, "-f", "json").code == 0
    lake = lmcli("maze", "solve", "-", stdin='["SFFF", "FHFH", "FFFH", "HFFG"]')
    assert lake.code == 0 and "H, a hole" in lake.err
    shut = lmcli("maze", "solve", "-", stdin="⬛⬛⬛⬛⬛\n⬛🟩⬛🟥⬛\n⬛⬛⬛⬛⬛\n")
    assert shut.code == 3 and "line 2, column 4: no path leads to the goal" in shut.err
    assert lmcli("maze", "show", mine, "--cells", "rubbish").code == 2
