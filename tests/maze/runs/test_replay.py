"""Replays: the moves are those of the run, and each format can be read by its readers."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from lmcli.draw.colormap import VIRIDIS
from lmcli.maze.files import bundled
from lmcli.maze.runs import run
from lmcli.maze.runs.replay import sampled, scene, scenes
from lmcli.maze.train import Settings, train
from lmcli.maze.view.picture import Scale, pictures, scale_of
from lmcli.maze.view.saving import save_replay


@pytest.fixture(scope="module")
def lesson():
    maze = bundled.bundled("course")
    settings = Settings(seed=1)
    recorder = run.Recorder(settings)
    history = train(maze.world(), settings, recorder.trace_for)
    return run.Run(
        settings, history.tables, history.steps, history.returns, recorder.kept(history), {}, maze
    )


def test_moves_follow_one_another_and_end_at_the_goal(lesson):
    for which in ("1", "10", "last", "greedy"):
        moves = list(scene(lesson, which).moves())
        assert (moves[0].row, moves[0].column) == (0, 0)
        assert (moves[-1].to_row, moves[-1].to_column) == (3, 3)
        for before, after in pairwise(moves):
            assert (before.to_row, before.to_column) == (after.row, after.column)
    assert len(moves) == 6
    first = scene(lesson, "1")
    assert first.returns()[-1] == lesson.returns[0]
    assert first.steps == lesson.steps[0]


def test_the_table_moves_as_it_did(lesson):
    tables = [np.array(table) for table in scene(lesson, "1").tables()]
    assert not tables[0].any()
    for before, after in pairwise(tables):
        assert (before != after).sum() <= 1  # a step changes one value
    assert np.array_equal(tables[-1], np.array(lesson.episode("2").tables[0]))


def test_samples_hold_both_ends():
    assert sampled(5, 10) == [0, 1, 2, 3, 4, 5]
    assert sampled(1000, 5) == [0, 250, 500, 750, 1000]
    assert len(sampled(99_999, 120)) == 120


def test_colours_span_the_values_of_the_whole_run(lesson):
    scale = scale_of(lesson)
    assert scale.high == pytest.approx(100)
    assert scale.low < 0
    assert scale.color(scale.high) == VIRIDIS(1.0)
    assert Scale(0, 0).color(0) == VIRIDIS(1.0)
    shown = list(pictures(scene(lesson, "1"), scale, 1000))
    assert shown[0].values == [None] * 16
    assert shown[-1].caption.startswith(f"episode 1 of 1000: step {lesson.steps[0]} of")


def test_gif(lesson, tmp_path):
    path = tmp_path / "r.gif"
    row = save_replay(lesson, scenes(lesson, "1,greedy"), path, 0.1, 20)
    with Image.open(path) as image:
        assert image.n_frames == row.pictures
        assert image.info["duration"] == 100
        image.seek(image.n_frames - 1)
        last = np.array(image.convert("RGB"))
    assert (abs(last.astype(int) - (214, 58, 82)).sum(axis=2) < 30).sum() > 1000  # the goal's red
    assert row.size == path.stat().st_size


def test_svg_and_png(lesson, tmp_path):
    path = tmp_path / "r.svg"
    save_replay(lesson, scenes(lesson, "1,10,greedy"), path, 0.1, 20)
    tree = ElementTree.parse(path)
    texts = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert [text.split(":")[0] for text in texts if ": step" in text] == [
        "episode 1 of 1000",
        "episode 10 of 1000",
        "greedy policy after 1000 episodes",
    ]
    assert "55.0" in texts  # the start's value at the end
    save_replay(lesson, scenes(lesson, "greedy"), tmp_path / "r.png", 0.1, 20)
    with Image.open(tmp_path / "r.png") as image:
        assert image.width > 400


def test_cast(lesson, tmp_path):
    path = tmp_path / "r.cast"
    row = save_replay(lesson, scenes(lesson, "1,last"), path, 0.25, 50)
    head, *events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (head["version"], head["height"]) == (2, 5)
    assert head["width"] >= 60
    times = [time for time, _, _ in events]
    assert times == sorted(times)
    assert all(kind == "o" for _, kind, _ in events)
    assert len(events) == row.pictures + 2
    screen = "".join(text for _, _, text in events)
    assert "episode 1 of 1000: step 0 of" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


def test_html_stands_alone(lesson, tmp_path):
    path = tmp_path / "r.html"
    row = save_replay(lesson, scenes(lesson, "1,greedy"), path, 0.1, 50)
    page = path.read_text(encoding="utf-8")
    assert "{{" not in page
    assert not re.search(r"(src|href)\s*=|https?://", page)
    data = json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert len(data["frames"]) == row.pictures
    assert data["rows"] == ["S..#", ".#.#", ".#..", "...G"]
    cells = {}
    for frame in data["frames"]:
        cells.update({state: (color, action) for state, color, action in frame["cells"]})
    assert cells[0][1] == 0  # right from the start
    assert cells[14][0] == 255  # the cell before the goal is worth most


def test_a_name_cannot_break_out_of_the_page(lesson, tmp_path):
    from dataclasses import replace

    evil = "</script><script>alert(1)</script>"
    maze = replace(lesson.maze, name=evil)
    path = tmp_path / "r.html"
    save_replay(replace(lesson, maze=maze), scenes(lesson, "greedy"), path, 0.1, 50)
    assert "<script>alert" not in path.read_text(encoding="utf-8")
