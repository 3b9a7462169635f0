"""Maps: what is read, and that every fault names its line and column."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput
from lmcli.maze.files import bundled, text
from lmcli.maze.grid import Maze

FAULTS = {
    "no goal": ("S..\n...\n", 2, 4, "without a goal"),
    "no start": ("...\n..G\n", 2, 4, "without a start"),
    "two starts": ("S..\n.S.\n..G\n", 2, 2, "a second start; the first is at line 1, column 1"),
    "two goals": ("S.G\n..G\n", 2, 3, "a second goal; the first is at line 1, column 3"),
    "short row": ("S..\n..\n..G\n", 2, 3, "2 cells, but the first row has 3"),
    "long row": ("S..\n....\n..G\n", 2, 4, "4 cells, but the first row has 3"),
    "unknown cell": ("S..\n.X.\n..G\n", 2, 2, "'X' is no cell"),
    "tab": ("S\t.\n..G\n", 1, 2, "is no cell"),
    "no map": ("; only a comment\n\n", 1, 1, "there is no map"),
    "empty": ("", 1, 1, "there is no map"),
    "gap": ("S..\n\n..G\n", 3, 1, "goes on after a blank line"),
    "letter without reward": ("S.a\n..G\n", 1, 3, "the letter 'a' has no reward"),
    "unknown reward": ("gaol: 3\nS.G\n", 1, 1, "'gaol' is no reward"),
    "reward of an arrow": ("v: 3\nS.G\n", 1, 1, "'v' is no reward"),
    "not a number": ("goal: many\nS.G\n", 1, 6, "'many' is not a number"),
    "not finite": ("goal: nan\nS.G\n", 1, 6, "must lie between"),
    "infinite": ("step: inf\nS.G\n", 1, 6, "must lie between"),
    "slip": ("slip: 2\nS.G\n", 1, 6, "a chance from 0 to 1"),
    "array digit": ("0 0 0\n0 7 9\n", 2, 3, "'7' is no cell"),
    "array ragged": ("[0, 0, 0]\n[0, 9]\n", 2, 6, "2 cells, but the first row has 3"),
    "array without a place to start": ("1 0\n0 9\n", 1, 1, "not free"),
}


@pytest.mark.parametrize("content, line, column, what", FAULTS.values(), ids=FAULTS)
def test_faults_name_line_and_column(content, line, column, what):
    with pytest.raises(BadInput) as caught:
        text.parse(content, "m.txt")
    assert caught.value.message.startswith(f"m.txt, line {line}, column {column}: ")
    assert what in caught.value.message


def test_ten_megabytes_are_refused_where_the_limit_is_passed():
    data = (b"." * 99 + b"\n") * 100_000
    with pytest.raises(BadInput, match=r"m, line 10486, column 77: longer than 1,048,576 bytes"):
        text.read_stream(io.BytesIO(data), "m")


def test_binary_is_refused_at_its_first_bad_byte():
    with pytest.raises(BadInput, match=r"m, line 2, column 3: byte 0xff is not UTF-8 text"):
        text.read_stream(io.BytesIO(b"S..\n..\xff\xfe\n"), "m")
    with pytest.raises(BadInput, match=r"line 1, column 2: '\\x00' is no cell"):
        text.read_stream(io.BytesIO(b"S\x00\x00G"), "m")


def test_the_course_array_in_all_its_spellings():
    drawn = text.parse("S..#\n.#.#\n.#..\n...G\n", "m")
    for spelling in (
        "0 0 0 1\n0 1 0 1\n0 1 0 0\n0 0 0 9\n",
        "[[0, 0, 0, 1],\n [0, 1, 0, 1],\n [0, 1, 0, 0],\n [0, 0, 0, 9]]\n",
        "0001\r\n0101\r\n0100\r\n0009",
        "\ufeff0,0,0,1\n0,1,0,1\n0,1,0,0\n0,0,0,9\n",
    ):
        assert text.read_stream(io.BytesIO(spelling.encode()), "m") == drawn
    assert bundled.bundled("course").rows == drawn.rows


def test_rewards_and_slip_are_read_and_written():
    content = "goal: 50\nstep: -0.5\nslip: 0.3\na: -10\nb: 2.5\nSa~\n>bG\n"
    maze = text.parse(content, "m")
    assert (maze.goal_reward, maze.step_reward, maze.ice_slip) == (50, -0.5, 0.3)
    assert maze.letters == {"a": -10, "b": 2.5}
    assert maze.text() == content
    world = maze.world()
    assert world.rewards == [-0.5, -10, -0.5, -0.5, 2.5, 50]
    assert world.slip == [0, 0, 0.3, 0, 0, 0]
    assert maze.world(goal=1, step=0, slip=0.1).rewards == [0, -10, 0, 0, 2.5, 1]
    assert maze.world(slip=0.1).slip == [0.1] * 6


def test_moves_stay_at_walls_edges_and_the_wrong_sides_of_one_way_cells():
    maze = text.parse("S>.\n.#G\n", "m")
    assert [maze.move((0, 0), action) for action in range(4)] == [(0, 1), (0, 0), (1, 0), (0, 0)]
    assert [maze.move((0, 1), action) for action in range(4)] == [(0, 2), (0, 1), (0, 1), (0, 1)]
    # the way back into the arrow is open, the way through it is not
    assert maze.move((0, 2), 1) == (0, 1)


cells = st.sampled_from("S G#.~><v^az;:09\n\t\x00é")


@given(st.text(cells, max_size=80))
def test_any_text_is_a_maze_or_a_fault_with_a_place(content):
    try:
        maze = text.parse(content, "m")
    except BadInput as error:
        assert error.message.startswith("m, line ")
    else:
        assert isinstance(maze, Maze)
        assert maze.at(maze.goal) == "G"
        assert text.parse(maze.text(), "m") == maze


@given(st.binary(max_size=60))
def test_any_bytes_are_a_maze_or_a_fault_with_a_place(data):
    try:
        text.read_stream(io.BytesIO(data), "m")
    except BadInput as error:
        assert error.message.startswith("m, line ")


def test_names_that_are_no_maze():
    with pytest.raises(BadInput, match="did you mean course"):
        bundled.find("cours")
    with pytest.raises(BadInput, match=r"Is a directory"):
        bundled.find("/")
    with pytest.raises(BadInput):
        bundled.find("\x00")
