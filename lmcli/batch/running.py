"""A run: planned, checked against what was done before, handed to an engine, written down block by block."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import lmcli
from lmcli.batch.asking import Asker
from lmcli.batch.files.journal import Journal
from lmcli.batch.files.opening import arrow, find_inputs
from lmcli.batch.files.reading import Plan, plan
from lmcli.batch.job import ROWS, SLOW, Block, Done, Job
from lmcli.frame.disk.folders import make_folder
from lmcli.frame.errors import BadUsage, LmcliError


class Engine(Protocol):
    """Who answers blocks."""

    @property
    def workers(self) -> int:
        """How many workers there are."""

    def answer(self, blocks: Sequence[Block]) -> Iterator[Done]:
        """What became of each block, as they are done."""

    def close(self) -> None:
        """End all workers."""


@dataclass(frozen=True)
class Choice:
    """Which records of the inputs are meant. shard: (I, N), the blocks I, I + N, ... counted from 1."""

    limit: int | None = None
    sample: int | None = None
    shard: tuple[int, int] | None = None
    rows: int | None = None
    most_errors: int | float | None = None  # a float is a share of the records


@dataclass
class Tally:
    """How far a run is. `total`: of records; `old`: those of blocks that were done before this process."""

    total: int = 0
    old: int = 0
    records: int = 0
    rows: int = 0
    errors: int = 0
    blocks: int = 0
    size: int = 0
    memory: int = 0
    start: float = field(default_factory=time.monotonic)
    said: Counter[str] = field(default_factory=Counter)
    times: list[tuple[float, int]] = field(default_factory=list)

    def add(self, done: Done) -> None:
        """Count a block."""
        self.records += done.records
        self.rows += done.rows
        self.errors += len(done.errors)
        self.blocks += 1
        self.size += done.size
        self.memory = max(self.memory, done.memory)
        self.said.update(done.said)
        self.times.append((time.monotonic() - self.start, self.records - self.old))

    @property
    def rate(self) -> float:
        """Records a second of this process."""
        return (self.records - self.old) / max(time.monotonic() - self.start, 1e-9)


class Run:
    """One run into a folder."""

    def __init__(self, job: Job, choice: Choice) -> None:
        """Plan it. Raises BadUsage where the command takes no records, or the inputs have none."""
        if job.form == "parquet":
            arrow("or take -f jsonl")
        if job.vectors not in ("float32", "float16", "int8"):
            raise BadUsage(f"vectors of {job.vectors} are not written", "float32, float16 or int8")
        asker = Asker(job.words)
        self.choice = choice
        self.rows = choice.rows or SLOW.get(job.words[0], ROWS)
        self.plan: Plan = plan(job, self.rows)
        self.job = replace(job, columns=self.plan.columns, schema=self.plan.schema)
        self.name = asker.name
        self.blocks = chosen(self.plan.blocks, choice)
        shard = choice.shard
        self.journal = Journal(Path(job.out), f"{shard[0]}-of-{shard[1]}" if shard else "")
        self.tally = Tally(sum(block.records for block in self.blocks))

    @classmethod
    def of(
        cls, words: Sequence[str], places: Sequence[str], out: str, choice: Choice, **said: Any
    ) -> Run:
        """A run of a command's words over what `places` mean."""
        return cls(Job(tuple(words), out, find_inputs(places), **said), choice)

    @property
    def header(self) -> dict[str, Any]:
        """What must be the same where a run is gone on with."""
        job = self.job
        return {
            "version": lmcli.__version__,
            "words": list(job.words),
            "inputs": [[one.path, one.size, one.modified] for one in job.inputs],
            "files": [stamp for word in job.words for stamp in _stamps(word)],
            "field": job.field,
            "format": job.form,
            "keep": list(job.keep) if job.keep is not None else None,
            "drop": list(job.drop),
            "vectors": job.vectors,
            "block": self.rows,
            "limit": self.choice.limit,
            "sample": self.choice.sample,
            "records": self.tally.total,
        }

    def go(self, engine: Engine, resume: bool, tell: Callable[[Tally], None]) -> Tally:
        """Do what is not done yet. Raises LmcliError where it cannot go on; what is done stays done."""
        out = Path(self.job.out)
        make_folder(out)
        with self.journal.locked():
            left = self._begin(resume)
            tell(self.tally)
            try:
                for done in engine.answer(left):
                    if done.key in self.journal.done:
                        continue  # a Ray that lost a node may answer a block again
                    self.journal.add(done)
                    self.tally.add(done)
                    tell(self.tally)
                    self._check_errors()
            finally:
                engine.close()
                self.journal.sweep()
            self.journal.write_errors(self.plan.faults)
            self.journal.close({"records": self.tally.records, "errors": self.tally.errors})
        return self.tally

    def _begin(self, resume: bool) -> list[Block]:
        """Open the journal; the blocks that are left."""
        journal, tally = self.journal, self.tally
        if journal.exists:
            journal.load()
        elif resume:
            raise BadUsage(f"{self.job.out}: there is no run to go on with", "leave out --resume")
        if not journal.done:
            journal.header = {}  # nothing would be lost: begin anew
        elif not resume:
            hint = "--resume goes on with it, or name another folder"
            raise BadUsage(f"{self.job.out}: a run has begun here", hint)
        else:
            journal.check(self.header)
        journal.begin(self.header)
        journal.write_errors(self.plan.faults)
        for entry in journal.done.values():
            tally.add(Done(**{**entry, "said": {}}))
        tally.old, tally.times = tally.records, []
        tally.errors += len(self.plan.faults)
        tally.start = time.monotonic()
        return [block for block in self.blocks if block.key not in journal.done]

    def _check_errors(self) -> None:
        """Raise LmcliError where more records failed than --max-errors allows."""
        most, tally = self.choice.most_errors, self.tally
        if most is None:
            return
        allowed = most * tally.records if isinstance(most, float) else most
        if tally.errors > allowed:
            raise LmcliError(
                f"{tally.errors} of {tally.records} records failed, more than --max-errors",
                f"see {self.journal.errors}",
            )


