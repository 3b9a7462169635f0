"""Word vectors on disk: a memory-mapped matrix beside its vocabulary.

`vectors.npy` holds the rows, float32 or int8. With int8, `scales.npy` (float32, one a row) gives the values:
row = scale * integers. `norms.npy` (float32) holds the length of each row as stored, so that a cosine needs no
second pass over the matrix: the scale of an int8 row cancels.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lmcli.core.errors import ModelError, UnknownWord
from lmcli.core.models import Model, write_spec
from lmcli.core.npy import map_npy
from lmcli.core.vocabulary import FILES, Vocabulary, write_vocabulary

if TYPE_CHECKING:  # numpy.typing takes its time
    import numpy.typing as npt

    Vector: TypeAlias = npt.NDArray[np.floating[Any]]

BLOCK = 4096  # rows converted at a time: 800 KB of float32 at 50 dimensions stay in the cache
KEPT = 32_768  # rows kept converted in a process that asks more than once
TASK = "word-vectors"
MADV_POPULATE_READ = 22  # <linux/mman.h>; the mmap module has no name for it


class WordVectors:
    """The vectors of a model's words: V rows of d numbers, most frequent word first."""

    def __init__(
        self,
        name: str,
        vocabulary: Vocabulary,
        matrix: npt.NDArray[Any],
        norms: Vector,
        scales: Vector | None = None,
        lowercase: bool = False,
        lasting: bool = False,
    ) -> None:
        self.name = name
        self.vocabulary = vocabulary
        self.matrix = matrix
        self.norms = norms
        self.scales = scales
        self.lowercase = lowercase
        self._converted: dict[int, Vector] = {}
        self._lasting = lasting
        self._passes = 0

    @classmethod
    def open(cls, model: Model, *, lasting: bool = False) -> WordVectors:
        """Map a model folder of task word-vectors. Raises ModelError where its files do not fit.

        lasting: many passes will be made, so that the first prepares what speeds up the next ones.
        """
        names = {file.path for file in model.files}
        vocabulary = Vocabulary(*(model.path(name) for name in FILES))
        matrix = _load(model.path("vectors.npy"))
        norms = _load(model.path("norms.npy"))
        scales = _load(model.path("scales.npy")) if "scales.npy" in names else None
        rows = len(vocabulary)
        if matrix.shape[0] != rows or norms.shape != (rows,) or matrix.ndim != 2:
            raise ModelError(f"{model.folder}: matrix and vocabulary differ in size", model.mend())
        if (matrix.dtype == np.int8) != (scales is not None):
            raise ModelError(f"{model.folder}: int8 rows need scales.npy", model.mend())
        lowercase = bool(model.settings.get("lowercase", False))
        return cls(model.name, vocabulary, matrix, norms, scales, lowercase, lasting)

    def __len__(self) -> int:
        return len(self.vocabulary)

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self.matrix.shape[1])

    def find(self, word: str) -> int | None:
        """The row of a word, case folded where the model's words are all lower case; or None."""
        row = self.vocabulary.find(word)
        if row is None and self.lowercase:
            row = self.vocabulary.find(word.lower())
        return row

    def row(self, word: str) -> int:
        """The row of a word. Raises UnknownWord, with the nearest spellings."""
        row = self.find(word)
        if row is None:
            text = word.lower() if self.lowercase else word
            raise UnknownWord(word, self.name, self.vocabulary.nearest_spellings(text))
        return row

    def vectors(self, rows: Sequence[int]) -> Vector:
        """The vectors of `rows`, shape (n, d)."""
        index = np.asarray(rows, np.int64)
        found = self.matrix[index].astype(np.float32)
        if self.scales is not None:
            found *= self.scales[index, None]
        return found

    def units(self, rows: Sequence[int]) -> Vector:
        """The vectors of `rows` scaled to length 1, shape (n, d); a zero vector stays zero."""
        index = np.asarray(rows, np.int64)
        return self.matrix[index].astype(np.float32) / self._lengths[index, None]

    def blocks(self, stop: int | None = None) -> Iterator[tuple[int, Vector, Vector]]:
        """Pass over the first `stop` rows: (start, rows as stored in float32, their norms).

        A block may be overwritten by the next one. The scale of int8 rows is not applied: divide what
        is linear in them by the norms. A process that comes back keeps the most frequent words'
        blocks converted.
        """
        stop = min(stop or len(self), len(self))
        buffer = np.empty((BLOCK, self.dimensions), np.float32)
        self._passes += 1
        if self._passes == 1:
            _fetch(self.matrix, stop)
        for start in range(0, stop, BLOCK):
            end = min(start + BLOCK, stop)
            block = self._converted.get(start)
            if block is None or len(block) < end - start:
                keep = (self._lasting or self._passes > 1) and start < KEPT
                block = np.empty_like(buffer[: end - start]) if keep else buffer[: end - start]
                np.copyto(block, self.matrix[start:end])
                if keep:
                    self._converted[start] = block
            yield start, block[: end - start], self._lengths[start:end]

    def exact(self, rows: npt.NDArray[np.int64]) -> tuple[Vector, Vector]:
        """The rows as stored and their norms, as `blocks` gives them, in double precision."""
        block: Vector = self.matrix[rows].astype(np.float64)
        norms: Vector = self._lengths[rows].astype(np.float64)
        return block, norms

    @cached_property
    def _lengths(self) -> Vector:
        """Norms to divide by: 1 for a zero vector."""
        return np.where(self.norms == 0, np.float32(1), self.norms)


