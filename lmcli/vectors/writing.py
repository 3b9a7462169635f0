"""Write word vectors as a model folder: what `wordvectors` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lmcli.frame.models import Model, write_spec
from lmcli.vectors.vocabulary import FILES, write_vocabulary
from lmcli.vectors.wordvectors import TASK, norms_of

if TYPE_CHECKING:  # numpy.typing takes its time
    import numpy.typing as npt

    from lmcli.vectors.wordvectors import Vector


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
