"""The pictures of folders and their vectors, kept in a file, brought up to date by path, size and time of change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lmcli.clip.files.places import expand, scan
from lmcli.frame.errors import BadInput, LmcliError, NoAnswer, named
from lmcli.store.fetch.preparing import locked
from lmcli.vectors import vectorfile
from lmcli.vectors.vectorfile import Vectors

VERSION = 1
SAVE_EVERY = 30.0  # seconds between two savings while vectors are computed

Stamp: TypeAlias = tuple[str, int, int]  # path, size in bytes, time of change in ns
Found: TypeAlias = Iterator[tuple[str, Vectors | LmcliError]]


@dataclass(frozen=True, slots=True)
class Work:
    """What an index is made with.

    fingerprint: the model's, and the number of views. encode: the vectors (d) of pictures, or the error of each, in
    order. warn is told of pictures that cannot be read.
    """

    fingerprint: str
    encode: Callable[[Sequence[str]], Found]
    warn: Callable[[str], None]


class PictureIndex:
    """Pictures by path, each with a vector: row i of `vectors` (n, d) belongs to `paths[i]`."""

    def __init__(self, path: Path) -> None:
        """Open an index. Raises BadInput where it is missing or damaged."""
        try:
            header, self.vectors = vectorfile.read(path)
            if header["version"] != VERSION:
                raise ValueError(f"its version is {header['version']}, not {VERSION}")
            self.made_by: str = header["made_by"]
            self.places: list[str] = header["places"]
            columns = header["paths"], header["sizes"], header["times"]
            self.stamps: list[Stamp] = list(zip(*columns, strict=True))
            self.faults: dict[str, str] = header["faults"]
            self.paths = [stamp[0] for stamp in self.stamps if stamp[0] not in self.faults]
            if len(self.paths) != len(self.vectors):
                raise ValueError(f"{len(self.vectors)} vectors of {len(self.paths)} pictures")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"the index {path} cannot be used: {_reason(error)}",
                f"remove {path}, and index anew",
            ) from None

    def __len__(self) -> int:
        return len(self.paths)


def refresh(
    path: Path, places: Sequence[str], work: Work, *, replace: bool = False
) -> PictureIndex:
    """Bring the index in the file `path` up to date with `places`, or with those that it was made of.

    Pictures whose size and time of change are as before are not opened. When it is interrupted, what was done so
    far is kept for the next time. replace: a damaged index is made anew without a word.

    Raises BadInput for a place that does not exist, NoAnswer where there are no pictures.
    """
    roots = [os.path.abspath(place) for place in places]  # noqa: PTH100
    old = _opened(path, replace)
    if old and _is_current(old, roots, work):
        return old
    with locked(path, work.warn):
        old = _opened(path, replace)  # another process may have been at it
        if old and _is_current(old, roots, work):
            return old
        if not roots and old is None:
            raise BadInput(f"there is no index {path.stem}", "name the folders to index")
        roots = roots or (old.places if old else [])
        if old and old.made_by != work.fingerprint:
            work.warn(
                f"the index {path.stem} was made with another model or number of views: all is done anew"
            )
            old = None
        _Writer(path, roots, work, old).run()
        return PictureIndex(path)


def _opened(path: Path, replace: bool) -> PictureIndex | None:
    if not path.exists():
        return None
    try:
        return PictureIndex(path)
    except BadInput:
        if replace:
            return None
        raise


def _is_current(index: PictureIndex, roots: list[str], work: Work) -> bool:
    if index.made_by != work.fingerprint or (roots and roots != index.places):
        return False
    return stamps_of(index.places) == index.stamps


def stamps_of(
    places: Iterable[str], warn: Callable[[str], None] = lambda _say: None
) -> list[Stamp]:
    """The pictures in places as they are now; no file is opened. `warn` is told of what cannot be read.

    Raises BadInput for a place that does not exist.
    """

    def tell(path: str, error: OSError) -> None:
        warn(f"{named(path)}: {error.strerror}: left out")

    found: dict[str, os.stat_result] = {}
    for place in places:
        try:
            if os.path.isdir(place):  # noqa: PTH112
                found.update(scan(place, fault=tell))
            else:
                found.update((path, os.stat(path)) for path in expand(place))  # noqa: PTH116
        except OSError as error:
            raise BadInput(f"{place}: {error.strerror}") from None
    return [(path, status.st_size, status.st_mtime_ns) for path, status in found.items()]


class _Writer:
    """Writes an index, taking what is known from an old one."""

    def __init__(self, path: Path, roots: list[str], work: Work, old: PictureIndex | None) -> None:
        self.path = path
        self.roots = roots
        self.work = work
        self.stamps = stamps_of(roots, work.warn)
        if not self.stamps:
            raise NoAnswer(f"there are no pictures in {', '.join(roots)}")
        self.vectors: dict[str, Vectors] = {}
        self.faults: dict[str, str] = {}
        if old:
            self._take_over(old)

    def _take_over(self, old: PictureIndex) -> None:
        unchanged = {stamp[0] for stamp in set(old.stamps) & set(self.stamps)}
        rows: Mapping[str, Vectors] = dict(zip(old.paths, old.vectors, strict=True))
        self.vectors = {path: rows[path] for path in old.paths if path in unchanged}
        self.faults = {path: why for path, why in old.faults.items() if path in unchanged}

    def run(self) -> None:
        """Compute what is missing and write the file; where that is interrupted, what there is."""
        new = [
            path for path, *_ in self.stamps if path not in self.vectors and path not in self.faults
        ]
        saved = time.monotonic()
        try:
            for path, found in self.work.encode(new):
                if isinstance(found, LmcliError):
                    self.faults[path] = str(found)
                    self.work.warn(f"{found}: left out")
                else:
                    self.vectors[path] = found
                if time.monotonic() - saved > SAVE_EVERY:
                    self._write()
                    saved = time.monotonic()
        finally:
            self._write()

    def _write(self) -> None:
        done = [s for s in self.stamps if s[0] in self.vectors or s[0] in self.faults]
        header = {
            "version": VERSION,
            "made_by": self.work.fingerprint,
            "places": self.roots,
            "paths": [path for path, _, _ in done],
            "sizes": [size for _, size, _ in done],
            "times": [changed for _, _, changed in done],
            "faults": self.faults,
        }
        rows = [self.vectors[path] for path, *_ in done if path in self.vectors]
        matrix = np.stack(rows) if rows else np.zeros((0, 0), np.float32)
        vectorfile.write(self.path, header, matrix)


def _reason(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)
