"""The record of a training: written as JSON lines, checked byte by byte when it is read.

A run file is UTF-8 text, one JSON object a line:

1. `{"format": "lmcli-maze-run", "version": 1, ...}`: `name`, `map`, `goal`, `step`, `slip` (the
   rewards and the slip that training was given; null where the map's own count) and `settings`.
   A run in another package's environment has `env`, `options`, `states` and `actions` instead of
   these.
2. a line for each kept episode: `episode`, `steps`, `return`, `alpha`, `epsilon`, `tables` (the
   action values before it) and `trace` (a byte a step, see `episodes`).
3. `{"steps": [...], "returns": [...]}`: one number an episode.
4. `{"tables": ..., "result": {...}}`: the values at the end, and how training ended.
5. `{"sha256": "..."}` of all bytes before this line.

`tables` and `trace` are base64 of zlib; tables hold little-endian float64 [tables, states,
actions].
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.frame.disk.whole import new_file
from lmcli.frame.errors import BadInput, LmcliError
from lmcli.maze.files import text
from lmcli.maze.rules import Table
from lmcli.maze.runs.run import Kept, Run
from lmcli.maze.train import Settings

FORMAT, VERSION = "lmcli-maze-run", 1
LARGEST = 1 << 28  # bytes of a run file that is read
AGAIN = "train again with --record"


# -- writing -----------------------------------------------------------------------------------


def write(path: Path, run: Run) -> None:
    """Write a run file: all of it, or (if that fails) none. Raises OSError."""
    body = "".join(f"{line}\n" for line in _lines(run)).encode()
    seal = json.dumps({"sha256": hashlib.sha256(body).hexdigest()}) + "\n"
    with new_file(path) as stream:
        stream.write(body + seal.encode())


def _lines(run: Run) -> Iterator[str]:
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if run.maze:
        goal, step, slip = run.rewards
        head |= {"name": run.maze.name, "map": run.maze.text()}
        head |= {"goal": goal, "step": step, "slip": slip}
    else:
        states, actions = len(run.tables[0]), len(run.tables[0][0])
        head |= {"env": run.env, "options": run.options, "states": states, "actions": actions}
    yield json.dumps({**head, "settings": run.settings.fields()}, ensure_ascii=False)
    for kept in run.kept:
        yield json.dumps(
            {
                "episode": kept.episode,
                "steps": kept.steps,
                "return": kept.total,
                "alpha": kept.alpha,
                "epsilon": kept.epsilon,
                "tables": _packed_tables(kept.tables),
                "trace": _packed(kept.trace),
            }
        )
    yield json.dumps({"steps": run.steps.tolist(), "returns": run.returns.tolist()})
    yield json.dumps({"tables": _packed_tables(run.tables), "result": run.result})


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def _packed_tables(tables: list[Table]) -> str:
    return _packed(np.array(tables, dtype="<f8").tobytes())


# -- reading -----------------------------------------------------------------------------------


def read(path: Path) -> Run:
    """Read a run file. Raises BadInput for one that is cut, changed or of another kind."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: {reason}", "give a file that --record wrote") from None
    if len(data) > LARGEST:
        raise BadInput(f"{path}: longer than {LARGEST:,} bytes", "give a file that --record wrote")
    lines = _unsealed(str(path), data)
    try:
        return _run(lines)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, LmcliError) as error:
        reason = error.message if isinstance(error, LmcliError) else repr(error)
        raise BadInput(f"{path}: not a run of this version ({reason})", AGAIN) from None


def _unsealed(name: str, data: bytes) -> list[dict[str, Any]]:
    """The objects of the lines, once the checksum has been found right."""
    if not data.startswith(b'{"format": "lmcli-maze-run"'):
        raise BadInput(f"{name}, line 1: not a run file", "give a file that --record wrote")
    start = data.rstrip(b"\n").rfind(b"\n") + 1
    count = data.count(b"\n", 0, start) + 1
    try:
        seal = json.loads(data[start:])["sha256"]
    except (ValueError, KeyError, TypeError):
        what = f"cut: it ends in line {count}, after {len(data):,} bytes, without its checksum"
        raise BadInput(f"{name}, line {count}: {what}", AGAIN) from None
    if seal != hashlib.sha256(data[:start]).hexdigest():
        what = f"changed since it was written: lines 1 to {count - 1} do not have the checksum of"
        raise BadInput(f"{name}: {what} line {count}", AGAIN)
    try:
        objects = [json.loads(line) for line in data[:start].splitlines()]
    except ValueError as error:
        raise BadInput(f"{name}: {error}", AGAIN) from None
    return objects


def _run(lines: list[dict[str, Any]]) -> Run:
    head, *episodes, series, end = lines
    if head["version"] != VERSION:
        raise BadInput(f"version {head['version']}, this lmcli reads {VERSION}")
    settings = Settings.of_fields(head["settings"])
    maze = text.parse(head["map"], head["name"]) if "map" in head else None
    states = maze.height * maze.width if maze else int(head["states"])
    actions = 4 if maze else int(head["actions"])
    shape = (2 if settings.algorithm == "double-q" else 1, states, actions)
    return Run(
        settings=settings,
        tables=_tables(end["tables"], shape),
        steps=array("q", series["steps"]),
        returns=array("d", series["returns"]),
        kept=[_kept(line, shape) for line in episodes],
        result=dict(end["result"]),
        maze=maze,
        rewards=(head.get("goal"), head.get("step"), head.get("slip")),
        env=head.get("env"),
        options=dict(head.get("options", {})),
    )


def _kept(line: dict[str, Any], shape: tuple[int, int, int]) -> Kept:
    steps = int(line["steps"])
    return Kept(
        episode=int(line["episode"]),
        steps=steps,
        total=float(line["return"]),
        alpha=float(line["alpha"]),
        epsilon=float(line["epsilon"]),
        tables=_tables(line["tables"], shape),
        trace=_unpacked(line["trace"], steps + 1),
    )


def _unpacked(packed: str, most: int) -> bytes:
    """At most `most` bytes: a file cannot make the reader fill the memory."""
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.b64decode(packed, validate=True), most)
    except (zlib.error, binascii.Error) as error:
        raise ValueError(str(error)) from None
    if inflate.unconsumed_tail or (
        not inflate.eof and len(data) == most and inflate.decompress(b"", 1)
    ):
        raise ValueError("more data than its size allows")
    return data


def _tables(packed: str, shape: tuple[int, int, int]) -> list[Table]:
    data = _unpacked(packed, shape[0] * shape[1] * shape[2] * 8)
    tables: list[Table] = np.frombuffer(data, dtype="<f8").reshape(shape).tolist()
    return tables
