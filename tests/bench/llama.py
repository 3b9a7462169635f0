"""lmcli beside llama.cpp on the same two files: tokens, perplexity, speed, memory, and where a cold start's time goes.

    python -m tests.bench.llama [--models smollm2,qwen] [--rounds 9] [--threads 2] [--folder DIR] [--texts 5000]
        [--tokens 2000] [--only tokens,perplexity,speed,cold]

Needs llama-cpp-python. What is prepared (GGUF files and converted models, 1.4 GB) is kept in DIR. Speeds are those of
`lmcli models bench --against llama.cpp`: every figure comes of a process of its own, and processes are taken in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.timing import INSTALLED, ROOT

MODELS = {"smollm2": "smollm2-135m-instruct", "qwen": "qwen"}
CHUNK = 256  # tokens that perplexity is measured on at once: each but the first of a chunk counts

# What a cold process does up to its first token, one after the other; printed in ms of this process's time.
PHASES = """
import time; marks = [("", time.perf_counter())]
def mark(name): marks.append((name, time.perf_counter()))
import gc, sys
from pathlib import Path
folder, threads = Path(sys.argv[1]), int(sys.argv[2])
from lmcli.__main__ import NEW_OBJECTS
from lmcli.cli import cli
from lmcli.frame.environment import Environment
gc.set_threshold(NEW_OBJECTS); Environment.of_process(); mark("click, environment")
import numpy; mark("numpy")
from lmcli.nn import onnx; onnx.load(); mark("onnxruntime")
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.decoder import SharedDecoder
from lmcli.nn.decoding.model import LanguageModel
from lmcli.nn.decoding.opening import large_pages; mark("lmcli's modules")
from lmcli.nn.tokenize import Tokenizer
tokenizer = Tokenizer(folder); ids = tokenizer.ids("The capital of France is"); mark("tokenizer")
with large_pages(folder / "model.onnx"):
    session = onnx.open_session(folder / "model.onnx", threads=threads, optimisation="none"); mark("session")
