"""The engine of Ray: the rows of the local one, from one node, from two of which one dies, and after kills."""

import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.batch.test_batch import errors_of, lines, rows_of
from tests.conftest import command, peer

pytestmark = [pytest.mark.peer, pytest.mark.slow]
LINE = ("batch", "similar", "--in", "w.jsonl", "--field", "w", "-f", "jsonl", "--block", 10)
STORE = 80_000_000


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, process):
    """A folder with 1,000 words, and what the local engine makes of them."""
    peer("ray")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    Path("w.jsonl").write_text(lines(1000))
    assert process(*LINE, "--out", "local").code == 5


def same(out: str) -> None:
    """Hold what a run wrote to what the local engine did; no record is there twice."""
    assert rows_of(out) == rows_of("local")
    assert errors_of(out) == errors_of("local")
    keys = [
        json.loads(line).get("key") for line in Path(out, "journal.jsonl").read_text().splitlines()
    ]
    found = [key for key in keys if key]
    assert len(found) == len(set(found)) == 100


def test_one_node(process):
    done = process(*LINE, "--out", "o", "--engine", "ray", "--report", timeout=200)
    assert done.code == 5 and "Traceback" not in done.err, done.err
    same("o")
    assert json.loads(Path("o/report.json").read_text())["records"] == 1000
    none = process(*LINE, "--out", "n", "--engine", "ray", "--address", "127.0.0.1:9", timeout=200)
    assert none.code == 1 and "ray start" in none.err, none.err


def test_a_node_that_dies_loses_nothing():
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        second = cluster.add_node(**node)
        words = command(*LINE, "--out", "o", "--engine", "ray", "--address", cluster.address)
        run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + 200
        while len(list(Path().glob("o/part-*"))) < 25:
            assert run.poll() is None and time.monotonic() < end, run.communicate()[0]
            time.sleep(0.05)
        cluster.remove_node(second, allow_graceful=False)
        assert len(list(Path("o").glob("part-*"))) < 100, "it was over before the node died"
        said = run.communicate(timeout=300)[0].decode()
        assert run.returncode == 5 and "Traceback" not in said, said
    finally:
        cluster.shutdown()
    same("o")


def test_kills_at_any_moment_lose_nothing(process):
    chance, killed = random.Random(2), 0
    ray = (*LINE, "--out", "o", "--engine", "ray")
    for _ in range(4):
        resume = ("--resume",) if Path("o/journal.jsonl").exists() else ()
        run = subprocess.Popen(command(*ray, *resume), stderr=subprocess.DEVNULL)
        before = len(list(Path().glob("o/part-*")))
        while run.poll() is None and len(list(Path().glob("o/part-*"))) == before:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 1.5))
        killed += run.poll() is None
        run.kill()
        run.wait()
    assert killed >= 2
    done = process(*ray, "--resume", timeout=200)
    assert done.code == 5, done.err
    same("o")
    assert not list(Path("o").glob(".part*"))


def test_the_actor_in_a_pipeline_of_ray_data():
    import ray

    from lmcli import batch

    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=STORE, log_to_driver=False)
    try:
        data = ray.data.from_items([{"w": word, "n": n} for n, word in enumerate(["king", "zzqx"])])
        rows = data.map_batches(
            batch.Actor,
            fn_constructor_args=(["similar", "-k", "1"], "w"),
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=1),
        ).take_all()
    finally:
        ray.shutdown()
    assert [(row["n"], row.get("word"), row["error"] is None) for row in sorted(rows, key=lambda row: row["n"])] == [
        (0, "prince", True), (1, None, False),
    ]  # fmt: skip
