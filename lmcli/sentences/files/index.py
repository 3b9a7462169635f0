"""The paragraphs of files and their vectors, on disk, brought up to date by content.

A folder of five files: index.json (what was indexed, how, and the state of each file), vectors.f32 (little-endian
float32, one row a paragraph), texts.txt (the paragraphs one after the other, UTF-8), places.npy (the byte where each
starts in it, and the end), lines.npy (the line of each in its file). A query maps all of them at once, so that it
goes on with what it opened where another process puts a newer index in the folder's place.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput
from lmcli.nn.encoder import Vectors
from lmcli.sentences.files.paragraphs import Paragraph
from lmcli.vectors.npy import map_npy

VERSION = 2
TRIES, PAUSE = 20, 0.05  # for an index that others replace; seconds
STATE, VECTORS, TEXTS, PLACES, LINES = (
    "index.json",
    "vectors.f32",
    "texts.txt",
    "places.npy",
    "lines.npy",
)


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was indexed: size in bytes, time of change in ns, content, and its rows."""

    path: str
    size: int
    modified: int
    sha256: str
    start: int
    count: int


class Collection:
    """Paragraphs with their vectors (n, d), in memory; `mute` are the rows of zeros: nothing is understood there."""

    def __init__(self, paragraphs: Sequence[Paragraph], vectors: Vectors) -> None:
        self._paragraphs = paragraphs
        self.vectors = vectors
        self.mute = mute_rows(vectors)

    def __len__(self) -> int:
        return len(self.vectors)

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        return self._paragraphs[row]

    @property
    def files_read(self) -> int:
        """How many files the paragraphs are of."""
        return len({paragraph.path for paragraph in self._paragraphs})


def mute_rows(vectors: Vectors) -> list[int]:
    """The rows without a number other than 0."""
    rows: list[int] = np.flatnonzero(~vectors.any(axis=1)).tolist()
    return rows


class Outdated(BadInput):
    """An index of an older lmcli: its lines and paragraphs were cut in another way."""


class Index(Collection):
    """A collection on disk."""

    def __init__(self, folder: Path) -> None:
        """Open the index in a folder. Raises BadInput where it is damaged."""
        self.folder = folder
        state = _read_state(folder)
        try:
            self.made_by: str = state["made_by"]
            self.places: list[str] = state["places"]
            self.files = [FileState(**entry) for entry in state["files"]]
            rows, width = state["rows"], state["width"]
            self.mute = [int(row) for row in state["mute"]]
            self.vectors = _map_vectors(folder / VECTORS, rows, width)
            self._bounds = _array(folder / PLACES, rows + 1)
            self._lines = _array(folder / LINES, rows)
            self._texts = _map_texts(folder / TEXTS, int(self._bounds[-1]))
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise _damaged(folder, _reason(error)) from None

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        file = self.files[bisect_right(self._starts, row) - 1]
        start, end = self._bounds[row : row + 2].tolist()
        return Paragraph(file.path, int(self._lines[row]), self._text(start, end))

    def paragraphs(self, file: FileState) -> Iterator[Paragraph]:
        """The paragraphs of one file."""
        bounds = self._bounds[file.start : file.start + file.count + 1].tolist()
        for i in range(file.count):
            line = int(self._lines[file.start + i])
            yield Paragraph(file.path, line, self._text(bounds[i], bounds[i + 1]))

    def _text(self, start: int, end: int) -> str:
        try:
            return self._texts[start:end].tobytes().decode()
        except UnicodeDecodeError as error:
            raise _damaged(self.folder, f"{TEXTS}: {error}") from None

    @property
    def files_read(self) -> int:
        """How many files were read."""
        return len(self.files)

    @cached_property
    def _starts(self) -> list[int]:
        return [file.start for file in self.files]


def open_index(folder: Path) -> Index:
    """Open the index in a folder, again where another process replaced it meanwhile.

    Raises BadInput where it is damaged.
    """
    for _ in range(TRIES):
        before = _identity(folder)
        try:
            index = Index(folder)
        except Outdated:
            raise
        except BadInput:
            if before and before == _identity(folder):
                raise
        else:
            if before == _identity(folder):
                return index
        time.sleep(PAUSE)
    return Index(folder)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells the index that stands here now from the one before it; None between the two."""
    try:
        status = (folder / STATE).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if state["version"] in range(1, VERSION):
            raise Outdated(f"the index {folder} is of an older lmcli", f"remove {folder}")
        if state["version"] != VERSION:
            raise _damaged(folder, f"its version is {state['version']}, not {VERSION}")
        return dict(state)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, _reason(error)) from None


def places_of(folder: Path) -> list[str]:
    """The files and folders that an index of any version was made of; [] where it does not say."""
    try:
        places = json.loads((folder / STATE).read_text(encoding="utf-8"))["places"]
        return [place for place in places if isinstance(place, str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _map_vectors(path: Path, rows: int, width: int) -> Vectors:
    if path.stat().st_size != rows * width * 4:
        raise ValueError(f"{path.name} has another size than {rows} rows of {width}")
    if not rows:
        return np.zeros((0, width), np.float32)
    return np.memmap(path, "<f4", "r", shape=(rows, width)).view(np.ndarray)


def _map_texts(path: Path, size: int) -> NDArray[np.uint8]:
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, not {size}")
    if not size:
        return np.zeros(0, np.uint8)
    return np.memmap(path, np.uint8, "r").view(np.ndarray)


def _array(path: Path, length: int) -> NDArray[np.int64]:
    array: NDArray[Any] = map_npy(path)
    if array.dtype != np.int64:
        raise ValueError(f"{path.name} holds {array.dtype}, not int64")
    if array.shape != (length,):
        raise ValueError(f"{path.name} holds {array.size} numbers, not {length}")
    return array


def _reason(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def _damaged(folder: Path, why: str) -> BadInput:
    return BadInput(f"the index {folder} cannot be used: {why}", f"remove {folder}, and index anew")
