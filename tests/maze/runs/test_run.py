"""Run files: what is written comes back; whatever is cut or changed is refused."""

from __future__ import annotations

import hashlib
import json
import random

import pytest

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.maze.files import bundled
from lmcli.maze.rules import RULES
from lmcli.maze.runs import run, run_file
from lmcli.maze.train import Settings, train


@pytest.fixture(scope="module")
def runs():
    """A run of each algorithm on each kind of maze."""
    made = []
    for algorithm in RULES:
        for name, slip in (("course", None), ("detour", 0.1)):
            maze = bundled.bundled(name)
            settings = Settings(algorithm=algorithm, episodes=60, converge=1e-9)
            recorder = run.Recorder(settings)
            history = train(maze.world(slip=slip), settings, recorder.trace_for)
            made.append(
                run.Run(
                    settings,
                    history.tables,
                    history.steps,
                    history.returns,
                    recorder.kept(history),
                    {"reached": True},
                    maze,
                    (None, None, slip),
                )
            )
    return made


@pytest.fixture
def written(runs, tmp_path):
    path = tmp_path / "a.run"
    run_file.write(path, runs[0])
    return path


def test_a_run_comes_back_as_it_was(runs, tmp_path):
    for number, made in enumerate(runs):
        path = tmp_path / f"{number}.run"
        run_file.write(path, made)
        back = run_file.read(path)
        assert back == made
        assert back.world() == made.world()
    assert [one.episode for one in runs[0].kept] == [1, 2, 5, 10, 20, 50, 60]
    assert not list(tmp_path.glob(".*"))  # nothing half-written is left


def test_the_file_is_json_lines_with_its_checksum(written):
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    head, *_, seal = map(json.loads, lines)
    assert head["format"] == "lmcli-maze-run"
    assert head["settings"]["alpha"] == "0.1"
    assert seal["sha256"] == hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()


def test_every_cut_is_refused(written):
    data = written.read_bytes()
    cuts = [0, 1, 10, 100, len(data) // 2, len(data) - 90, len(data) - 20, len(data) - 2]
    for cut in cuts:
        written.write_bytes(data[:cut])
        with pytest.raises(BadInput) as caught:
            run_file.read(written)
        assert str(written) in caught.value.message
    assert "cut: it ends in line" in caught.value.message


def test_every_changed_byte_is_refused(written):
    data = written.read_bytes()
    dice = random.Random(1)
    for place in [*dice.sample(range(len(data)), 150), len(data) - 1]:
        changed = bytearray(data)
        changed[place] ^= 1 << dice.randrange(8)
        written.write_bytes(changed)
        if place == len(data) - 1:
            continue  # the last newline is outside of what counts
        with pytest.raises(BadInput):
            run_file.read(written)


def sealed(path, lines):
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    seal = json.dumps({"sha256": hashlib.sha256(body).hexdigest()})
    path.write_bytes(body + seal.encode() + b"\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[0].update(version=2),
        lambda lines: lines[0].update(map="S..\n"),
        lambda lines: lines[0].pop("settings"),
        lambda lines: lines[0]["settings"].update(algorithm="magic"),
        lambda lines: lines[0]["settings"].update(more=1),
        lambda lines: lines[-1].update(tables="AAAA"),
        lambda lines: lines[-1].update(tables=lines[1]["trace"]),
        lambda lines: lines[1].update(trace=lines[-1]["tables"]),
        lambda lines: lines[1].update(steps="many"),
        lambda lines: lines[-2].pop("returns"),
        lambda lines: lines.pop(0),
    ],
)
def test_a_sealed_file_of_another_content_is_refused_without_a_traceback(written, change):
    lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()[:-1]]
    change(lines)
    sealed(written, lines)
    with pytest.raises(BadInput):
        run_file.read(written)


def test_a_bomb_is_not_unpacked(written):
    lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()[:-1]]
    lines[-1]["tables"] = run_file._packed(bytes(50_000_000))
    sealed(written, lines)
    with pytest.raises(BadInput, match="more data than its size allows"):
        run_file.read(written)


def test_files_that_are_no_runs(tmp_path):
    other = tmp_path / "maze.txt"
    other.write_text("S.G\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 1: not a run file"):
        run_file.read(other)
    with pytest.raises(BadInput, match="No such file"):
        run_file.read(tmp_path / "none")
    with pytest.raises(BadInput, match="Is a directory"):
        run_file.read(tmp_path)


def test_which_episodes_are_kept(runs):
    assert runs[0].episode("last").episode == 60
    with pytest.raises(BadUsage, match="episode 7 was not kept; the run holds 1, 2, 5"):
        runs[0].episode("7")
    with pytest.raises(BadUsage, match="'0' is no episode"):
        run.Recorder(Settings(), "0,1")
