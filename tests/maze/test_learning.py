"""The learners: the course's numbers, the loops against the rules, and value iteration's truth."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lmcli.frame.errors import BadUsage
from lmcli.maze import schedule
from lmcli.maze.files import bundled
from lmcli.maze.generate import ALGORITHMS, generate
from lmcli.maze.rules import RULES, rule
from lmcli.maze.runs.replay import steps_of
from lmcli.maze.runs.run import Recorder
from lmcli.maze.train import Settings, greedy_path, train
from lmcli.maze.values import model_of, reachable, value_iteration
from tests.maze import course

HALF = schedule.parse("0.5", "alpha")


def test_the_courses_script_with_the_same_dice_gives_the_same_table():
    world = bundled.bundled("course").world()
    for seed in range(5):
        table, steps = course.q_learning(random.Random(seed).random)
        history = train(world, Settings(seed=seed))
        assert sum(history.steps) == steps
        assert np.array_equal(np.array(history.table).reshape(4, 4, 4), table)
        assert len(greedy_path(world, history.table)) - 1 == 6


@pytest.mark.slow
def test_values_lie_within_what_20_seeds_of_the_courses_script_give():
    tables = np.array([course.q_learning(np.random.default_rng(s).random)[0] for s in range(20)])
    world = bundled.bundled("course").world()
    ours = np.array([train(world, Settings(seed=seed)).table for seed in range(20)])
    low, high = tables.min(axis=0) - 1e-9, tables.max(axis=0) + 1e-9
    middle = np.median(ours, axis=0).reshape(4, 4, 4)
    assert ((low <= middle) & (middle <= high)).all()
    inside = [((low <= one) & (one <= high)).mean() for one in ours.reshape(-1, 4, 4, 4)]
    assert np.mean(inside) > 0.9  # of 20 + 1 draws, 2 in 21 lie outside of the others' span


@pytest.mark.parametrize("algorithm", RULES)
@pytest.mark.parametrize(
    "maze, settings, slip",
    [
        ("course", {}, None),
        ("course", {"max_steps": 4}, None),  # most early episodes are cut
        ("ice", {"epsilon": schedule.parse("linear:0.5:0", "epsilon")}, None),
        ("detour", {"alpha": schedule.parse("exp:0.9:0.01", "alpha")}, 0.1),
        ("loops-25", {"gamma": 0.97, "episodes": 30}, None),
    ],
)
def test_the_fast_loops_equal_the_rules_to_the_last_bit(algorithm, maze, settings, slip):
    world = bundled.bundled(maze).world(slip=slip)
    chosen = Settings(**{"algorithm": algorithm, "episodes": 120, "seed": 3, **settings})
    recorder = Recorder(chosen, ",".join(map(str, range(1, chosen.episodes + 1))))
    history = train(world, chosen, recorder.trace_for)
    assert train(world, chosen).tables == history.tables  # recording changes nothing
    kept = recorder.kept(history)
    after = [*(one.tables for one in kept[1:]), history.tables]
    for one, expected in zip(kept, after, strict=True):
        tables = [[row[:] for row in table] for table in one.tables]
        total = 0.0
        for step in steps_of(world, one):
            rule(algorithm)(tables, step, one.alpha, chosen.gamma, one.epsilon)
            total += step.reward
        assert tables == expected
        assert total == one.total


def mazes():
    """50 mazes of all kinds, a few with letters that cost."""
    for number in range(50):
        algorithm = sorted(ALGORITHMS)[number % 4]
        yield generate(
            5 + 2 * (number % 3),
            7,
            algorithm,
            loops=0.15 * (number % 3),
            seed=number,
            name=str(number),
        )


@pytest.mark.slow
def test_policies_and_values_equal_value_iterations_on_50_mazes():
    always_random = Settings(
        episodes=250,
        alpha=schedule.parse("1", "alpha"),  # exact where nothing slips
        gamma=0.95,
        epsilon=schedule.parse("1", "epsilon"),
    )
    for maze in mazes():
        world = maze.world()
        model = model_of(world)
        best = value_iteration(model, 0.95)
        learnt = np.array(train(world, always_random).table)
        met = reachable(model)
        assert np.abs(learnt - best)[met].max() < 1e-6, maze.name
        chosen = best[np.arange(len(best)), learnt.argmax(axis=1)]
        assert (best.max(axis=1) - chosen)[met].max() < 1e-6, maze.name


@pytest.mark.parametrize("algorithm", RULES)
def test_every_learner_learns_the_shortest_path(algorithm):
    for name in ("course", "one-way", "dfs-15"):
        maze = bundled.bundled(name)
        world = maze.world()
        settings = Settings(
            algorithm=algorithm,
            episodes=1500,
            alpha=HALF,
            gamma=0.97,
            epsilon=schedule.parse("linear:0.3:0", "epsilon"),
        )
        path = greedy_path(world, train(world, settings).table)
        assert path[-1] == world.goal
        assert len(path) - 1 == {"course": 6, "one-way": 11, "dfs-15": 52}[name]


def test_a_seed_fixes_everything_and_another_seed_something():
    world = bundled.bundled("ice").world()
    first, again, other = (train(world, Settings(seed=seed)) for seed in (1, 1, 2))
    assert (first.tables, first.steps, first.returns) == (again.tables, again.steps, again.returns)
    assert first.steps != other.steps


def test_training_stops_when_asked_and_settled():
    world = bundled.bundled("course").world()
    history = train(world, Settings(converge=1e-3))
    assert history.converged
    assert history.episodes < 500
    assert greedy_path(world, history.table)[-1] == world.goal
    assert not train(world, Settings(converge=0.0, episodes=120)).converged


@pytest.mark.parametrize(
    "text, values",
    [
        ("0.2", (0.2, 0.2, 0.2)),
        ("linear:1:0", (1.0, 0.5, 0.0)),
        ("linear:1:0.5:51", (1.0, 0.5, 0.5)),
        ("exp:1:0.01", (1.0, 0.1, 0.01)),
    ],
)
def test_schedules(text, values):
    parsed = schedule.parse(text, "alpha")
    assert [parsed.at(episode, 101) for episode in (1, 51, 101)] == pytest.approx(values)
    assert schedule.parse(str(parsed), "alpha") == parsed


@pytest.mark.parametrize(
    "text",
    ["", "much", "linear:1", "linear:1:0:0", "linear:1:0:5:6", "exp:1:0", "1.5", "nan", "-1"],
)
def test_schedules_that_are_none(text):
    with pytest.raises(BadUsage):
        schedule.parse(text, "alpha")
