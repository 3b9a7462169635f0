"""The paragraphs of files and their vectors, on disk, brought up to date by content.

A folder of five files: index.json (what was indexed, how, and the state of each file), vectors.f32 (little-endian
float32, one row a paragraph), texts.txt (the paragraphs one after the other, UTF-8), places.npy (the byte where each
starts in it, and the end), lines.npy (the line of each in its file). A query maps them and reads what it needs.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.core.encoder import Vectors
from lmcli.core.errors import BadInput
from lmcli.sentences.paragraphs import Paragraph

VERSION = 1
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
    """Paragraphs with their vectors (n, d), in memory."""

    def __init__(self, paragraphs: Sequence[Paragraph], vectors: Vectors) -> None:
        self._paragraphs = paragraphs
        self.vectors = vectors

    def __len__(self) -> int:
        return len(self.vectors)

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        return self._paragraphs[row]


class Index(Collection):
    """A collection on disk."""

    def __init__(self, folder: Path) -> None:
        """Open the index in a folder. Raises BadInput where it is damaged."""
        self.folder = folder
        state = _read_state(folder)
        self.made_by: str = state["made_by"]
        self.places: list[str] = state["places"]
        self.files = [FileState(**entry) for entry in state["files"]]
        rows, width = state["rows"], state["width"]
        try:
            self.vectors = _map_vectors(folder / VECTORS, rows, width)
        except (OSError, ValueError) as error:
            raise _damaged(folder, str(error)) from None

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        file = self.files[bisect_right(self._starts, row) - 1]
        start, end = self._bounds[row : row + 2]
        with (self.folder / TEXTS).open("rb") as stream:
            stream.seek(start)
            return Paragraph(file.path, int(self._lines[row]), stream.read(end - start).decode())

    def paragraphs(self, file: FileState) -> Iterator[Paragraph]:
        """The paragraphs of one file, read at once."""
        bounds = self._bounds[file.start : file.start + file.count + 1].tolist()
        with (self.folder / TEXTS).open("rb") as stream:
            stream.seek(bounds[0])
            data = stream.read(bounds[-1] - bounds[0])
        for i in range(file.count):
            text = data[bounds[i] - bounds[0] : bounds[i + 1] - bounds[0]].decode()
            yield Paragraph(file.path, int(self._lines[file.start + i]), text)

    @cached_property
    def _starts(self) -> list[int]:
        return [file.start for file in self.files]

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        return self._array(PLACES, len(self) + 1)

    @cached_property
    def _lines(self) -> NDArray[np.int64]:
        return self._array(LINES, len(self))

    def _array(self, name: str, length: int) -> NDArray[np.int64]:
        try:
            array: NDArray[np.int64] = np.load(
                self.folder / name, mmap_mode="r", allow_pickle=False
            )
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, str(error)) from None
        if array.shape != (length,):
            raise _damaged(self.folder, f"{name} holds {len(array)} numbers, not {length}")
        return array


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if state["version"] != VERSION:
            raise _damaged(folder, f"its version is {state['version']}, not {VERSION}")
        return dict(state)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, str(error)) from None


def _map_vectors(path: Path, rows: int, width: int) -> Vectors:
    if path.stat().st_size != rows * width * 4:
        raise ValueError(f"{path.name} has another size than {rows} rows of {width}")
    if not rows:
        return np.zeros((0, width), np.float32)
    return np.memmap(path, "<f4", "r", shape=(rows, width)).view(np.ndarray)


def _damaged(folder: Path, why: str) -> BadInput:
    return BadInput(f"the index {folder} cannot be used: {why}", f"remove {folder}, and index anew")