def _load(path: Path) -> npt.NDArray[Any]:
    try:
        return map_npy(path).view(np.ndarray)
    except (ValueError, OSError) as error:
        raise ModelError(f"{path}: {error}") from None


def _fetch(mapped: npt.NDArray[Any], rows: int) -> None:
    """Map the pages of the first `rows` in one call, where the system can (Linux 5.14): a third of the
    time of a first pass is page faults.
    """
    pages = mapped.base.base if mapped.base is not None else None
    if sys.platform == "linux" and isinstance(pages, mmap.mmap):
        with suppress(OSError, ValueError):
            pages.madvise(MADV_POPULATE_READ, 0, min(rows * mapped[0].nbytes + 4096, len(pages)))


def shortest(value: np.float32) -> float:
    """A float32 as the float with the fewest digits that names it: .85 rather than .8500000238."""
    return float(str(value))


def quantise(vectors: Vector) -> tuple[npt.NDArray[np.int8], Vector]:
    """Round each row to int8 with a scale of its own: row = scale * integers, the largest is 127."""
    scales = np.abs(vectors).max(axis=1).astype(np.float32) / np.float32(127)
    divisors = np.where(scales == 0, np.float32(1), scales)
    return np.rint(vectors / divisors[:, None]).astype(np.int8), scales


class VectorWriter:
    """Writes a model folder row by row: only the words, norms and scales are held in memory."""

    def __init__(self, folder: Path, dimensions: int, *, int8: bool = False) -> None:
        self._folder = folder
        self._dimensions = dimensions
        self._int8 = int8
        self._file = (folder / "vectors.npy").open("wb")
        self._file.write(bytes(len(self._header(0))))
        self._norms: list[Vector] = []
        self._scales: list[Vector] = []
        self.words: list[str] = []

    def add(self, words: Sequence[str], vectors: Vector) -> None:
        """Append rows (n, d) and their words."""
        stored: npt.NDArray[Any] = np.ascontiguousarray(vectors, "<f4")
        if self._int8:
            stored, scales = quantise(stored)
            self._scales.append(scales)
        self._norms.append(np.linalg.norm(stored.astype(np.float32), axis=1))
        self._file.write(stored.tobytes())
        self.words.extend(words)

    def finish(self, spec: Mapping[str, Any]) -> Model:
        """Write the rest: vocabulary, norms, scales, and model.toml with `spec`."""
        self._file.seek(0)
        self._file.write(self._header(len(self.words)))
        self._file.close()
        write_vocabulary(self._folder, self.words)
        np.save(self._folder / "norms.npy", np.concatenate(self._norms))
        files = [*FILES, "vectors.npy", "norms.npy"]
        if self._int8:
            np.save(self._folder / "scales.npy", np.concatenate(self._scales))
            files.append("scales.npy")
        return write_spec(self._folder, {"task": TASK, **spec}, tuple(files))

    def _header(self, rows: int) -> bytes:
        """The .npy header, of one length whatever the number of rows."""
        dtype = "|i1" if self._int8 else "<f4"
        shape = (rows, self._dimensions)
        fields = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
        return b"\x93NUMPY\x01\x00v\x00" + fields.ljust(117).encode() + b"\n"


def write_vectors(
    folder: Path,
    words: Sequence[str],
    vectors: Vector,
    spec: Mapping[str, Any],
    *,
    int8: bool = False,
) -> Model:
    """Write a model folder: the vectors (V, d) of distinct `words`, and model.toml with `spec`."""
    writer = VectorWriter(folder, vectors.shape[1], int8=int8)
    writer.add(words, vectors)
    return writer.finish(spec)
