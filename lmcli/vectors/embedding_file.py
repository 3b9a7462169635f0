"""Files of vectors with what they belong to: .npy, .parquet, .jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadUsage, MissingExtra
from lmcli.frame.inputs import Outcome

Vectors = NDArray[np.float32]


def numbers(vector: Vectors) -> list[float]:
    """float32 values as floats with the fewest digits that name them: nine are enough."""
    return [float(f"{value:.9g}") for value in vector.tolist()]


class EmbeddingFile:
    """Collects embeddings for a file of the kind its suffix names.

    .npy holds the matrix (n, d) in float32 alone, .parquet and .jsonl also what each row belongs to, in
    the field `key`: text, image. A record that failed keeps its place, so that rows and records stay in
    step: a row of nan in .npy, null in the others.
    """

    def __init__(self, path: Path, key: str = "text") -> None:
        """Raises BadUsage for another suffix, or a folder that does not exist."""
        self.path = path
        self.key = key
        self._names: list[str] = []
        self._vectors: list[Vectors | None] = []
        if path.suffix.lower() not in _WRITERS:
            kinds = ", ".join(_WRITERS)
            raise BadUsage(f"{path}: what kind of file is that?", f"it can end in {kinds}")
        from lmcli.frame.disk.whole import check_target

        check_target(path)

    def filled(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Take the rows of outcomes in their order, pass the errors on, and write the file at the end."""
        for outcome in outcomes:
            if outcome.error is None:
                self.extend(outcome.rows)
            else:
                self._names.append(outcome.record.value)
                self._vectors.append(None)
            yield replace(outcome, rows=())
        if not self._vectors or any(vector is not None for vector in self._vectors):
            self.write()

    def extend(self, rows: Iterable[Any]) -> None:
        """Take rows, each with an `embedding` and the field `key`."""
        for row in rows:
            self._names.append(getattr(row, self.key))
            self._vectors.append(np.array(row.embedding, np.float32))

    def write(self) -> None:
        """Write the file whole. Raises MissingExtra where parquet cannot be written."""
        from lmcli.frame.disk.whole import new_file

        width = next((len(vector) for vector in self._vectors if vector is not None), 0)
        matrix = np.full((len(self._vectors), width), np.nan, np.float32)
        for row, vector in enumerate(self._vectors):
            if vector is not None:
                matrix[row] = vector
        with new_file(self.path) as stream:
            _WRITERS[self.path.suffix.lower()](stream, self.key, self._names, matrix)


def _write_npy(stream: BinaryIO, _key: str, _names: Sequence[str], matrix: Vectors) -> None:
    np.save(stream, matrix)


def _write_jsonl(stream: BinaryIO, key: str, names: Sequence[str], matrix: Vectors) -> None:
    for name, vector in zip(names, matrix, strict=True):
        line = {key: name, "embedding": None if _failed(vector) else numbers(vector)}
        stream.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _failed(vector: Vectors) -> bool:
    """Whether a row belongs to a record that failed."""
    return bool(np.isnan(vector).any())


def _write_parquet(stream: BinaryIO, key: str, names: Sequence[str], matrix: Vectors) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("pyarrow", "train") from None
    failed = np.isnan(matrix).any(axis=1)
    embeddings = pyarrow.FixedSizeListArray.from_arrays(
        matrix.ravel(),
        max(1, matrix.shape[1]),
        mask=pyarrow.array(failed) if failed.any() else None,
    )
    columns = {key: pyarrow.array(names, pyarrow.string()), "embedding": embeddings}
    parquet.write_table(pyarrow.table(columns), stream)


_WRITERS = {".npy": _write_npy, ".parquet": _write_parquet, ".jsonl": _write_jsonl}
