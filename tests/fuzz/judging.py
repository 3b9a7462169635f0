"""What is wrong with a command that has ended: its exit code, its words, and the files that it left."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MESSAGE = 3000  # characters of a line on stderr that somebody still reads
Files = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Done:
    """What one command line did."""

    line: str
    code: int
    out: str
    err: str


def judged(done: Done) -> list[str]:
    """What is wrong with the code and the words of a command that has ended."""
    faults = []
    if done.code not in (0, 1, 2, 3, 4, 5):
        faults.append(f"code: {done.code} is none of the documented ones")
    for stream in (done.out, done.err):
        if "this is a bug in lmcli" in stream:
            name = stream.partition("error: ")[2].partition(":")[0]
            faults.append(f"bug in lmcli: {name}")
        if "Traceback (most recent call last)" in stream:
            faults.append("traceback")
    if "out of memory" in done.err:
        faults.append("memory: more than 1 GB")
    if done.code and not done.err.strip() and not done.out.strip():
        faults.append(f"silence: code {done.code} without a word")
    if any(len(line) > MESSAGE for line in done.err.splitlines()):
        faults.append(f"message: a line of more than {MESSAGE} characters on stderr")
    if "\x1b" in done.err or "\0" in done.err:
        faults.append("message: control characters on stderr")
    return faults


TARGETS = ("--out", "--save", "--record")


def snapshot(box: Path) -> Files:
    """The files in the box, each by what changes when it is written."""
    found = {}
    for folder, _, names in os.walk(box):
        for name in names:
            path = Path(folder) / name
            with suppress(OSError):
                status = path.lstat()
                where = str(path.relative_to(box))
                found[where] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def left_behind(words: list[str], code: int, before: Files, after: Files) -> list[str]:
    """Targets that are half there, and files for work that nobody took away."""
    faults = []
    for word, target in pairwise(words):
        if word not in TARGETS or target == "-":
            continue
        name = target.removeprefix("./").rstrip("/")
        kinds = [{key: value for key, value in files.items() if key.split("/")[0] == name or key == name}
                 for files in (before, after)]  # fmt: skip
        if code in (0, 5) and not kinds[1]:
            faults.append(f"target: {word} is not there, and the code is {code}")
        kept = word == "--record" and code == 3  # a run that was recorded and reached no goal
        if code not in (0, 5) and kinds[0] != kinds[1] and not kept:
            faults.append(f"target: {word} was written, and the code is {code}")
    for name in after.keys() - before.keys():
        hidden = any(part.startswith(".") for part in Path(name).parts)
        if hidden and not name.endswith((".lock", ".journal")) and ".part/" not in name:
            faults.append(f"left behind: {name.split('/')[0][:20]}")
    return faults
