"""What was made of files, on disk: rows of numbers, each a file's, with a note of bytes where there is more to say.

The header of the file (vectors/vectorfile.py) has what the index was made by and of, and a column for each thing that
is known of a file; the rows of the first come first, then those of the second. The notes stand one after the other in
a part of their own, and another has the byte where each starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput
from lmcli.vectors import vectorfile
from lmcli.vectors.vectorfile import Bytes, Vectors

VERSION = 1
NOTES, BOUNDS = "notes", "bounds"  # parts of the file

Stamp: TypeAlias = tuple[str, int, int]  # path, size in bytes, time of change in ns


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was indexed: its rows, the sha256 of its content if it is known, and why it has no rows."""

    path: str
    size: int
    modified: int
    start: int
    count: int
    sha256: str = ""
    fault: str = ""

    @property
    def stamp(self) -> Stamp:
        """What tells that the file has changed."""
        return self.path, self.size, self.modified


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows (n, d), and their notes: note i is the bytes from bounds[i] to bounds[i + 1]."""

    vectors: Vectors
    notes: Bytes
    bounds: NDArray[np.int64]

    def note(self, row: int) -> bytes:
        """The note of a row."""
        start, end = self.bounds[row : row + 2].tolist()
        return self.notes[start:end].tobytes()


class Index:
    """An index on disk, opened. `files` are in the order of their rows; made_by names the maker of the vectors."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput where it is missing or damaged."""
        self.path = path
        try:
            header, self.vectors, parts = vectorfile.read(path)
            if header["version"] != VERSION:
                raise ValueError(f"its version is {header['version']}, not {VERSION}")
            self.made_by: str = header["made_by"]
            self.places: list[str] = header["places"]
            self.files = _files_of(header)
            rows = sum(file.count for file in self.files)
            if rows != len(self.vectors):
                raise ValueError(f"{len(self.vectors)} vectors of {rows} rows")
            bounds = parts[BOUNDS].view("<i8") if NOTES in parts else np.zeros(rows + 1, np.int64)
            if len(bounds) != rows + 1:
                raise ValueError(f"{len(bounds) - 1} notes of {rows} rows")
            self.rows = Rows(self.vectors, parts.get(NOTES, np.zeros(0, np.uint8)), bounds)
            self._zeros: list[int] | None = header.get("zeros")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.damaged(
                f"it lacks {error}" if isinstance(error, KeyError) else error
            ) from None

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.vectors)

    @cached_property
    def zeros(self) -> list[int]:
        """The rows without a number other than 0."""
        return zero_rows(self.vectors) if self._zeros is None else self._zeros

    def damaged(self, why: object) -> BadInput:
        """The error of an index that cannot be used."""
        return BadInput(
            f"the index {self.path} cannot be used: {why}", f"remove {self.path}, and index anew"
        )


def zero_rows(vectors: Vectors) -> list[int]:
    """The rows (of n, d) without a number other than 0."""
    rows: list[int] = np.flatnonzero(~vectors.any(axis=1)).tolist()
    return rows


def header_of(files: list[FileState]) -> dict[str, Any]:
    """What the header says of files, in columns; `_files_of` reads it."""
    return {
        "paths": [file.path for file in files],
        "sizes": [file.size for file in files],
        "times": [file.modified for file in files],
        "counts": [file.count for file in files],
        "digests": [file.sha256 for file in files],
        "faults": {file.path: file.fault for file in files if file.fault},
    }


def _files_of(header: dict[str, Any]) -> list[FileState]:
    """The files; an index of lmcli 0.1 had one row for each file that had no fault, and no digests."""
    paths, faults = header["paths"], header["faults"]
    counts = header.get("counts") or [int(path not in faults) for path in paths]
    digests = header.get("digests") or [""] * len(paths)
    starts = list(accumulate(counts, initial=0))[:-1]
    columns = paths, header["sizes"], header["times"], starts, counts, digests
    return [
        FileState(path, size, modified, start, count, digest, faults.get(path, ""))
        for path, size, modified, start, count, digest in zip(*columns, strict=True)
    ]
