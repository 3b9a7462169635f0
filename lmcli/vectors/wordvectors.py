"""Word vectors on disk: a memory-mapped matrix beside its vocabulary.

`vectors.npy` holds the rows, float32 or int8. With int8, `scales.npy` (float32, one a row) gives the values:
row = scale * integers. `norms.npy` (float32, or float64 where that is too narrow) holds the length of each row as
stored, so that a cosine needs no second pass over the matrix: the scale of an int8 row cancels.
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

from lmcli.frame.errors import ModelError, NoAnswer, UnknownWord, quoted
from lmcli.frame.models import Model, write_spec
from lmcli.frame.text.understanding import able, scripts_in
from lmcli.vectors.npy import map_npy
from lmcli.vectors.vocabulary import FILES, Vocabulary, write_vocabulary

if TYPE_CHECKING:  # numpy.typing takes its time
    import numpy.typing as npt

    Vector: TypeAlias = npt.NDArray[np.floating[Any]]

BLOCK = 4096  # rows converted at a time: 800 KB of float32 at 50 dimensions stay in the cache
KEPT = 32_768  # rows kept converted in a process that asks more than once
TASK = "word-vectors"
MODERATE = (1e-15, 1e15)  # norms whose rows float32 multiplies without loss
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
        """The row of a word, case folded where the model's words are all lower case; or None.

        A word is known in its composed and its decomposed form (NFC, NFD).
        """
        row = self._find(word)
        if row is None and not word.isascii():
            from unicodedata import normalize

            row = self._find(normalize("NFC", word))
            row = self._find(normalize("NFD", word)) if row is None else row
        return row

    def _find(self, word: str) -> int | None:
        row = self.vocabulary.find(word)
        if row is None and self.lowercase:
            row = self.vocabulary.find(word.lower())
        return row

    def row(self, word: str) -> int:
        """The row of a word. Raises UnknownWord, with other forms of the word or the nearest spellings."""
        row = self.find(word)
        if row is None:
            text = word.lower() if self.lowercase else word
            near = self.vocabulary.other_forms(text) or [
                spelling
                for spelling in self.vocabulary.nearest_spellings(text)
                if set(spelling) & set(text)
            ]
            raise UnknownWord(word, self.name, near, able(TASK, scripts_in(text[:80]), self.name))
        return row

    def directed(self, word: str) -> int:
        """The row of a word that has cosines. Raises UnknownWord, NoAnswer for a zero vector."""
        row = self.row(word)
        if not 0 < self._norms[row] < np.inf:
            raise NoAnswer(f"the vector of {quoted(word)} is zero: it has no cosine with any other")
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
        found = self.matrix[index].astype(np.float32)
        return np.asarray(found / self._lengths[index, None], np.float32)

    def blocks(self, stop: int | None = None) -> Iterator[tuple[int, Vector, Vector]]:
        """Pass over the first `stop` rows: (start, rows as stored in float32, their norms).

        A block may be overwritten by the next one. The scale of int8 rows is not applied: divide what
        is linear in them by the norms. Rows too large or small for products in float32 come as unit
        vectors. A process that comes back keeps the most frequent words' blocks converted.
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
                if self._moderate:
                    np.copyto(block, self.matrix[start:end])
                else:
                    np.copyto(block, self.units(range(start, end)))
                if keep:
                    self._converted[start] = block
            norms = self._lengths[start:end]
            yield start, block[: end - start], norms if self._moderate else np.ones_like(norms)

    def exact(self, rows: npt.NDArray[np.int64]) -> tuple[Vector, Vector]:
        """The rows as stored and their norms, as `blocks` gives them, in double precision."""
        block: Vector = self.matrix[rows].astype(np.float64)
        norms: Vector = self._lengths[rows].astype(np.float64)
        return block, norms

    @cached_property
    def directionless(self) -> npt.NDArray[np.int64]:
        """The rows of zero vectors (and of those with numbers that are not finite), in order."""
        return np.flatnonzero(~((self._norms > 0) & (self._norms < np.inf)))

    @cached_property
    def _norms(self) -> Vector:
        """The norms of the rows as stored; measured here where those on disk went beyond float32."""
        if self.norms.max(initial=0) < np.inf:
            return self.norms
        return np.concatenate(
            list(map(norms_of, np.array_split(self.matrix, 1 + len(self) // BLOCK)))
        )

    @cached_property
    def _lengths(self) -> Vector:
        """Norms to divide by: 1 for a zero vector."""
        if not len(self.directionless):
            return self._norms
        lengths: Vector = self._norms.copy()
        lengths[self.directionless] = 1
        return lengths

    @cached_property
    def _moderate(self) -> bool:
        return bool(MODERATE[0] < self._lengths.min() and self._lengths.max() < MODERATE[1])


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


def norms_of(rows: npt.NDArray[Any]) -> Vector:
    """The norms of rows (n, d) in double precision: a float32 square overflows from 1.8e19 on."""
    return np.asarray(np.linalg.norm(rows.astype(np.float64), axis=1))


def quantise(vectors: Vector) -> tuple[npt.NDArray[np.int8], Vector]:
    """Round each row to int8 with a scale of its own: row = scale * integers, the largest is 127."""
    scales = np.abs(vectors).max(axis=1).astype(np.float32) / np.float32(127)
    tiny = (scales < np.finfo(np.float32).tiny) & vectors.any(axis=1)
    divisors = np.where(scales == 0, np.float32(1), scales)
    if tiny.any():  # the scale lost digits
        divisors = divisors.astype(np.float64)
        divisors[tiny] = np.abs(vectors[tiny]).max(axis=1).astype(np.float64) / 127
    return np.rint(vectors / divisors[:, None]).astype(np.int8), scales


def _narrowed(norms: Vector) -> Vector:
    """Norms in float32, where all of them fit."""
    limits = np.finfo(np.float32)
    fit = (norms == 0) | ((norms >= limits.tiny) & (norms <= limits.max))
    return norms.astype(np.float32) if fit.all() else norms


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
        self._norms.append(norms_of(stored))
        self._file.write(stored.tobytes())
        self.words.extend(words)

    def finish(self, spec: Mapping[str, Any]) -> Model:
        """Write the rest: vocabulary, norms, scales, and model.toml with `spec`."""
        self._file.seek(0)
        self._file.write(self._header(len(self.words)))
        self.close()
        write_vocabulary(self._folder, self.words)
        np.save(self._folder / "norms.npy", _narrowed(np.concatenate(self._norms)))
        files = [*FILES, "vectors.npy", "norms.npy"]
        if self._int8:
            np.save(self._folder / "scales.npy", np.concatenate(self._scales))
            files.append("scales.npy")
        return write_spec(self._folder, {"task": TASK, **spec}, tuple(files))

    def close(self) -> None:
        """Close the file of rows, where `finish` will not."""
        self._file.close()

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
