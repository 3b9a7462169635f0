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
from collections import Counter
from pathlib import Path
from typing import Any

import pexpect
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from lmcli.frame.environment import Environment
from lmcli.repl.lines import run
from lmcli.repl.session import Session
from lmcli.repl.terminal.completion import SessionCompleter
from tests.conftest import ROOT

ROUNDS = 11
WORDS = (ROOT / "README.md").read_text(encoding="utf-8").lower().split()


KINDS = 24  # of requests: each command of every system, and wrong ones


def request(number: int) -> dict[str, Any]:
    """The request of that number: systems in turn, each with other words every time."""
    one, two, three = (WORDS[(number * step) % len(WORDS)] for step in (1, 7, 31))
    text = " ".join(WORDS[number % 997 : number % 997 + 2 + number % 23])
    picture = f"tests/examples/pics/{('cat', 'rocket', 'coffee')[number % 3]}.jpg"
    kinds: tuple[tuple[str, list[str | int]], ...] = (
        ("analogy", [one, two, three]),
        ("similar", [one, two, "-k", 3]),
        ("similar", [f"{one}{number}x"]),
        ("words info", ["--help"]),
        ("similarity", [one, two, "-f", "csv"]),
        ("odd", ["breakfast", "cereal", one, "lunch"]),
        ("words vector", [one]),
        ("compare", [text, f"{two} {three}"]),
        ("embed", [text]),
        ("tokenize", [text]),
        ("attention show", [text, "-f", "jsonl"]),
        ("search", [one, "--in", "tests/examples/cats.txt", "-k", 1]),
        ("expert infer", ["animals", "has hair", "has hooves", "black stripes"]),
        ("expert how", ["animals", "zebra", "has hair", "has hooves", "black stripes"]),
        ("maze show", ["course"]),
        ("maze new", ["--size", f"{5 + 2 * (number % 7)}x5", "--seed", number]),
        ("maze solve", ["course"]),
        ("models list", []),
        ("nonsense", [one]),
        ("clip classify", [picture, "--labels", "a cat,a rocket,a cup"]),
        ("clip similar", [picture, "tests/examples/pics/temple.jpg"]),
        ("next", [text, "-k", 3]),
        ("score", [text]),
        ("complete", [text, "-n", 3, "--greedy"]),
    )
    name, words = kinds[number % KINDS]
    return {"id": number, "command": name, "args": words}


def _variables(home: str) -> dict[str, str]:
    """The environment of a fresh session."""
    own = {"LMCLI_DATA": home, "LMCLI_CONFIG": f"{home}/config.toml", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}


def first_prompt() -> None:
    """Interleaved: the imports alone, and lmcli until its prompt is on the terminal."""
    imports, prompts = [], []
    with tempfile.TemporaryDirectory() as home:
        variables = _variables(home)
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
    run(session, "$w = analogy king man woman")
    times = []
    for _ in range(ROUNDS):
        run(session, "$w = analogy king man woman")
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


def second_analogies() -> None:
    """The second analogy of a fresh process, by the wall: typed in a terminal, and as a JSON line."""
    typed, asked = [], []
    with tempfile.TemporaryDirectory() as home:
        variables = _variables(home)
        for _ in range(ROUNDS):
            child = pexpect.spawn(sys.executable, ["-m", "lmcli"], env=variables, timeout=30)
            child.delaybeforesend = None
            child.expect_exact(b"lmcli> ")
            time.sleep(1)
            child.send("analogy king man woman\r")
            child.expect_exact(b"elizabeth")
            child.send("analogy king man woman")
            time.sleep(0.5)  # somebody types; the line is drawn
            start = time.perf_counter()
            child.send("\r")
            child.expect_exact(b"elizabeth")
            typed.append(time.perf_counter() - start)
            child.close(force=True)
            asked.append(_second_request(variables))
    for name, times in (("typed", typed), ("asked by --jsonl", asked)):
        middle, worst = statistics.median(times) * 1e3, max(times) * 1e3
        print(f"the second analogy, {name}: {middle:.1f} ms, worst of {ROUNDS} {worst:.1f}")


def _second_request(variables: dict[str, str]) -> float:
    line = json.dumps({"command": "analogy", "args": ["king", "man", "woman"]}) + "\n"
    with subprocess.Popen(
        [sys.executable, "-m", "lmcli", "run", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=variables,
    ) as child:
        assert child.stdin and child.stdout
        for _ in range(2):
            start = time.perf_counter()
            child.stdin.write(line)
            child.stdin.flush()
            child.stdout.readline()
            seconds = time.perf_counter() - start
        child.stdin.close()
    return seconds


def memory(requests: int) -> None:
    """Memory of a warm process over mixed requests to all systems."""
    with subprocess.Popen(
        [sys.executable, "-m", "lmcli", "run", "--jsonl", "--set", "offline=true"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as child:
        assert child.stdin and child.stdout
        start = time.perf_counter()
        codes: Counter[int] = Counter()
        for number in range(requests + 1):
            if number % max(1, requests // 20) == 0:
                pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1])
                used = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
                passed = time.perf_counter() - start
                print(f"after {number} requests, {passed:.0f} s: {used:.1f} MB", flush=True)
            child.stdin.write(json.dumps(request(number)) + "\n")
            child.stdin.flush()
            codes[json.loads(child.stdout.readline())["code"]] += 1
        child.stdin.close()
    print("exit codes", dict(sorted(codes.items())))


if __name__ == "__main__":
    first_prompt()
    second_analogies()
    warm_queries()
    memory(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
