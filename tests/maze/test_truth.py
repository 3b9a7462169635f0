"""Search and value iteration, against each other and against sums done by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.frame.errors import BadUsage, NoAnswer
from lmcli.maze.files import bundled, text
from lmcli.maze.generate import ALGORITHMS, generate
from lmcli.maze.judge import Truth, truth_of
from lmcli.maze.listing import solve
from lmcli.maze.search import a_star, breadth_first
from lmcli.maze.values import fewest_moves, follow, model_of, value_iteration

mazes = st.builds(
    lambda algorithm, height, width, loops, seed: generate(
        2 * height + 1, 2 * width + 1, algorithm, loops=loops, seed=seed
    ),
    st.sampled_from(sorted(ALGORITHMS)),
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from((0.0, 0.1, 0.5)),
    st.integers(0, 50),
)


@settings(deadline=None, max_examples=40)
@given(mazes)
def test_all_methods_agree_on_the_shortest_length(maze):
    lengths = {solve(maze, method, 0.99).length for method in ("bfs", "astar", "value-iteration")}
    assert lengths == {Truth(maze.world()).shortest}
    for method in (breadth_first, a_star):
        path = method(maze).path
        assert path[0] == maze.start and path[-1] == maze.goal
        assert all(
            any(maze.move(here, action) == there for action in range(4))
            for here, there in pairwise(path)
        )


def test_a_star_looks_at_fewer_cells_of_an_open_field():
    field = generate(50, 50, "open")
    assert a_star(field).expanded == 99
    assert breadth_first(field).expanded == 2500


def test_values_of_the_course_are_the_geometric_sums():
    world = bundled.bundled("course").world()
    best = value_iteration(model_of(world), 0.9)
    for distance, state in ((1, 14), (1, 11), (2, 10), (4, 2), (6, 0)):
        expected = 100 * 0.9 ** (distance - 1) - sum(0.9**i for i in range(distance - 1))
        assert best[state].max() == pytest.approx(expected, abs=1e-9)


def test_values_solve_bellmans_equation_on_ice():
    model = model_of(bundled.bundled("ice").world())
    best = value_iteration(model, 0.95)
    values = best.max(axis=1)
    assert np.abs(model.backup(0.95)(values) - best)[values != 0].max() < 1e-9


def test_a_corridor_of_ice_by_hand():
    # sideways moves hit the walls: a move succeeds with chance .8, so 1/.8 moves a cell
    maze = text.parse("S~~G\n", "m")
    world = maze.world(slip=0.2)
    model = model_of(world)
    assert fewest_moves(model, world.start, world.goal) == pytest.approx(3 / 0.8)
    policy = np.zeros(4, dtype=np.int64)
    assert follow(model, policy, 0, 3) == (1.0, pytest.approx(3 / 0.8))
    chance, moves = follow(model, np.array([1, 1, 1, 1]), 0, 3)
    assert chance == 0 and moves == float("inf")


def test_no_path_is_told_with_the_goals_place():
    maze = text.parse("; walled in\nS.#\n.##\n##G\n", "m.txt")
    for attempt in (
        lambda: breadth_first(maze),
        lambda: a_star(maze),
        lambda: truth_of(maze, maze.world()),
        lambda: solve(maze, "value-iteration", 0.9),
    ):
        with pytest.raises(NoAnswer, match=r"m.txt, line 4, column 3: no path .* 3 cells"):
            attempt()


def test_a_one_way_trap_is_no_path_back():
    maze = text.parse("G<S>.\n", "m")
    assert breadth_first(maze).length == 2
    trapped = text.parse("S>.\n#^#\n#G#\n", "m")
    with pytest.raises(NoAnswer):
        breadth_first(trapped)


def test_value_iteration_finds_its_way_over_a_thousand_moves():
    maze = generate(101, 101, "dfs", seed=2)
    length = breadth_first(maze).length
    assert length > 1000
    assert solve(maze, "value-iteration").length == length


def test_rewards_that_keep_the_best_policy_from_the_goal():
    maze = text.parse("a: 5\nSaG\n", "m")
    with pytest.raises(NoAnswer, match="best policy never goes to the goal"):
        solve(maze, "value-iteration", 0.99)
    with pytest.raises(BadUsage, match="no limit"):
        solve(maze, "value-iteration", 1.0)
    # without discount the plain maze has a limit
    assert solve(bundled.bundled("course"), "value-iteration", 1.0).length == 6
