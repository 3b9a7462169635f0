"""Draws inputs, runs them, keeps what failed: each input follows from the seed and its number alone."""

from __future__ import annotations

import random
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.fuzz.mutators import mutate
from tests.fuzz.readers import READERS, Reader
from tests.fuzz.worker import Report, Worker

FORMATS = ("json", "jsonl", "csv", "tsv", "table", "plain")
KINDS = {".json": "json", ".jsonl": "jsonl", ".toml": "toml", ".yaml": "yaml", ".txt": "text"}
KINDS |= {".csv": "text", ".tsv": "text"}
SMALLER = 6.0  # seconds in which a failing input is made smaller


@dataclass(frozen=True)
class Input:
    """One mutated file of a reader, and the command lines that read it."""

    reader: Reader
    file: str
    data: bytes
    lines: tuple[str, ...]


@dataclass
class Finding:
    """An input that failed, and how. `number` counts the reader's own inputs."""

    number: int
    given: Input
    report: Report

    @property
    def key(self) -> str:
        """What findings of one fault have in common."""
        return f"{self.given.reader.name}: {self.report.faults[0]}"


@dataclass
class Fuzz:
    """The readers' folders, made once, and the worker that inputs are run in."""

    seed: int
    readers: tuple[Reader, ...] = READERS
    say: Callable[[str], None] = print
    findings: dict[str, Finding] = field(default_factory=dict)
    inputs: int = 0
    spent: dict[str, float] = field(default_factory=dict)  # seconds by reader

    def __enter__(self) -> Fuzz:
        self._folder = tempfile.TemporaryDirectory(prefix="lmcli-fuzz-")
        self.place = Path(self._folder.name)
        self.worker = Worker(self.place / "box")
        self.spent = dict.fromkeys((reader.name for reader in self.readers), 0.0)
        self.bases = {reader.name: self._base(reader) for reader in self.readers}
        return self

    def __exit__(self, *_exc: object) -> None:
        self.worker.close()
        self._folder.cleanup()

    def _base(self, reader: Reader) -> Path:
        """The folder that a reader's inputs lie in, made in the box, where paths are as they will be."""
        box, base = self.place / "box", self.place / "bases" / reader.name
        box.mkdir()
        reader.make(box)
        for line in reader.prepare:
            report = self.worker.run([line])
            last = report.done[-1]
            if last.code not in (0, 3, 5):
                raise RuntimeError(f"{reader.name}: {line}: {last.code} {last.err} {report.faults}")
        base.parent.mkdir(exist_ok=True)
        box.rename(base)
        return base

    def files(self, reader: Reader) -> list[Path]:
        """The sound files that mutations begin with."""
        base = self.bases[reader.name]
        found = [path for pattern in reader.files for path in sorted(base.glob(pattern))]
        if not found:
            raise RuntimeError(f"{reader.name}: there is nothing to mutate")
        return found

    def draw(self, reader: Reader, number: int) -> Input:
        """The reader's input of that number."""
        chance = random.Random(f"{self.seed}/{reader.name}/{number}")
        files = self.files(reader)
        path, other = chance.choice(files), chance.choice(files)
        kind = reader.kind or KINDS.get(path.suffix, "binary")
        data = mutate(chance, path.read_bytes(), other.read_bytes(), kind)
        name = str(path.relative_to(self.bases[reader.name]))
        return Input(reader, name, data, tuple(_lines(chance, chance.choice(reader.runs), name)))

    def run(self, given: Input) -> Report:
        """Run the command lines of an input."""
        base = self.bases[given.reader.name]
        return self.worker.run(list(given.lines), base, given.file, given.data)

    def go(self, seconds: float) -> None:
        """Run inputs for that long, of each reader for as long; new faults are kept, and made smaller."""
        end = time.monotonic() + seconds
        counts = dict.fromkeys((reader.name for reader in self.readers), 0)
        while time.monotonic() < end:
            reader = min(self.readers, key=lambda one: (self.spent[one.name], counts[one.name]))
            self.one(reader, counts[reader.name])
            counts[reader.name] += 1

    def one(self, reader: Reader, number: int) -> None:
        """Run one input of a reader."""
        start = time.monotonic()
        given = self.draw(reader, number)
        report = self.run(given)
        self.spent[reader.name] += time.monotonic() - start
        self.inputs += 1
        if not report.faults:
            return
        finding = Finding(number, given, report)
        if finding.key not in self.findings:
            self.findings[finding.key] = self._smaller(finding)
            self.say(f"{finding.number} {finding.key}\n    {' && '.join(given.lines)}")

    def _smaller(self, finding: Finding) -> Finding:
        """The finding with a shorter input that fails alike: parts are left out, large ones first."""
        end = time.monotonic() + SMALLER
        size = len(finding.given.data) // 2
        while size:
            for data in _without(finding.given.data, size):
                if time.monotonic() > end:
                    return finding
                given = replace(finding.given, data=data)
                found = Finding(finding.number, given, self.run(given))
                if found.report.faults and found.key == finding.key:
                    finding = found
                    break
            else:
                size //= 2
        return finding


def _without(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        if len(data) > size:
            yield data[:start] + data[start + size :]


def _lines(chance: random.Random, run: str, name: str) -> Iterator[str]:
    lines = run.replace("{}", shlex.quote(name)).split(" && ")
    for line in lines:
        added = ""
        if not line.startswith(("@", "run", "repl", "config", "models path", "models rm")):
            added += f" -f {chance.choice(FORMATS)}" if chance.random() < 0.3 else ""
            added += " !tty" if chance.random() < 0.1 else ""
        head, mark, tail = line.partition(" < ")
        yield head + added + mark + tail


def keep(finding: Finding, seed: int, folder: Path) -> Path:
    """Write a failing input with the lines that reproduce it."""
    place = folder / f"{finding.given.reader.name}-{finding.number}"
    place.mkdir(parents=True, exist_ok=True)
    target = place / Path(finding.given.file).name
    target.write_bytes(finding.given.data)
    told = [
        f"python -m tests.fuzz --seed {seed} --only {finding.number} --reader {finding.given.reader.name}",
        f"file: {finding.given.file}",
        *(f"$ lmcli {line}" for line in finding.given.lines),
        *finding.report.faults,
        *(f"{done.code}: {done.err[:2000]}" for done in finding.report.done),
    ]
    (place / "report.txt").write_text("\n".join(told) + "\n", encoding="utf-8", errors="replace")
    return place
