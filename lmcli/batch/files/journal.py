"""The journal of a run: what it is a run of, and which blocks are done. A line is on disk before the next is begun.

A run that was cut goes on from it; a last line that was cut itself is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lmcli.batch.job import Done
from lmcli.frame.errors import BadUsage, LmcliError

NAME = "journal"


class Journal:
    """The journal in a folder; `shard` is that of a run of one part of the blocks, as 3-of-8."""

    def __init__(self, out: Path, shard: str = "") -> None:
        self.out = out
        self.tail = f"-{shard}" if shard else ""
        self.path = out / f"{NAME}{self.tail}.jsonl"
        self.errors = out / f"errors{self.tail}.jsonl"
        self.header: dict[str, Any] = {}
        self.done: dict[str, dict[str, Any]] = {}
        self.models: dict[str, str] = {}
        self.end: dict[str, Any] | None = None
        self._whole = 0  # bytes of the lines that are whole

    @property
    def exists(self) -> bool:
        """Whether a run has begun here."""
        return self.path.exists()

    def load(self) -> None:
        """Read what is there. Raises LmcliError where it is no journal."""
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            self._whole += len(line)
            self._take(entry)

    def _take(self, entry: dict[str, Any]) -> None:
        if "key" in entry:
            self.done[entry["key"]] = entry
        elif "model" in entry:
            self.models.update(entry["model"])
        elif "end" in entry:
            self.end = entry["end"]
        else:
            self.header = entry

    def check(self, header: Mapping[str, Any]) -> None:
        """Raise BadUsage where a run of `header` is not the one that began here."""
        new = json.loads(json.dumps(header))
        for name in sorted({*new, *self.header}):
            before, now = self.header.get(name), new.get(name)
            if before == now:
                continue
            if name == "inputs":
                what = f"the inputs have changed: {_changed(before or [], now or [])}"
            elif name == "files":
                what = f"a file that the command reads has changed: {_changed(before or [], now or [])}"
            else:
                what = f"the run began with {name} = {before}, not {now}"
            raise BadUsage(f"{self.out}: {what}", "run it as it began, or name another folder")

    def begin(self, header: Mapping[str, Any]) -> None:
        """Open the journal for a run: anew without a header, else after what is done already."""
        if not self.header:
            self.models, self.end = {}, None
            self._append({**header}, "wb")
            self.header = dict(header)
            return
        with self.path.open("r+b") as stream:
            stream.truncate(self._whole)
        self.end = None

    def add(self, done: Done) -> None:
        """Note a block that is done."""
        entry = asdict(done)
        self._models(done)
        self._append(entry)
        self.done[done.key] = entry
        with self.errors.open("a", encoding="utf-8") as stream:
            stream.writelines(_line(error) for error in done.errors)

    def _models(self, done: Done) -> None:
        """Note the models of a block. Raises BadUsage where one differs from that of the blocks before."""
        new = {name: mark for name, mark in done.models.items() if name not in self.models}
        for name, mark in done.models.items():
            if self.models.setdefault(name, mark) != mark:
                raise BadUsage(
                    f"{self.out}: the model {name} is another than that of the blocks before",
                    "bring the old one back, or name another folder",
                )
        version = self.header.get("version")
        if done.version != version:
            raise BadUsage(
                f"a worker has lmcli {done.version}, this run {version}", "install the same"
            )
        if new:
            self._append({"model": new})

    def close(self, end: Mapping[str, Any]) -> None:
        """Note how the run ended."""
        self._append({"end": dict(end)})

    def write_errors(self, faults: list[dict[str, Any]]) -> None:
        """Write errors.jsonl anew: of whole inputs, then of the blocks that are done."""
        with self.errors.open("w", encoding="utf-8") as stream:
            stream.writelines(_line(fault) for fault in faults)
            for _, entry in sorted(self.done.items()):
                stream.writelines(_line(error) for error in entry["errors"])

    def sweep(self) -> None:
        """Remove what runs that were cut left half written."""
        if not self.tail:
            for left in self.out.glob(".part-*"):
                with suppress(OSError):
                    left.unlink()

    def _append(self, entry: Mapping[str, Any], mode: str = "ab") -> None:
        try:
            with self.path.open(mode) as stream:
                stream.write(_line(entry).encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise LmcliError(f"{self.path}: {error.strerror}", "make room, then --resume") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises BadUsage where another run does."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.out / f".lock{self.tail}")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BadUsage(
                f"{self.out}: another run is writing there", "wait for it, or name another folder"
            ) from None
        try:
            yield
        finally:
            lock.release()

    @property
    def running(self) -> bool:
        """Whether a process is at it now."""
        try:
            with self.locked():
                return False
        except BadUsage:
            return True


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _changed(before: list[Any], now: list[Any]) -> str:
    """The first input that is another now."""
    old, new = ({entry[0]: entry for entry in entries} for entries in (before, now))
    for path in {**old, **new}:
        if path not in new:
            return f"{path} is gone"
        if path not in old:
            return f"{path} is new"
        if old[path] != new[path]:
            return f"{path} is another file now"
    return "they come in another order"