def chosen(blocks: Sequence[Block], choice: Choice) -> list[Block]:
    """The blocks, or the parts of them, that are meant: first the limit, then the sample, then the shard."""
    found: list[Block] = []
    left = choice.limit
    for block in blocks:
        if left is not None and left <= 0:
            break
        count = block.count if left is None else min(block.count, left)
        left = None if left is None else left - count
        cut = tuple(range(count)) if count < block.count else None
        found.append(replace(block, chosen=cut))
    if choice.sample is not None:
        found = _sampled(found, choice.sample)
    if choice.shard is not None:
        index, shards = choice.shard
        found = found[index - 1 :: shards]
    return found


def _sampled(blocks: Sequence[Block], wanted: int) -> list[Block]:
    """Blocks with `wanted` of their records, each as likely as another; the same at every call."""
    total = sum(block.records for block in blocks)
    places = sorted(random.Random(0).sample(range(total), min(wanted, total)))
    found, start, at = [], 0, 0
    for block in blocks:
        rows = []
        while at < len(places) and places[at] < start + block.records:
            rows.append(places[at] - start)
            at += 1
        start += block.records
        if rows:
            found.append(replace(block, chosen=tuple(rows)))
    return found


def _stamps(word: str) -> Iterator[list[Any]]:
    """The state of the file, or of those in the folder, that a word of the command line names."""
    path = Path(word.removeprefix("@"))
    if not word or not os.path.lexists(path):
        return
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        stand = file.stat()
        yield [str(file), stand.st_size, stand.st_mtime_ns]


def summary(run: Run, engine: Engine) -> dict[str, Any]:
    """A run in numbers: what --report writes."""
    tally = run.tally
    figures = {
        name: value for name, value in asdict(tally).items() if name not in ("start", "said")
    }
    return {
        "command": " ".join(run.job.words),
        "models": run.journal.models,
        "workers": engine.workers,
        "seconds": round(time.monotonic() - tally.start, 3),
        "records_per_second": round(tally.rate, 3),
        **figures,
        "warnings": dict(tally.said),
    }
