"""How quick the REPL is: python -m tests.bench.repl [REQUESTS]

First prompt against the imports it cannot do without, the second analogy over all words, completion from the
vocabulary, and memory over many mixed requests to one warm process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from lmcli.core.environment import Environment
from lmcli.repl.completion import SessionCompleter
from lmcli.repl.session import Session
from tests.conftest import ROOT

ROUNDS = 11
REQUESTS = (
    {"command": "analogy", "args": ["king", "man", "woman"]},
    {"command": "similar", "args": ["cat", "-k", 3]},
    {"command": "similar", "args": ["notaword"]},
    {"command": "words info", "args": ["--help"]},
    {"command": "similarity", "stdin": "cat dog\n"},
    {"command": "compare", "args": ["a cat sat", "a kitten was sitting"]},
    {"command": "expert infer", "args": ["animals", "has hair", "has hooves", "black stripes"]},
)


def first_prompt() -> None:
    """Interleaved: the imports alone, and lmcli until its prompt is on the terminal."""
    imports, prompts = [], []
    with tempfile.TemporaryDirectory() as home:
        variables = {**os.environ, "LMCLI_DATA": home, "LMCLI_CONFIG": f"{home}/config.toml"}
        variables |= {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        for _ in range(ROUNDS):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import prompt_toolkit, click"], check=True)
            imports.append(time.perf_counter() - start)
            start = time.perf_counter()
            child = pexpect.spawn(sys.executable, ["-m", "lmcli"], env=variables, timeout=30)
            child.expect_exact(b"lmcli> ")
            prompts.append(time.perf_counter() - start)
            child.close(force=True)
    one, two = statistics.median(imports), statistics.median(prompts)
    print(f"first prompt {two * 1e3:.0f} ms, imports alone {one * 1e3:.0f} ms: {two / one:.2f} x")


def warm_queries() -> None:
    """The second analogy, and prefixes of the vocabulary."""
    session = Session(Environment.of_process())
    session.run("$w = analogy king man woman")
    times = []
    for _ in range(ROUNDS):
        session.run("$w = analogy king man woman")
        times.append(session.last_seconds or 0)
    print(f"analogy again {statistics.median(times) * 1e3:.1f} ms")
    completer = SessionCompleter(session)
    times = []
    for prefix in ("s", "qu", "anti", "wom", "x", "co", "inter"):
        for _ in range(ROUNDS):
            start = time.perf_counter()
            list(completer.get_completions(Document(f"similar {prefix}"), CompleteEvent()))
            times.append(time.perf_counter() - start)
    print(
        f"a prefix of the vocabulary {statistics.median(times) * 1e3:.1f} ms, worst {max(times) * 1e3:.1f}"
    )


def memory(requests: int) -> None:
    """Memory of a warm process over mixed requests."""
    with subprocess.Popen(
        [sys.executable, "-m", "lmcli", "run", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as child:
        assert child.stdin and child.stdout
        start = time.perf_counter()
        for number in range(requests + 1):
            if number % max(1, requests // 10) == 0:
                pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1])
                used = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
                print(
                    f"after {number} requests, {time.perf_counter() - start:.0f} s: {used:.1f} MB"
                )
            child.stdin.write(json.dumps(REQUESTS[number % len(REQUESTS)]) + "\n")
            child.stdin.flush()
            child.stdout.readline()
        child.stdin.close()


if __name__ == "__main__":
    first_prompt()
    warm_queries()
    memory(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
