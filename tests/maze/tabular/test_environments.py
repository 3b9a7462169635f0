"""The maze as a gymnasium environment, gymnasium's own as mazes, and policies as ONNX."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from lmcli.frame.errors import BadUsage, MissingExtra
from lmcli.maze import schedule
from lmcli.maze.files import bundled
from lmcli.maze.files.export import export
from lmcli.maze.runs import run
from lmcli.maze.tabular import environments
from lmcli.maze.train import Settings, greedy_path, train
from lmcli.maze.values import model_of, value_iteration
from tests.conftest import peer


@pytest.fixture
def gym():
    peer("gymnasium")
    import gymnasium

    import lmcli.maze.gym  # noqa: F401

    return gymnasium


@pytest.mark.peer
@pytest.mark.parametrize(
    "settings",
    [{}, {"maze": "ice", "render_mode": "ansi"}, {"slip": 0.3, "render_mode": "rgb_array"}],
)
def test_the_maze_passes_gymnasiums_own_check(gym, settings):
    from gymnasium.utils.env_checker import check_env

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make("lmcli/Maze-v0", **settings).unwrapped)


@pytest.mark.peer
def test_the_environment_is_the_engines_world(gym):
    env = gym.make("lmcli/Maze-v0", maze="ice")
    model = environments.model_of(env)
    truth = value_iteration(model_of(bundled.bundled("ice").world()), 0.9)
    theirs = value_iteration(model, 0.9)
    free = truth.any(axis=1)
    assert np.abs(truth - theirs)[free].max() < 1e-9
    env.reset(seed=1)
    counts = np.zeros(30)
    for _ in range(4000):
        env.reset()
        env.unwrapped.state = 1  # slippery
        counts[env.step(2)[0]] += 1
    # down is a wall: 0.8 stay, 0.1 to each side
    assert counts[1] / 4000 == pytest.approx(0.8, abs=0.03)
    assert counts[0] / 4000 == pytest.approx(0.1, abs=0.03)


@pytest.mark.peer
def test_a_walk_through_the_environment(gym):
    env = gym.make("lmcli/Maze-v0", render_mode="ansi", goal=10, step=-2)
    assert env.reset(seed=0)[0] == 0
    walk = [env.step(action) for action in (0, 0, 2, 2, 0, 2)]
    assert [int(step[0]) for step in walk] == [1, 2, 6, 10, 11, 15]
    assert [step[1] for step in walk] == [-2] * 5 + [10]
    assert [step[2] for step in walk] == [False] * 5 + [True]
    assert env.render() == "S..#\n.#.#\n.#..\n...o\n"


@pytest.mark.peer
@pytest.mark.parametrize(
    "name, options, settings, length",
    [
        ("FrozenLake-v1", {"is_slippery": False}, {}, 6),
        ("CliffWalking-v1", {}, {}, 13),
        ("lmcli/Maze-v0", {"maze": "course"}, {}, 6),
    ],
)
def test_tabular_environments_train_to_their_best(gym, name, options, settings, length):
    env = environments.make(name, options)
    chosen = Settings(**settings)
    row = environments.verdict(env, chosen, environments.train(env, chosen))
    assert row.reached and row.success == 1
    assert row.greedy_length == length
    assert row.value == pytest.approx(row.best_value)
    assert row.cause is None


@pytest.mark.peer
def test_an_all_zero_table_is_named(gym):
    env = environments.make("FrozenLake-v1", {"map_name": "8x8"})
    chosen = Settings(episodes=5, epsilon=schedule.parse("0", "epsilon"))
    row = environments.verdict(env, chosen, environments.train(env, chosen))
    assert row.cause == "no reward was met in 5 episodes: every value is still 0"
    assert not row.reached


@pytest.mark.peer
@pytest.mark.parametrize(
    "name, options, what",
    [
        ("CartPole-v1", {}, "cannot be counted"),
        ("Blackjack-v1", {}, "cannot be counted"),
        ("FrozenLake-v99", {}, "cannot make"),
        ("FrozenLake-v1", {"depth": 3}, "cannot make"),
        ("no such thing", {}, "cannot make"),
    ],
)
def test_environments_that_cannot_be_learnt(gym, name, options, what):
    with pytest.raises(BadUsage, match=what):
        environments.make(name, options)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(MissingExtra, match="gymnasium"):
        environments.make("FrozenLake-v1", {})


def test_a_policy_is_exported_without_the_package_onnx(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    exported = export(run.Run(Settings(), [[[0.0]]], None, None), "r", tmp_path / "p.onnx")
    assert exported.size == (tmp_path / "p.onnx").stat().st_size > 0


@pytest.mark.peer
@pytest.mark.parametrize("algorithm", ["q", "double-q"])
def test_the_exported_policy_walks_to_the_goal_in_onnxruntime(algorithm, tmp_path):
    peer("onnx")
    peer("onnxruntime")
    import onnxruntime

    maze = bundled.bundled("dfs-15")
    settings = Settings(algorithm=algorithm, alpha=schedule.parse("0.5", "alpha"), gamma=0.97)
    history = train(maze.world(), settings)
    made = run.Run(settings, history.tables, history.steps, history.returns, maze=maze)
    row = export(made, "dfs.run", tmp_path / "p.onnx")
    session = onnxruntime.InferenceSession(row.file, providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["observation"]
    states = np.arange(225)
    actions, values = session.run(None, {"observation": states})
    table = np.array(made.table)
    assert np.array_equal(values, table)
    assert np.array_equal(actions, table.argmax(axis=1))
    world, state, walk = maze.world(), maze.world().start, [0]
    while state != world.goal and len(walk) < 300:
        state = world.moves[state][int(session.run(["action"], {"observation": [state]})[0][0])]
        walk.append(state)
    assert walk == greedy_path(world, made.table)
    assert session.get_modelmeta().custom_metadata_map["lmcli.map"] == maze.text()
