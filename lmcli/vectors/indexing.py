"""An index brought up to date: what is known of files that did not change stays, the rest is made anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.disk.lock import locked
from lmcli.frame.errors import BadInput, LmcliError
from lmcli.vectors import vectorfile
from lmcli.vectors.index import (
    BOUNDS,
    NOTES,
    VERSION,
    FileState,
    Index,
    Rows,
    Stamp,
    header_of,
)
from lmcli.vectors.vectorfile import Vectors

SAVE_EVERY = 30.0  # seconds between two savings while rows are made
UNFINISHED = -1  # the time of change of a file whose last rows are not made yet

Opened = TypeVar("Opened", bound=Index)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows (n, d) of a file with their notes, or why it has none. `whole`: these are its last, else more follow."""

    path: str
    vectors: Vectors
    notes: Sequence[bytes] = ()
    sha256: str = ""
    fault: str = ""
    whole: bool = True


class Maker(Protocol):
    """Makes rows of files. `fingerprint` names what they depend on: those of another cannot be compared."""

    @property
    def fingerprint(self) -> str:
        """The maker's name, and that of what it does."""

    @property
    def depends_on(self) -> str:
        """What the fingerprint names, in words."""

    def find(self, places: Sequence[str], fault: Callable[[LmcliError], None]) -> list[Stamp]:
        """The files in places, as they are now, in order; `fault` is told of what cannot be looked at."""

    def make(self, stamps: Sequence[Stamp], old: Index | None) -> Iterator[Chunk]:
        """The rows of files, in the order given; a file that cannot be read may be left out.

        `old` is what was known before, where the same maker made it.
        """

    def nothing(self, places: Sequence[str]) -> LmcliError:
        """The error where places hold nothing to index."""

    def fault(self, error: LmcliError) -> None:
        """Tell of what cannot be read."""

    def warn(self, text: str) -> None:
        """Tell of something else."""


def refresh(
    path: Path,
    places: Sequence[str],
    maker: Maker,
    opened: Callable[[Path], Opened],
    *,
    name: str = "",
    replace: bool = False,
) -> Opened:
    """Bring the index in the file `path` up to date with `places` (absolute), or with those that it was made of.

    Files whose size and time of change are as before are not read. What was made until an interruption is kept for the
    next time. opened: Index, or a kind of it. name: as messages call it. replace: a damaged index is made anew
    without a word. Raises BadInput where it is damaged, or where there is none and no places, and what `maker` raises.
    """

    def stands() -> Opened | None:
        try:
            return opened(path) if path.exists() else None
        except BadInput:
            if replace:
                return None
            raise

    old = stands()
    if old and _is_current(old, places, maker):
        return old
    with locked(path, maker.warn):
        old = stands()  # another process may have been at it
        if old and _is_current(old, places, maker):
            return old
        name = name or path.stem
        if not places and old is None:
            raise BadInput(f"there is no index {name}", "name what to index")
        roots = list(places) or (old.places if old else [])
        if old and old.made_by != maker.fingerprint:
            maker.warn(
                f"the index {name} was made with another {maker.depends_on}: all is done anew"
            )
            old = None
        _Writer(path, roots, maker, old).run()
        return opened(path)  # before another process puts its own here


def _is_current(index: Index, places: Sequence[str], maker: Maker) -> bool:
    """Whether nothing has changed since an index was made; if so, what cannot be looked at is told."""
    if index.made_by != maker.fingerprint or (places and list(places) != index.places):
        return False
    faults: list[LmcliError] = []
    if maker.find(index.places, faults.append) != [file.stamp for file in index.files]:
        return False
    for fault in faults:
        maker.fault(fault)
    return True


class _Made:
    """Rows that were made, in temporary files until they are put in order."""

    def __init__(self, vectors: IO[bytes], notes: IO[bytes]) -> None:
        self._files = vectors, notes
        self._lengths: list[int] = []
        self._width = 0
        self.count = 0

    def add(self, chunk: Chunk) -> None:
        """Keep the rows of a chunk, and their notes."""
        vectors, notes = self._files
        vectors.write(chunk.vectors.astype("<f4").tobytes())
        notes.write(b"".join(chunk.notes))
        self._lengths += [len(note) for note in chunk.notes] or [0] * len(chunk.vectors)
        if len(chunk.vectors):
            self._width = chunk.vectors.shape[1]
            self.count += len(chunk.vectors)

    def rows(self) -> Rows:
        """All of them so far."""
        vectors, notes = (
            _mapped(file) for file in self._files
        )  # an interruption may have left more
        bounds = _bounds(np.array(self._lengths, np.int64))[: self.count + 1]
        numbers: Vectors = vectors[: self.count * self._width * 4].view("<f4")
        return Rows(numbers.reshape(self.count, self._width), notes, bounds)


