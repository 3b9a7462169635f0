"""The commands as a user meets them: formats, pipes, exit codes, terminals."""

from __future__ import annotations

import json
import os
import time

import pexpect
import pytest

from tests.conftest import ROOT, command, peer

BAD = {
    "no goal": b"S..\n...\n",
    "two starts": b"S..\n.S.\n..G\n",
    "ragged": b"S..\n..\n..G\n",
    "huge": b"." * 10_000_000,
    "binary": bytes(range(256)),
}


@pytest.fixture
def course_run(lmcli, tmp_path):
    path = tmp_path / "course.run"
    assert lmcli("maze", "train", "course", "--seed", 1, "--record", path).code == 0
    return path


def test_a_new_maze_goes_through_a_pipe(lmcli):
    drawn = lmcli("maze", "new", "--size", "9x15", "--algorithm", "wilson", "--seed", 4)
    assert (
        drawn.out
        == lmcli("maze", "new", "--size", "9x15", "--algorithm", "wilson", "--seed", 4).out
    )
    assert [len(line) for line in drawn.lines] == [15] * 9
    solved = lmcli("maze", "solve", "-f", "json", stdin=drawn.out)
    (row,) = json.loads(solved.out)
    assert row["path"][0] == [0, 0] and row["path"][-1] == [8, 14]
    assert row["length"] == len(row["path"]) - 1
    (again,) = json.loads(lmcli("maze", "show", "-", "-f", "json", stdin=drawn.out).out)
    assert again["shortest_length"] == row["length"]
    trained = lmcli(
        "maze", "train", "--alpha", "0.5", "--gamma", "0.97", "-f", "jsonl", stdin=drawn.out
    )
    assert json.loads(trained.lines[-1])["greedy_length"] == row["length"]


def test_the_json_rows_are_those_of_the_documentation(lmcli):
    (row,) = json.loads(lmcli("maze", "solve", "course", "-f", "json").out)
    assert {"length", "path"} <= set(row)
    assert row["length"] == 6
    rows = json.loads(
        lmcli("maze", "train", "course", "--seed", 1, "--every", 250, "-f", "json").out
    )
    assert [row["episodes"] for row in rows] == [250, 500, 750, 1000]
    assert list(rows[-1])[:7] == [
        "episodes", "steps", "reached", "greedy_length", "shortest_length", "converged", "seed",
    ]  # fmt: skip
    assert (rows[-1]["reached"], rows[-1]["greedy_length"], rows[-1]["seed"]) == (True, 6, 1)


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_map_is_named_with_its_place_and_the_rest_goes_on(lmcli, tmp_path, content):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    result = lmcli("maze", "solve", "course", bad, "ice")
    assert result.code == 5
    assert [fields[:2] for fields in result.table] == [["course", "6"], ["ice", "9"]]
    assert "bad.txt, line " in result.err and ", column " in result.err
    assert lmcli("maze", "train", bad).code == 1


def test_no_path_is_no_answer(lmcli):
    walled = "S#G\n"
    for words in (["solve"], ["solve", "--method", "astar"], ["train"]):
        result = lmcli("maze", *words, stdin=walled)
        assert result.code == 3
        assert "stdin, line 1, column 3: no path leads to the goal" in result.err
    assert "-" not in lmcli("maze", "show", stdin=walled).out