decoder = SharedDecoder(session)
context = Context(LanguageModel(name="", decoder=decoder, tokenizer=tokenizer, context=2048, ends=frozenset()))
context.read(ids); mark("first run"); context.read([*ids[:2]]); mark("second run")
print(";".join(f"{name}={1000 * (end - start):.1f}" for (_, start), (name, end) in zip(marks, marks[1:])))
"""


def prepare(folder: Path, names: list[str]) -> None:
    """The GGUF file and the model made of it, for each."""
    from lmcli.frame.models import write_spec
    from lmcli.gpt.convert import build, build_qwen
    from lmcli.gpt.convert.convert import convert

    fetch = {"smollm2": build.fetch, "qwen": build_qwen.fetch}
    for name in names:
        source, target = folder / f"{name}.gguf", folder / MODELS[name]
        if not source.exists():
            fetch[name](source, print)
        if not (target / "model.toml").exists():
            target.mkdir(exist_ok=True)
            write_spec(target, build.spec_of(MODELS[name]), convert(source, target))


def mixed(count: int) -> list[str]:
    """Texts of all kinds, a fifth of them Chinese prose of this project's documents."""
    from tests.gpt.texts import assorted

    pages = [ROOT / "README.zh.md", *sorted((ROOT / "docs" / "zh").glob("*.md"))]
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if line]
    chinese = [lines[number * 7 % len(lines)] for number in range(count // 5)]
    return chinese + assorted(count - len(chinese))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """llama.cpp's own words on stderr, kept away."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept), os.close(null)


def show_tokens(folder: Path, name: str, count: int) -> None:
    """How many texts the two cut alike, control tokens read as such."""
    from llama_cpp import Llama

    from lmcli.nn.tokenize import Tokenizer

    with quiet():
        llama = Llama(str(folder / f"{name}.gguf"), vocab_only=True, verbose=False)
    own, table = Tokenizer(folder / MODELS[name]), Tokenizer(folder / MODELS[name])
    own.encode("")  # the library's own from here on; the other one is the mapped table
    equal = short = tokens = 0
    for text in mixed(count):
        wanted = llama.tokenize(text.encode(), add_bos=False, special=True)
        equal += list(own.encode(text).ids) == wanted
        short += table.ids(text) == wanted
        tokens += len(wanted)
    print(
        f"{name}: of {count} texts, {tokens} tokens, cut as llama.cpp does: {equal}, by the table {short}"
    )


def losses_of_llama(path: Path, text: str, most: int, threads: int) -> tuple[list[int], np.ndarray]:
    """The ids of a text, and the loss of each token but the first of a chunk."""
    from llama_cpp import Llama

    with quiet():
        llama = Llama(
            str(path), n_ctx=CHUNK, n_batch=CHUNK, n_threads=threads, n_threads_batch=threads,
            logits_all=True, verbose=False,
        )  # fmt: skip
    ids = llama.tokenize(text.encode(), add_bos=False)[:most]
    found = []
    for at in range(0, len(ids) - 1, CHUNK):
        part = ids[at : at + CHUNK]
        llama.reset()
        llama.eval(part)
        found.append(_losses(llama.scores[: len(part)], part))
    return ids, np.concatenate(found)


def losses_of_lmcli(folder: Path, ids: list[int], threads: int) -> np.ndarray:
    from lmcli.frame.models import read_spec
    from lmcli.nn.decoding.context import Context
    from lmcli.nn.decoding.model import open_model

    model = open_model(read_spec(folder), threads=threads)
    found = []
    for at in range(0, len(ids) - 1, CHUNK):
        part = ids[at : at + CHUNK]
        logits = model.decoder.run(Context(model).cache, np.array([part]), np.arange(len(part)))
        found.append(_losses(logits, part))
    return np.concatenate(found)


def _losses(logits: np.ndarray, ids: list[int]) -> np.ndarray:
    wide = np.asarray(logits[:-1], np.float64)
    top = wide.max(axis=1)
    sums = np.log(np.exp(wide - top[:, None]).sum(axis=1)) + top
    return sums - wide[np.arange(len(ids) - 1), ids[1:]]


def show_perplexity(folder: Path, name: str, most: int, threads: int) -> None:
    """The perplexity of both on English news and Chinese prose."""
    import re

    from tests.gpt.texts import news

    chinese = re.sub(r"```.*?```", "", (ROOT / "README.zh.md").read_text("utf-8"), flags=re.S)
    for language, text in (("English", news(5 * most)), ("Chinese", chinese)):
        ids, other = losses_of_llama(folder / f"{name}.gguf", text, most, threads)
        own = losses_of_lmcli(folder / MODELS[name], ids, threads)
        ratio = np.exp(own.mean() - other.mean())
        print(
            f"{name}: perplexity on {len(own)} tokens of {language}: lmcli {np.exp(own.mean()):.3f}, "
            f"llama.cpp {np.exp(other.mean()):.3f}, ratio {ratio:.4f}"
        )


def show_speed(folder: Path, name: str, threads: int, rounds: int) -> None:
    """What `lmcli models bench --against llama.cpp` prints, and the memory beside the files' sizes."""
    from lmcli.frame.models import read_spec
    from lmcli.store.measure.against import against

    model, gguf = read_spec(folder / MODELS[name]), folder / f"{name}.gguf"
    rows = against(model, gguf, threads, rounds, note=print)
    for row in rows:
        print(
            f"{name}: {row.measure:24}{row.lmcli:10.3f}{row.llama_cpp:10.3f} {row.unit:9} ratio {row.ratio:.2f}"
        )
    sizes = [gguf.stat().st_size / 1e6, (model.folder / "model.onnx_data").stat().st_size / 1e6]
    memory = rows[-1].lmcli
    print(
        f"{name}: peak memory is {memory / sizes[0]:.2f} x the GGUF file ({sizes[0]:.0f} MB), "
        f"{memory / sizes[1]:.2f} x the weights that lmcli runs ({sizes[1]:.0f} MB)"
    )


def show_cold(folder: Path, name: str, threads: int, rounds: int) -> None:
    """Medians of each part of a cold start, one after the other (the program itself overlaps some)."""
    runs: list[dict[str, float]] = []
    for _ in range(rounds):
        command = [sys.executable, "-c", PHASES, str(folder / MODELS[name]), str(threads)]
        words = subprocess.run(
            command, check=True, capture_output=True, text=True, env=INSTALLED, cwd=ROOT
        ).stdout
        runs.append({k: float(v) for k, v in (part.split("=") for part in words.split(";"))})
    parts = {part: statistics.median(run[part] for run in runs) for part in runs[0]}
    print(f"{name}: cold start, ms:", ", ".join(f"{part} {ms:.0f}" for part, ms in parts.items()))


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--models", default="smollm2,qwen")
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--texts", type=int, default=5000)
    arguments.add_argument("--tokens", type=int, default=2000)
    arguments.add_argument("--only", default="tokens,perplexity,speed,cold")
    given = arguments.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    names = given.models.split(",")
    prepare(folder, names)
    sys.stdout.reconfigure(line_buffering=True)
    for name in names:
        if "tokens" in given.only.split(","):
            show_tokens(folder, name, given.texts)
        if "perplexity" in given.only:
            show_perplexity(folder, name, given.tokens, given.threads)
        if "speed" in given.only:
            show_speed(folder, name, given.threads, given.rounds)
        if "cold" in given.only:
            show_cold(folder, name, given.threads, given.rounds)


if __name__ == "__main__":
    main()
