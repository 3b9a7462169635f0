"""What the fuzzer found, read again by all that reads such a file: tests/cases/fuzz/READER/CASE--NAME.

NAME is the sample that the file takes the place of. Also: the fuzzer sees the faults that it looks for.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.judging import Done, judged, left_behind
from tests.fuzz.mutators import mutate
from tests.fuzz.readers import READERS
from tests.fuzz.runner import Fuzz, Input
from tests.fuzz.samples import CASES

BY_NAME = {reader.name: reader for reader in READERS}
FOUND = sorted(path for path in (CASES / "fuzz").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def fuzz():
    names = {path.parent.name for path in FOUND}
    with Fuzz(0, tuple(BY_NAME[name] for name in sorted(names))) as opened:
        yield opened


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}: {path.name}")
def test_a_case(fuzz, path):
    reader = BY_NAME[path.parent.name]
    name = path.name.partition("--")[2]
    base = fuzz.bases[reader.name]
    (target,) = (file for file in fuzz.files(reader) if file.name == name)
    file = str(target.relative_to(base))
    for run in reader.runs:
        lines = tuple(run.replace("{}", file).split(" && "))
        report = fuzz.run(Input(reader, file, path.read_bytes(), lines))
        assert not report.faults, (lines, report.done[-1])


def test_an_input_follows_from_the_seed_and_its_number():
    data, other = b"word 1.5\n" * 9, b"a b c\n"
    for kind in ("text", "binary", "json", "yaml", "toml", "jsonl"):
        first, second = (mutate(random.Random("1/x/7"), data, other, kind) for _ in range(2))
        assert first == second != data


def test_what_is_judged():
    assert judged(Done("x", 0, "", "")) == judged(Done("x", 5, "", "error: line 1\n")) == []
    assert "bug in lmcli: KeyError" in judged(
        Done("x", 1, "", "error: KeyError: 'a'; this is a bug in lmcli: run again with --debug")
    )
    assert judged(Done("x", 7, "", "error")) and judged(Done("x", 1, "", ""))
    assert judged(Done("x", 1, "", "error: out of memory")) and judged(Done("x", 1, "", "\x1b[2J"))
    there = {"out.txt": (1, 2, 3)}
    assert left_behind(["a", "--out", "./out.txt"], 1, {}, there)
    assert left_behind(["a", "--out", "./out.txt"], 0, {}, {})
    assert left_behind(["a"], 0, {}, {".x-1": (1, 2, 3)})
    assert not left_behind(["a", "--out", "out.txt"], 5, {}, there)


def test_a_hang_and_a_crash_are_seen(tmp_path, monkeypatch):
    from tests.fuzz import worker

    monkeypatch.setattr(worker, "PATIENCE", 1.5)
    one = worker.Worker(tmp_path / "box")
    try:
        assert one.run(["@wait x"]).faults == ["hang: waits too long"]
        assert one.run(["@die x"]).faults[0].startswith("crash")
        assert one.run(["@grow x"]).faults[0].startswith("bug in lmcli: MemoryError")
        assert one.run(["config path"]).faults == []
    finally:
        one.close()


def test_the_cases_are_named_after_readers():
    assert {path.parent.name for path in FOUND} <= BY_NAME.keys()
    assert all("--" in path.name for path in FOUND), "CASE--NAME"
    assert all(path.stat().st_size < 20_000 for path in map(Path, FOUND))
