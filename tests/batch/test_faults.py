"""What goes wrong in real corpora: records that kill their worker, odd files, a row group of 100 MB."""

import gzip
import json
import os
import random
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.batch.test_batch import errors_of, lines, poison, rows_of
from tests.conftest import command, peer

TEXTS = ["a", "crash", "b", "c", "bug", "d"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.peer
def test_poison_in_each_format(process, folder):
    peer("pyarrow")
    import pyarrow
    from pyarrow import parquet

    Path("in").mkdir()
    rows = "".join(json.dumps({"id": f"r{n}", "text": text}) + "\n" for n, text in enumerate(TEXTS))
    Path("in/a.jsonl").write_text(rows)
    Path("in/b.csv").write_text("text,id\n" + "".join(f"{t},r{n}\n" for n, t in enumerate(TEXTS)))
    Path("in/c.tsv").write_text("id\ttext\n" + "".join(f"r{n}\t{t}\n" for n, t in enumerate(TEXTS)))
    Path("in/d.txt").write_text("\n".join(TEXTS))
    Path("in/e.jsonl.gz").write_bytes(gzip.compress(rows.encode()))
    table = pyarrow.table({"text": TEXTS, "id": [f"r{n}" for n in range(6)]})
    parquet.write_table(table, "in/f.parquet")
    with pyarrow.CompressedOutputStream("in/g.jsonl.zst", "zstd") as stream:
        stream.write(rows.encode())
    done = process("batch", "poison", "--in", "in", "--out", "o", "--workers", 2,
                   env={"PYTHONPATH": poison(folder)}, timeout=200)  # fmt: skip
    assert done.code == 5, done.err
    found = {}
    for error in errors_of("o"):
        found.setdefault(Path(error["file"]).name, []).append((error["row"], error.get("id")))
    assert found.keys() == {path.name for path in Path("in").iterdir()}
    assert all([row for row, _ in errors] == [2, 5] for errors in found.values())
    assert all([n for _, n in e] == ["r1", "r4"] for name, e in found.items() if name != "d.txt")
    assert [row["text"] for row in rows_of("o")] == ["a", "b", "c", "d"] * 7
    assert [row["id"] for row in rows_of("o")][:4] == ["r0", "r2", "r3", "r5"]


@pytest.mark.peer
def test_nested_and_absent_columns_empty_files_and_the_same_name_twice(process):
    peer("pyarrow")
    import pyarrow
    from pyarrow import parquet

    for name in ("one", "two"):
        Path(name).mkdir()
    deep = [{"who": "x", "tags": ["a", "b"]}, None]
    parquet.write_table(
        pyarrow.table({"w": ["king", "cat"], "deep": deep, "n": [1, 2]}), "one/a.parquet"
    )
    parquet.write_table(pyarrow.table({"w": ["queen"], "late": [True]}), "two/a.parquet")
    parquet.write_table(pyarrow.table({"w": pyarrow.array([], pyarrow.string())}), "two/b.parquet")
    for kind in ("jsonl", "csv", "txt"):
        Path(f"two/empty.{kind}").write_text("")
    Path("two/head.csv").write_text("w,n\n")
    Path("two/z.csv").write_bytes(b"\xef\xbb\xbfw,n\r\nmusic,7\r\n")
    done = process(
        "batch", "similar", "-k", 1, "--in", "one", "--in", "two", "--field", "w", "--out", "o"
    )
    assert done.code == 0, done.err
    rows = rows_of("o")
    assert [row["query"] for row in rows] == ["king", "cat", "queen", "music"]
    assert [row["deep"] for row in rows] == [*deep, None, None]
    assert [(row["n"], row["late"]) for row in rows] == [
        ("1", None), ("2", None), (None, True), ("7", None),
    ]  # fmt: skip
    schemas = {str(parquet.read_schema(part)) for part in Path("o").glob("*.parquet")}
    assert len(schemas) == 1, "one reader must be able to read all parts"
    nothing = process("batch", "similar", "--in", "two/empty.txt", "--out", "e", "-f", "jsonl")
    assert nothing.code == 0 and not list(Path("e").glob("part*")), nothing.err


@pytest.mark.slow
@pytest.mark.peer
def test_memory_is_bounded_by_blocks_not_by_a_row_group(process):
    peer("pyarrow")
    import pyarrow
    from pyarrow import parquet

    text = "the quick brown fox jumps over the lazy dog and runs away "
    words = [f"{n} {text * 17}" for n in range(105_000)]
    table = pyarrow.table({"text": words, "n": range(len(words))})
    parquet.write_table(table, "big.parquet", row_group_size=len(words), compression="none",
                        use_dictionary=False)  # fmt: skip
    assert parquet.ParquetFile("big.parquet").metadata.row_group(0).total_byte_size > 100_000_000
    parquet.write_table(table.slice(0, 100), "small.parquet")
    memory = []
    for name in ("small", "big"):
        done = process("batch", "embed", "--method", "glove-mean", "--in", f"{name}.parquet",
                       "--out", name, "--sample", 100, "--report", "--workers", 1, timeout=300)  # fmt: skip
        assert done.code == 0, done.err
        memory.append(json.loads(Path(name, "report.json").read_text())["memory"])
    assert len(rows_of("big")) == 100
    assert memory[1] < memory[0] + 64_000_000, "less than the row group"


@pytest.mark.slow
def test_workers_that_are_killed_are_begun_again(process):
    Path("w.jsonl").write_text(lines(600))
    base = ("batch", "similar", "--in", "w.jsonl", "--field", "w", "-f", "jsonl", "--block", 10)
    assert process(*base, "--out", "whole").code == 5
    run = subprocess.Popen(command(*base, "--out", "o", "--workers", 2), stderr=subprocess.PIPE)
    chance, killed = random.Random(3), 0
    while run.poll() is None:
        time.sleep(chance.uniform(0.1, 0.6))
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        tasks = children.parent.parent.glob("*/children")
        pids = [pid for task in tasks if task.exists() for pid in task.read_text().split()]
        if pids and killed < 8 and list(Path().glob("o/part-*")):
            with suppress(ProcessLookupError):
                os.kill(int(chance.choice(pids)), signal.SIGKILL)
                killed += 1
    assert run.returncode == 5 and killed >= 3, run.stderr.read()
    assert rows_of("o") == rows_of("whole")
    assert errors_of("o") == errors_of("whole"), "no record was blamed for it"


@pytest.mark.slow
def test_a_full_disk_and_a_folder_that_is_gone_end_the_run_with_a_word(process):
    Path("w.jsonl").write_text(lines(3000))
    base = ("batch", "similar", "--in", "w.jsonl", "--field", "w", "-f", "jsonl", "--block", 100)
    full = subprocess.run(
        ["bash", "-c", f"ulimit -f 40; {shlex.join(command(*base, '--out', 'o'))}"],
        capture_output=True, check=False, timeout=100,
    )  # fmt: skip
    assert full.returncode == 1 and b"Traceback" not in full.stderr, full.stderr
    assert b"make room" in full.stderr and b"--resume" in full.stderr, full.stderr
    run = subprocess.Popen(command(*base, "--out", "gone"), stderr=subprocess.PIPE)
    while not list(Path().glob("gone/part-*")):
        time.sleep(0.05)
    Path("gone").rename("moved")
    said = run.communicate(timeout=100)[1].decode()
    assert run.returncode == 1 and "Traceback" not in said and "gone" in said, said
