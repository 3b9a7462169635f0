"""What is said at the end of training, and that it is true."""

from __future__ import annotations

import pytest

from lmcli.maze import schedule
from lmcli.maze.diagnosis import verdict, walks_end, wide_enough
from lmcli.maze.files import bundled, text
from lmcli.maze.judge import truth_of
from lmcli.maze.train import Settings, train
from tests.conftest import ROOT

HALF = schedule.parse("0.5", "alpha")


def judged(maze, trials=False, slip=None, **settings):
    chosen = Settings(**settings)
    truth = truth_of(maze, maze.world(slip=slip))
    return verdict(truth, chosen, train(truth.world, chosen), trials)


@pytest.fixture(scope="module")
def field():
    return bundled.bundled("open-50")


def test_the_course_needs_no_advice():
    row = judged(bundled.bundled("course"))
    assert (row.reached, row.greedy_length, row.shortest_length) == (True, 6, 6)
    assert row.cause is None and row.advice is None


@pytest.mark.slow
def test_an_open_field_with_gamma_09_names_the_discount(field):
    row = judged(field, gamma=0.9, episodes=5000)
    assert not row.reached and row.greedy_length is None
    assert row.cause.startswith("the discount is too small for the distance: at row ")
    assert row.advice == "take --gamma 0.99"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_an_open_field_with_gamma_099_is_crossed(field, seed):
    row = judged(field, gamma=0.99, episodes=5000, alpha=HALF, seed=seed)
    assert (row.reached, row.greedy_length, row.shortest_length) == (True, 98, 98)
    assert row.cause is None


@pytest.mark.slow
def test_advice_has_been_tried_and_helps(field):
    row = judged(field, trials=True, gamma=0.9, episodes=2000)
    assert "tried, 98 moves" in row.advice
    mended = judged(field, gamma=0.99, episodes=2000, alpha=HALF)
    assert "--gamma 0.99 --alpha 0.5" in row.advice
    assert mended.greedy_length == 98


def test_too_few_episodes():
    row = judged(bundled.bundled("dfs-15"), trials=True, episodes=20, gamma=0.97)
    assert row.cause.startswith("too few episodes: at row ")
    assert "tried, 52 moves" in row.advice


def test_a_goal_that_no_episode_meets():
    row = judged(bundled.bundled("dfs-15"), trials=True, max_steps=30, episodes=50)
    assert row.cause.startswith("no episode met the goal within 30 steps; the greedy walk ")
    assert "--max-steps" in row.advice


def test_rewards_that_make_the_long_way_better():
    row = judged(bundled.bundled("detour"), gamma=0.99)
    assert (row.greedy_length, row.shortest_length) == (12, 6)
    assert row.cause.startswith("the rewards: the greedy policy is the best there is")
    assert row.advice is None


def test_a_discount_so_small_that_the_exact_values_tie():
    corridor = text.parse("S" + "." * 800 + "G\n", "corridor")
    row = judged(corridor, gamma=0.1, episodes=3)
    assert row.cause.startswith("the discount is too small: over 801 moves gamma 0.1")
    assert row.advice == "take --gamma 0.999"


def test_slipping_counts_expected_moves():
    row = judged(
        bundled.bundled("ice"),
        gamma=0.97,
        episodes=10_000,
        alpha=schedule.parse("exp:0.5:0.002", "alpha"),
        epsilon=schedule.parse("0.5", "epsilon"),
    )
    assert row.reached
    assert row.shortest_length == pytest.approx(9.632, abs=0.001)
    assert row.shortest_length - 1e-6 < row.greedy_length < 1.05 * row.shortest_length


def test_the_usual_gammas():
    assert [wide_enough(distance) for distance in (1, 20, 98, 100, 101, 10**9)] == [
        0.95, 0.95, 0.99, 0.99, 0.995, 0.99999,
    ]  # fmt: skip


ZERO_STEP = ROOT / "tests" / "cases" / "symbolic" / "zero-step-12x12.txt"


def test_a_table_that_stays_zero_ends_early_and_the_tie_is_named():
    row = judged(text.read(ZERO_STEP), trials=True)
    assert not row.reached and row.steps < 1_000_000
    assert row.cause.startswith("nothing was learnt: ")
    assert "stands still at row 0, column 11, where right leads no farther" in row.cause
    assert (
        "(right, left, down and up tie at 0 there, and the first of equals is taken)" in row.cause
    )
    assert "--epsilon linear:1:0.1: tried, 22 moves" in row.advice


def test_an_optimistic_start_crosses_a_field_without_rewards_on_the_way():
    row = judged(text.read(ZERO_STEP), initial=1.0)
    assert (row.reached, row.greedy_length) == (True, 22)


@pytest.mark.parametrize("algorithm", ["q", "sarsa", "expected-sarsa", "double-q"])
def test_an_optimistic_start_leaves_the_goal_worth_nothing(algorithm):
    maze = text.parse("goal: 1\nstep: 0\nS.G\n", "m")
    history = train(maze.world(), Settings(algorithm, initial=5.0, alpha=HALF, episodes=400))
    assert history.table[2] == [0.0] * 4
    assert history.table[1][0] == pytest.approx(1.0)


def walk(table):
    """Where a walk on a map of 2 x 2 ends; S is the top left, G the bottom right."""
    return walks_end(text.parse("S.\n.G\n", "m").world(), table)


def test_where_a_greedy_walk_ends():
    right, left, down, up = ([float(action == best) for action in range(4)] for best in range(4))
    assert walk([right, down, right, right]) is None
    assert walk([up, up, up, up]) == (
        "the greedy walk stands still at row 0, column 0, where up leads no farther"
    )
    assert walk([right, left, up, up]) == (
        "the greedy walk goes round in a circle of 2 cells from row 0, column 0"
    )
    assert walk([right, [0.0, 2.0, 2.0, 0.0], up, up]) == (
        "the greedy walk goes round in a circle of 2 cells from row 0, column 0 (left and down tie "
        "at 2 at row 0, column 1, and the first of equals is taken)"
    )
