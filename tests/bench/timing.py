"""Whole processes timed in turn (A B A B ...), so that a comparison holds while the machine's speed drifts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Compiled modules are kept after the warm-up, as they are for an installed package.
INSTALLED = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Timing:
    """Medians over the runs: seconds of wall clock and of processor, peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def once(command: Sequence[str], stdin: Path | None = None) -> Timing:
    """Run a command, throw its output away, and account for it. Raises where it fails."""
    with Path(stdin or os.devnull).open("rb") as source:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, cwd=ROOT, env=INSTALLED
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{command} exited with {child.returncode}")
    return Timing(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(
    commands: Mapping[str, Sequence[str]], runs: int = 11, stdin: Path | None = None
) -> dict[str, Timing]:
    """Run all commands in turn, `runs` times after one warm-up; the medians of each."""
    found: dict[str, list[Timing]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            timing = once(command, stdin)
            if turn:
                found[name].append(timing)
    return {
        name: Timing(
            statistics.median(timing.wall for timing in timings),
            statistics.median(timing.cpu for timing in timings),
            statistics.median(timing.memory for timing in timings),
        )
        for name, timings in found.items()
    }


def python(code: str) -> list[str]:
    """The command that runs `code` in this Python."""
    return [sys.executable, "-c", code]


def lmcli(*words: str) -> list[str]:
    """The command of an lmcli process, as the console script starts it."""
    code = "import sys; from lmcli.__main__ import main; sys.exit(main())"
    return [sys.executable, "-c", code, *words]


def show(timings: Mapping[str, Timing], base: str) -> None:
    """Print the medians, and each wall time as a ratio to that of `base`."""
    for name, timing in timings.items():
        ratio = timing.wall / timings[base].wall
        print(
            f"  {name:34s} {timing.wall * 1000:9.1f} ms wall {timing.cpu * 1000:9.1f} ms cpu"
            f" {timing.memory:7.1f} MB  {ratio:6.2f} x {base}"
        )
