"""Generated mazes: perfect, reproducible, and Wilson's uniform."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadUsage
from lmcli.maze.generate import ALGORITHMS, generate
from lmcli.maze.search import breadth_first

odd = st.integers(1, 12).map(lambda half: 2 * half + 1)


def reachable(maze):
    seen, waiting = {maze.start}, [maze.start]
    while waiting:
        cell = waiting.pop()
        for action in range(4):
            target = maze.move(cell, action)
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


@given(st.sampled_from(sorted(ALGORITHMS)), odd, odd, st.integers(0, 10))
def test_a_maze_without_loops_is_a_spanning_tree(algorithm, height, width, seed):
    maze = generate(height, width, algorithm, seed=seed)
    free = sum(len(row) - row.count("#") for row in maze.rows)
    rooms = ((height + 1) // 2) * ((width + 1) // 2)
    assert free == 2 * rooms - 1  # rooms, and a passage less than rooms
    assert len(reachable(maze)) == free
    assert generate(height, width, algorithm, seed=seed) == maze


@given(st.sampled_from(sorted(ALGORITHMS)), st.floats(0, 1))
def test_loops_take_out_their_share_of_walls(algorithm, loops):
    tree = generate(11, 11, algorithm, seed=3)
    maze = generate(11, 11, algorithm, loops=loops, seed=3)
    walls = 2 * 6 * 5 - 35
    opened = sum(row.count("#") for row in tree.rows) - sum(row.count("#") for row in maze.rows)
    assert opened == round(loops * walls)


def test_wilson_draws_every_spanning_tree_alike():
    # 2x3 rooms have 15 spanning trees
    counts = Counter(generate(3, 5, "wilson", seed=seed).rows for seed in range(3000))
    assert len(counts) == 15
    assert max(counts.values()) < 270  # 200 expected, 13.7 standard deviation
    assert min(counts.values()) > 130


def test_an_open_field():
    maze = generate(50, 50, "open")
    assert breadth_first(maze).length == 98
    assert generate(1, 2, "open").rows == ("SG",)


@pytest.mark.parametrize("size", [(8, 9), (9, 8), (0, 5), (1, 1), (1001, 3)])
def test_sizes_that_cannot_be(size):
    with pytest.raises(BadUsage):
        generate(*size)
