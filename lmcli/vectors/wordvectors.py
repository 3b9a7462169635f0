"""Word vectors on disk: a memory-mapped matrix beside its vocabulary.

`vectors.npy` holds the rows, float32 or int8. With int8, `scales.npy` (float32, one a row) gives the values:
row = scale * integers. `norms.npy` (float32, or float64 where that is too narrow) holds the length of each row as
stored, so that a cosine needs no second pass over the matrix: the scale of an int8 row cancels.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lmcli.frame.errors import ModelError, NoAnswer, UnknownWord, quoted
from lmcli.frame.models import Model
from lmcli.frame.text.understanding import able, scripts_in
from lmcli.vectors.npy import map_npy
from lmcli.vectors.vocabulary import FILES, Vocabulary

if TYPE_CHECKING:  # numpy.typing takes its time
    import numpy.typing as npt

    Vector: TypeAlias = npt.NDArray[np.floating[Any]]

BLOCK = 4096  # rows converted at a time: 800 KB of float32 at 50 dimensions stay in the cache
KEPT = 32_768  # rows kept converted in a process that asks more than once
ASKED = 1000  # unknown words whose neighbours by spelling are kept
TASK = "word-vectors"
MODERATE = (1e-15, 1e15)  # norms whose rows float32 multiplies without loss
CANCELLED = 1e-6  # a sum of unit vectors of this length is what rounding left over
LARGEST = 3.4028234663852886e38  # of float32
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
        self._near: dict[str, list[str]] = {}

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
            near = self._meant(text)
            raise UnknownWord(word, self.name, near, able(TASK, scripts_in(text[:80]), self.name))
        return row

    def _meant(self, word: str) -> list[str]:
        """What an unknown word may mean, kept: a text asks for the same words again and again."""
        if word not in self._near:
            near = self.vocabulary.other_forms(word) or [
                spelling
                for spelling in self.vocabulary.nearest_spellings(word)
                if set(spelling) & set(word)
            ]
            if len(self._near) >= ASKED:
                self._near.clear()
            self._near[word] = near
        return self._near[word]

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
            with np.errstate(over="ignore"):  # 127 * (largest / 127) may round up beyond float32
                found *= self.scales[index, None]
            found.clip(-LARGEST, LARGEST, out=found)
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