def test_a_damaged_run_is_refused_and_the_rest_goes_on(lmcli, course_run, tmp_path):
    data = course_run.read_bytes()
    cut, changed = tmp_path / "cut.run", tmp_path / "changed.run"
    cut.write_bytes(data[: len(data) // 2])
    changed.write_bytes(data[:4000] + bytes([data[4000] ^ 1]) + data[4001:])
    result = lmcli("maze", "q", cut, course_run, changed, "-f", "csv")
    assert result.code == 5
    assert len(result.lines) == 1 + 12
    assert "cut: it ends in line" in result.err
    assert "changed since it was written" in result.err
    listed = lmcli("maze", "q", stdin=f"{cut}\n{course_run}\n")
    assert (listed.code, len(listed.lines)) == (5, 12)
    assert "line 1: " in listed.err
    for words in (["replay", cut], ["export", cut, "--out", tmp_path / "p.onnx"]):
        assert lmcli("maze", *words).code == 1
    assert not (tmp_path / "p.onnx").exists()


def test_the_table_in_all_its_forms(lmcli, course_run):
    rows = json.loads(lmcli("maze", "q", course_run, "-f", "json").out)
    start = rows[0]
    assert (start["row"], start["column"], start["policy"]) in ((0, 0, "right"), (0, 0, "down"))
    assert start["value"] == pytest.approx(54.9539, abs=1e-3)
    assert len(rows) == 12
    plain = lmcli("maze", "q", course_run).table
    assert [float(value) for value in plain[0][2:6]] == [
        start[action] for action in ("right", "left", "down", "up")
    ]


def test_a_replay_in_a_pipe_is_its_moves(lmcli, course_run):
    result = lmcli("maze", "replay", course_run, "--episode", "1,greedy", "-f", "jsonl")
    moves = [json.loads(line) for line in result.lines]
    greedy = [move for move in moves if move["episode"] == "greedy"]
    assert [move["step"] for move in greedy] == [1, 2, 3, 4, 5, 6]
    assert (greedy[-1]["to_row"], greedy[-1]["to_column"], greedy[-1]["reward"]) == (3, 3, 100)


@pytest.mark.parametrize(
    "words, code, what",
    [
        (["new", "--size", "8x8"], 2, "try --size 9x9"),
        (["new", "--size", "axb"], 2, "is not a size"),
        (["new", "--loops", "nan"], 2, "nan"),
        (["train", "course", "--alpha", "2"], 2, "--alpha lies between 0 and 1"),
        (["train", "course", "--epsilon", "wild"], 2, "is no schedule"),
        (["train", "course", "--gamma", "1.5"], 2, "1.5"),
        (["train", "course", "--record", "/no/such/folder/x.run"], 2, "no such folder"),
        (["train", "course", "--keep", "0", "--record", "x.run"], 2, "is no episode"),
        (["train", "nowhere"], 1, "no file and no bundled maze"),
        (["train", "--env", "FrozenLake-v1", "--slip", "0.1"], 2, "are for mazes"),
        (["train", "course", "--option", "a=1"], 2, "--option is for --env"),
        (["train", "--env", "FrozenLake-v1", "--option", "a"], 2, "is not KEY=VALUE"),
        (["replay", "none.run"], 1, "No such file"),
    ],
)
def test_mistakes(lmcli, tmp_path, monkeypatch, words, code, what):
    monkeypatch.chdir(tmp_path)
    result = lmcli("maze", *words)
    assert result.code == code
    assert what in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.peer
@pytest.mark.parametrize("form", ["plain", "table"])
def test_an_environment_that_is_never_solved_exits_with_3(lmcli, tmp_path, form):
    peer("gymnasium")
    record = tmp_path / "lake.run"
    words = ("maze", "train", "--env", "FrozenLake-v1", "--episodes", 3, "--epsilon", 0)
    result = lmcli(*words, "--record", record, "-f", form)
    assert result.code == 3 and record.exists()
    assert "FrozenLake-v1: no greedy episode succeeds" in result.err
    assert ("every value is still 0" in result.err) == (form == "plain")
    assert "every value is still 0" in " ".join(result.out.split())


def test_mistakes_in_a_replay(lmcli, course_run, tmp_path):
    for words, what in (
        (["--save", tmp_path / "r.bmp"], "no replay format '.bmp'"),
        (["--save", tmp_path / "none" / "r.gif"], "no such folder"),
        (["--episode", "7"], "episode 7 was not kept; the run holds 1, 2, 5, 10"),
        (["--episode", ","], "no episode to play"),
        (["--speed", "0"], "0"),
    ):
        result = lmcli("maze", "replay", course_run, *words)
        assert result.code == 2, words
        assert what in result.err


def test_replays_are_saved_in_each_format(lmcli, course_run, tmp_path):
    for suffix in ("gif", "svg", "png", "cast", "html"):
        path = tmp_path / f"replay.{suffix}"
        result = lmcli(
            "maze", "replay", course_run, "--episode", "1,greedy", "--save", path, "-f", "jsonl"
        )
        row = json.loads(result.out)
        assert row["episodes"] == ["1", "greedy"]
        assert row["size"] == path.stat().st_size > 1000


def test_nothing_but_rows_in_a_pipe(process):
    result = process("maze", "train", "course", "--seed", "1")
    assert result.out == "1000\t7637\ttrue\t6\t6\tfalse\t1\t\t\n"
    assert result.err == ""


def test_an_interrupted_training_leaves_no_file(tmp_path):
    words = ["maze", "train", "open-50", "--episodes", "1000000", "--record", tmp_path / "x.run"]
    child = spawn(*words, cwd=str(tmp_path), dimensions=(40, 120))
    child.expect("greedy", timeout=30)  # the live view is up
    child.sendintr()
    child.expect(pexpect.EOF, timeout=30)
    child.close()
    assert child.exitstatus == 130
    assert list(tmp_path.iterdir()) == []


def test_training_is_shown_live_on_a_terminal():
    child = spawn(
        "maze",
        "train",
        "open-50",
        "--gamma",
        "0.99",
        "--episodes",
        "1500",
        "--no-trial",
        dimensions=(60, 120),
    )
    child.expect(r"episode \d+ of 1500   greedy .*shortest 98", timeout=30)
    child.expect(r"return -?\d+\.\d, \d+\.\d steps   epsilon 0\.2", timeout=30)
    child.expect(r"1500 episodes, \d+ steps on open-50", timeout=60)
    child.expect(pexpect.EOF, timeout=60)
    child.close()
    assert child.exitstatus == 3  # seed 0 leaves it short of the goal


def test_a_replay_obeys_its_keys(course_run):
    child = spawn(
        "maze", "replay", course_run, "--episode", "10", "--speed", "2", dimensions=(30, 100)
    )
    child.expect("step 0 of ", timeout=30)
    child.send(" ")
    child.expect("paused", timeout=10)
    child.send("n")
    child.expect(r"step (\d+) of ", timeout=10)
    here = int(child.match[1])
    child.send("\x1b[C")
    child.expect(f"step {here + 1} of ", timeout=10)
    child.send("b")
    child.expect(f"step {here} of ", timeout=10)
    begin = time.monotonic()
    child.send("q")
    child.expect(pexpect.EOF, timeout=10)
    child.close()
    assert child.exitstatus == 0
    assert time.monotonic() - begin < 5


def spawn(*words, **options):
    program, *arguments = command(*words)
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    return pexpect.spawn(program, arguments, env=variables, encoding="utf-8", **options)


def test_a_policy_that_leads_nowhere_is_said_by_train_q_and_replay(lmcli, tmp_path):
    run = tmp_path / "z.run"
    case = ROOT / "tests" / "cases" / "symbolic" / "zero-step-12x12.txt"
    trained = lmcli("maze", "train", case, "--no-trial", "--record", run, "-f", "json")
    assert trained.code == 3 and json.loads(trained.out)[0]["reached"] is False
    assert "row 0, column 11" in trained.err and "--epsilon" in trained.err
    table = lmcli("maze", "q", run, "-f", "json")
    assert table.code == 3 and "nothing was learnt" in table.err
    assert {row["policy"] for row in json.loads(table.out)} == {None}
    replay = lmcli("maze", "replay", run, "--episode", "greedy")
    assert replay.code == 3 and replay.table[-1][:4] == ["greedy", "1", "0", "11"]
    assert "nothing was learnt" in replay.err


def test_a_greedy_replay_that_stands_still_says_where(lmcli, tmp_path):
    run = tmp_path / "short.run"
    assert (
        lmcli("maze", "train", "dfs-15", "--episodes", 3, "--no-trial", "--record", run).code == 3
    )
    replay = lmcli("maze", "replay", run, "--episode", "greedy")
    assert replay.code == 3 and "the greedy walk " in replay.err
    assert lmcli("maze", "replay", run, "--episode", "1").code == 0