def _mapped(file: IO[bytes]) -> NDArray[np.uint8]:
    file.flush()
    size = file.seek(0, 2)
    if not size:
        return np.zeros(0, np.uint8)
    return np.memmap(file, np.uint8, "r", shape=(size,)).view(np.ndarray)


class _Writer:
    """Writes an index: for each file what an old one has of it, or what is made now."""

    def __init__(self, path: Path, roots: list[str], maker: Maker, old: Index | None) -> None:
        self._path = path
        self._roots = roots
        self._maker = maker
        self._old = old
        self._stamps = {stamp[0]: stamp for stamp in maker.find(roots, maker.fault)}
        known = {file.stamp: file for file in old.files} if old else {}
        self._kept = {path: known[s] for path, s in self._stamps.items() if s in known}
        self._new: dict[str, FileState] = {}

    def run(self) -> None:
        """Make what is missing and write the file; where that is interrupted, what there is."""
        missing = [stamp for path, stamp in self._stamps.items() if path not in self._kept]
        saved = time.monotonic()
        with ExitStack() as stack:
            files = [stack.enter_context(TemporaryFile(dir=self._path.parent)) for _ in range(2)]
            made = _Made(*files)
            try:
                for chunk in self._maker.make(missing, self._old):
                    self._take(chunk, made)
                    if time.monotonic() - saved > SAVE_EVERY:
                        self._save(made)
                        saved = time.monotonic()
            except BaseException:
                if self._kept or self._new:
                    self._save(made)
                raise
            states = (*self._kept.values(), *self._new.values())
            if not any(state.count or state.fault for state in states):
                raise self._maker.nothing(self._roots)
            self._save(made)

    def _take(self, chunk: Chunk, made: _Made) -> None:
        path, size, modified = self._stamps[chunk.path]
        before = self._new.get(path)
        start = before.start if before else made.count
        made.add(chunk)
        time_of_change, digest = (modified, chunk.sha256) if chunk.whole else (UNFINISHED, "")
        state = FileState(
            path, size, time_of_change, start, made.count - start, digest, chunk.fault
        )
        self._new[path] = state

    def _save(self, made: _Made) -> None:
        """Write what is known by now, in the files' order."""
        files: list[FileState] = []
        spans: list[tuple[Rows, int, int]] = []
        now, start = made.rows(), 0
        for path in self._stamps:
            source = now
            state = self._new.get(path)
            if self._old and path in self._kept:
                source, state = self._old.rows, self._kept[path]
            if state is None:
                continue
            files.append(replace(state, start=start))
            start += state.count
            first, last = state.start, state.start + state.count
            if spans and spans[-1][0] is source and spans[-1][2] == first:
                first = spans.pop()[1]
            if last > first:
                spans.append((source, first, last))
        blocks = [source.vectors[first:last] for source, first, last in spans]
        filled = [np.zeros(0, bool), *(block.any(axis=1) for block in blocks)]
        header = {
            "version": VERSION,
            "made_by": self._maker.fingerprint,
            "places": self._roots,
            "zeros": np.flatnonzero(~np.concatenate(filled)).tolist(),
            **header_of(files),
        }
        vectorfile.write(self._path, header, blocks, _notes(spans))


def _notes(spans: Sequence[tuple[Rows, int, int]]) -> dict[str, list[NDArray[Any]]]:
    """The notes of rows, and where each starts; nothing where none has one."""
    bounds = [source.bounds[first : last + 1] for source, first, last in spans]
    notes = [span[0].notes[own[0] : own[-1]] for span, own in zip(spans, bounds, strict=True)]
    if not any(note.size for note in notes):
        return {}
    return {NOTES: notes, BOUNDS: [_bounds(np.concatenate([np.diff(own) for own in bounds]))]}


def _bounds(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of the pieces of these lengths starts, and the end of the last."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
