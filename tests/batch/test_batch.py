"""lmcli batch: the rows of the command alone, whatever the files, and nothing lost whenever it is killed."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lmcli.batch.job import Block, Job
from tests.conftest import command, peer

WORDS = ["king", "queen", "cat", "dog", "paris", "nosuchword", "house", "music"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(out: str) -> list[dict]:
    """The rows of all parts, in order."""
    rows = []
    for part in sorted(Path(out).glob("part-*")):
        if part.suffix == ".parquet":
            from pyarrow import parquet

            rows += parquet.read_table(part).to_pylist()
        else:
            rows += [json.loads(line) for line in part.read_text().splitlines()]
    return rows


def lines(count: int, step: int = 0) -> str:
    """JSON lines of words, each with a number."""
    return "".join(
        json.dumps({"id": n, "n": n, "w": WORDS[(n + step) % len(WORDS)]}) + "\n"
        for n in range(count)
    )


def errors_of(out: str) -> list[dict]:
    return [json.loads(line) for line in Path(out, "errors.jsonl").read_text().splitlines()]


def poison(folder: Path) -> str:
    """Write a package with a command that crashes, hangs or fails by word; the PYTHONPATH that has it."""
    package = folder / "poison"
    package.mkdir()
    (package / "poison.py").write_text(
        "import os, time, click\n"
        "from lmcli.frame import inputs, options\n"
        "@click.command()\n@inputs.argument('texts')\n@options.common()\n@click.pass_obj\n"
        "def poison(env, texts):\n"
        "    def answer(text):\n"
        "        if text == 'crash': os._exit(11)\n"
        "        if text == 'sleep': time.sleep(1000)\n"
        "        if text == 'bug': raise KeyError('x')\n"
        "        return {'text': text}\n"
        "    env.output.stream(texts.map(answer), texts)\n"
    )
    info = package / "poison-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lmcli.commands]\npoison = poison:poison\n")
    return f"{package}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"


def test_the_rows_are_those_of_the_command(process):
    text = lines(50)
    Path("w.jsonl").write_text(text)
    alone = process("similar", "--jsonl", "w", "-k", 2, "-f", "jsonl", stdin=text)
    batch = process("batch", "similar", "-k", 2, "--in", "w.jsonl", "--field", "w", "--out", "o",
                    "-f", "jsonl", "--block", 7, "--workers", 2)  # fmt: skip
    assert (alone.code, batch.code) == (5, 5), batch.err
    assert rows_of("o") == [json.loads(line) for line in alone.lines]
    assert [(e["row"], e["id"]) for e in errors_of("o")] == [
        (n + 1, n) for n in range(50) if WORDS[n % 8] == "nosuchword"
    ]
    status = process("batch", "status", "o", "-f", "json")
    assert json.loads(status.out)[0]["state"] == "done"
    again = process(
        "batch", "similar", "--in", "w.jsonl", "--field", "w", "--out", "o", "-f", "jsonl"
    )
    assert again.code == 2 and "--resume" in again.err


def test_without_pyarrow_text_goes_in_and_out(process, folder):
    (folder / "none").mkdir()
    (folder / "none/pyarrow.py").write_text("raise ImportError('none')")
    env = {"PYTHONPATH": f"{folder}/none{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    Path("w.jsonl").write_text('{"w": "king", "n": 1}\n{"w": "cat", "m": "x"}\n')
    Path("w.csv").write_text("w,n\nking,3\n")
    base = ("batch", "similar", "-k", 1, "--in", "w.jsonl", "--in", "w.csv", "--field", "w")
    assert process(*base, "--out", "j", "-f", "jsonl", env=env).code == 0
    assert [(row["query"], row.get("n")) for row in rows_of("j")] == [
        ("king", 1), ("cat", None), ("king", "3"),
    ]  # fmt: skip
    assert process(*base, "--out", "c", "-f", "csv", env=env).code == 0
    heads = [part.read_text().splitlines()[0] for part in sorted(Path("c").glob("part-*"))]
    assert heads == ["n,m,query,rank,word,score"] * 2
    refused = process(*base, "--out", "p", env=env)
    assert refused.code == 1 and "lmcli[batch]" in refused.err and "-f jsonl" in refused.err


def test_every_kind_of_file_and_a_wrong_record_in_each(process):
    peer("pyarrow")
    import pyarrow
    from pyarrow import parquet

    Path("in").mkdir()
    Path("in/a.csv").write_bytes(b'\xef\xbb\xbfw,n\nking,1\n"a\nb,c",2\ncat\n\xff,4\n')
    Path("in/b.txt").write_bytes(b"king\n\n\xff\ncat")
    Path("in/c.tsv").write_text('w\tn\nking\t"1\ncat\t2\n')
    with gzip.open("in/d.jsonl.gz", "wt") as file:
        file.write('{"w": "king", "n": 1}\n{"w": 3}\nnot\n{"n": 1}\n')
    table = pyarrow.table({"w": ["king", None], "n": ["1", "2"], "deep": [{"w": "cat"}, None]})
    parquet.write_table(table, "in/e.parquet")
    parquet.write_table(pyarrow.table({"n": ["1"]}), "in/f.parquet")
    Path("in/g.csv").write_text("")
    done = process("batch", "similar", "-k", 1, "--in", "in", "--field", "w", "--out", "o")
    assert done.code == 5, done.err
    found = {}
    for error in errors_of("o"):
        found.setdefault(Path(error["file"]).name, []).append(error["row"])
    assert found == {
        "a.csv": [2, 3, 4], "b.txt": [2, 3], "d.jsonl.gz": [2, 3, 4], "e.parquet": [2],
        "f.parquet": [None],
    }  # fmt: skip
    assert [row["query"] for row in rows_of("o")] == ["king"] + ["king", "cat"] * 2 + ["king"] * 2
    nested = process("batch", "similar", "-k", 1, "--in", "in/e.parquet", "--field", "deep.w",
                     "--out", "o2")  # fmt: skip
    assert nested.code == 5 and rows_of("o2")[0]["query"] == "cat"


def test_vectors_are_lists_of_a_fixed_size(process):
    peer("pyarrow")
    from pyarrow import parquet

    Path("t.txt").write_text("the cat sat\na dog\n你好\n")
    done = process("batch", "embed", "--method", "glove-mean", "--in", "t.txt", "--out", "o",
                   "--vectors", "float16")  # fmt: skip
    schema = parquet.read_schema(next(Path("o").glob("*.parquet")))
    kind = schema.field("embedding").type
    assert (kind.list_size, str(kind.value_type)) == (50, "halffloat"), done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("embd", "--in", "t.txt"), "Did you mean embed"),
        (("models", "list", "--in", "t.txt"), "takes no records"),
        (("embed", "--in", "none.txt"), "no such file"),
        (("embed", "--in", "*.csv"), "no input"),
        (("embed", "--in", "t.txt", "--nonsense"), "--nonsense"),
        (("embed", "--in", "t.txt", "--resume"), "no run"),
        (("embed", "--in", "t.txt", "--shard", "3/2"), "no part"),
        (("embed", "--in", "t.txt", "-f", "tsv"), "not written"),
    ],
)
def test_what_makes_no_sense_is_refused(process, words, says):
    Path("t.txt").write_text("a\n")
    form = () if "-f" in words else ("-f", "jsonl")
    done = process("batch", *words, *form, "--out", "o")
    assert done.code == 2 and says in done.err and "Traceback" not in done.err, done.err


@pytest.mark.slow
def test_limit_sample_and_shards(process):
    Path("w.jsonl").write_text(lines(40))
    base = ("batch", "tokenize", "--in", "w.jsonl", "--field", "w", "-f", "jsonl", "--block", 4)
    for shard in (1, 2, 3):
        assert process(*base, "--out", "s", "--shard", f"{shard}/3").code == 0
    assert process(*base, "--out", "whole").code == 0
    assert rows_of("s") == rows_of("whole")
    process(*base, "--out", "l", "--limit", 10)
    assert {row["n"] for row in rows_of("l")} == set(range(10))
    assert {row["n"] for row in rows_of("whole")} == set(range(40))
    process(*base, "--out", "x", "--sample", 9)
    assert len({row["n"] for row in rows_of("x")}) == 9
    dry = process(*base, "--out", "none", "--dry-run")
    assert dry.code == 0 and "40" in dry.out and not Path("none").exists()


def test_a_run_that_did_nothing_may_be_begun_again(process):
    Path("t.txt").write_text("king\n")
    base = ("batch", "similar", "--in", "t.txt", "--out", "o", "-f", "jsonl")
    assert process(*base, "--", "--model", "no-such-model").code == 4
    assert process(*base, "-k", 1).code == 0
    assert process(*base, "-k", 1).code == 2


def test_a_run_gone_on_with_must_be_the_same(process):
    Path("w.jsonl").write_text(lines(30))
    base = ("batch", "similar", "--in", "w.jsonl", "--field", "w", "--out", "o", "-f", "jsonl",
            "--block", 5)  # fmt: skip
    stopped = process(*base, "--max-errors", 1)
    assert stopped.code == 1 and "--resume" in stopped.err
    other = process(*base, "-k", 3, "--resume")
    assert other.code == 2 and "words" in other.err
    Path("w.jsonl").write_text(lines(31))
    assert "another file" in process(*base, "--resume").err


@pytest.mark.slow
def test_kills_at_any_moment_lose_nothing(process):
    Path("a").mkdir()
    Path("b").mkdir()
    Path("a/w.jsonl").write_text(lines(300))
    Path("b/w.jsonl").write_text(lines(300, 3))
    base = ("batch", "similar", "--in", "a", "--in", "b", "--field", "w", "--block", 10)
    begun = time.monotonic()
    assert process(*base, "--out", "whole", "-f", "jsonl").code == 5
    whole = time.monotonic() - begun
    chance, killed = random.Random(1), 0
    while killed < 20:
        words = (*base, "--out", "cut", "-f", "jsonl", "--workers", 2)
        words += ("--resume",) if Path("cut/journal.jsonl").exists() else ()
        run = subprocess.Popen(command(*words), stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.1, 0.4 * whole))
        if run.poll() is None:
            run.kill()
            killed += 1
        elif killed < 20:  # it came to its end: begin anew
            shutil.rmtree("cut")
        run.wait()
    process(*base, "--out", "cut", "-f", "jsonl", "--resume")
    assert rows_of("cut") == rows_of("whole")
    assert sorted(map(str, errors_of("cut"))) == sorted(map(str, errors_of("whole")))
    assert not list(Path("cut").glob(".part*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_that_can_be_gone_on_with(process, number):
    Path("w.jsonl").write_text(lines(4000))
    words = ("batch", "similar", "--in", "w.jsonl", "--field", "w", "--out", "o", "-f", "jsonl",
             "--block", 5)  # fmt: skip
    run = subprocess.Popen(command(*words), stderr=subprocess.PIPE)
    while not list(Path().glob("o/part-*")):
        time.sleep(0.05)
    second = process(*words, "--resume")
    assert second.code == 2 and "another run" in second.err
    run.send_signal(number)
    said = run.communicate(timeout=20)[1].decode()
    assert run.returncode == 130 and "--resume" in said and "Traceback" not in said


def test_ctrl_c_in_a_terminal_is_no_worker_s_business_from_its_first_moment(capfd):
    """A terminal sends SIGINT to all processes of a run: also to those whose Python is still starting."""
    from lmcli.batch.files.opening import find_inputs
    from lmcli.batch.hands.hand import Hand, Stopped

    Path("w.jsonl").write_text(lines(8))
    Path("o").mkdir()
    job = Job(("similar",), "o", find_inputs(["w.jsonl"]), "w", form="jsonl")
    hand = Hand(job, 1)
    begun = hand._begun()
    begun.send_signal(signal.SIGINT)
    done = hand.answer(Block(0, 0, 0, 8, 0))
    assert done.records == 8 and begun.poll() is None
    hand.close()
    with pytest.raises(Stopped):  # another thread that was about to begin one
        hand._begun()
    worker = [sys.executable, "-m", "lmcli.batch.hands.worker"]
    subprocess.run(worker, stdin=subprocess.DEVNULL, check=True, timeout=30)  # above it is gone
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_a_record_that_ends_or_stops_its_worker_is_set_aside(folder):
    """Records that crash, or never end, in a command of another package: a plugin of this test."""
    from lmcli.batch.hands.hand import _halves

    assert _halves(0, 8, 3) == [(0, 3), (3, 6), (6, 8)]
    path = poison(folder)
    texts = [f"t{n}" for n in range(40)]
    texts[7], texts[23], texts[31] = "crash", "sleep", "bug"
    Path("t.txt").write_text("\n".join(texts))
    done = subprocess.run(
        command("batch", "poison", "--in", "t.txt", "--out", "o", "-f", "jsonl", "--timeout", "2"),
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 5, done.stderr
    assert [error["row"] for error in errors_of("o")] == [8, 24, 32]
    assert [row["text"] for row in rows_of("o")] == [
        t for t in texts if t not in ("crash", "sleep", "bug")
    ]


def test_the_doors_for_python(folder):
    peer("pyarrow")
    import pyarrow

    from lmcli import batch

    Path("w.jsonl").write_text(lines(8))
    told = batch.run(["similar", "-k", "1"], ["w.jsonl"], "o", field="w", workers=1)
    assert (told["records"], told["rows"], told["errors"]) == (8, 7, 1)
    table = batch.Actor(["similar", "-k", "1"], "w")(pyarrow.table({"w": ["king", "nosuchword"]}))
    assert table["word"].to_pylist() == ["prince", None] and table["error"][1].as_py()
