"""One process that runs one engine, lmcli or llama.cpp, on one file: see `measure.against`, which starts it."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

READ, WRITTEN, WARM = 512, 128, 64  # tokens
PROMPT = "The capital of France is"
SEED = "The history of the town begins in the twelfth century, when a small group of monks settled by the "


@dataclass(frozen=True, slots=True)
class Engine:
    """`encode` cuts a text into token ids; `generate` reads ids and gives one greedy token after the other."""

    encode: Callable[[str], list[int]]
    generate: Callable[[Sequence[int]], Iterator[int]]


def lmcli(folder: str, threads: int) -> Engine:
    """This program, on a model folder."""
    door = importlib.import_module("lmcli.gpt.api")  # of a slice: see store.recipes
    context = door.LanguageModel.load(folder, threads=threads, offline=True).context

    def generate(ids: Sequence[int]) -> Iterator[int]:
        context.rewind(0)
        logits = context.read(ids)
        while True:
            token = int(logits.argmax())
            yield token
            logits = context.step(token)

    return Engine(lambda text: list(context.model.encode(text)), generate)


def llama_cpp(file: str, threads: int) -> Engine:
    """llama.cpp through llama-cpp-python, on a GGUF file."""
    room = 2048
    llama = importlib.import_module("llama_cpp").Llama(
        file, n_ctx=room, n_batch=READ, n_threads=threads, n_threads_batch=threads, verbose=False
    )

    def generate(ids: Sequence[int]) -> Iterator[int]:
        llama.reset()
        yield from llama.generate(ids, temp=0.0, repeat_penalty=1.0)

    return Engine(lambda text: list(llama.tokenize(text.encode())), generate)


ENGINES = {"lmcli": lmcli, "llama.cpp": llama_cpp}


def first_token(engine: Engine) -> None:
    """Print one token: all that a cold process does up to it."""
    _say(next(engine.generate(engine.encode(PROMPT))))


def speed(engine: Engine) -> dict[str, float | list[int] | None]:
    """Tokens read and written a second once all is warm, the most memory held (MB), and the ids of SEED."""
    cut = engine.encode(SEED)
    ids = (cut * (READ // len(cut) + 1))[:READ]
    list(islice(engine.generate(ids[:WARM]), 4))
    start = time.perf_counter()
    tokens = engine.generate(ids)
    next(tokens)
    first = time.perf_counter()
    list(islice(tokens, WRITTEN))
    end = time.perf_counter()
    return {
        "read": READ / (first - start),
        "written": WRITTEN / (end - first),
        "memory": _peak(),
        "ids": cut,
    }


def _peak() -> float | None:
    """The most memory that this process held, in MB; None where the system does not say.

    Of Linux's figures that of the program alone: getrusage also counts the process that started it.
    """
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1.024e-3
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(name: str, file: str, threads: str, what: str) -> None:
    """Run one engine and print a line: a token (`what` is first), or its speed as JSON (speed)."""
    engine = ENGINES[name](file, int(threads))
    if what == "first":
        first_token(engine)
    else:
        _say(json.dumps(speed(engine)))
    os._exit(0)  # taking an engine apart is no part of the measure
