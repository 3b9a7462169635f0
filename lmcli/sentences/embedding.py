"""Texts to rows with vectors, and vectors to files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lmcli.core.encoder import Vectors
from lmcli.core.errors import BadUsage, MissingExtra
from lmcli.sentences.methods import Embedder, known


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text and its vector, of length 1."""

    text: str
    embedding: list[float]


def embed(embedder: Embedder, texts: Sequence[str], tell: Callable[[str], None]) -> list[Any]:
    """An `Embedded` for each text, or the error of one without a known word.

    `tell` is given a message for each text that was cut.
    """
    vectors = embedder.encode(texts, cut=cut_note(texts, tell))
    return [
        known(embedder, text, vector) or Embedded(text, numbers(vector))
        for text, vector in zip(texts, vectors, strict=True)
    ]


def cut_note(texts: Sequence[str], tell: Callable[[str], None]) -> Callable[[int, int], None]:
    """What an encoder calls for a text that it cut."""

    def note(index: int, tokens: int) -> None:
        start = " ".join(texts[index][:80].split())[:40]
        tell(f"{start!r}... is too long for the model: its last {tokens} tokens were left out")

    return note


def numbers(vector: Vectors) -> list[float]:
    """float32 values as floats with the fewest digits that name them: nine are enough."""
    return [float(f"{value:.9g}") for value in vector.tolist()]


class EmbeddingFile:
    """Collects embeddings for a file of the kind its suffix names.

    .npy holds the matrix (n, d) in float32 alone, .parquet and .jsonl the texts too.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadUsage for another suffix, or a folder that does not exist."""
        self.path = path
        self._texts: list[str] = []
        self._vectors: list[Vectors] = []
        if path.suffix.lower() not in _WRITERS:
            kinds = ", ".join(_WRITERS)
            raise BadUsage(f"{path}: what kind of file is that?", f"it can end in {kinds}")
        from lmcli.core.install import check_target

        check_target(path)

    def extend(self, rows: Iterable[Embedded]) -> None:
        """Take rows, in the order in which they are to stand in the file."""
        for row in rows:
            self._texts.append(row.text)
            self._vectors.append(np.array(row.embedding, np.float32))

    def write(self) -> None:
        """Write the file whole. Raises MissingExtra where parquet cannot be written."""
        from lmcli.core.install import new_file

        width = len(self._vectors[0]) if self._vectors else 0
        matrix = np.array(self._vectors, np.float32).reshape(-1, width)
        with new_file(self.path) as stream:
            _WRITERS[self.path.suffix.lower()](stream, self._texts, matrix)


def _write_npy(stream: BinaryIO, _texts: Sequence[str], matrix: Vectors) -> None:
    np.save(stream, matrix)


def _write_jsonl(stream: BinaryIO, texts: Sequence[str], matrix: Vectors) -> None:
    for text, vector in zip(texts, matrix, strict=True):
        line = {"text": text, "embedding": numbers(vector)}
        stream.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _write_parquet(stream: BinaryIO, texts: Sequence[str], matrix: Vectors) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("pyarrow", "train") from None
    embeddings = pyarrow.FixedSizeListArray.from_arrays(matrix.ravel(), max(1, matrix.shape[1]))
    columns = {"text": pyarrow.array(texts, pyarrow.string()), "embedding": embeddings}
    parquet.write_table(pyarrow.table(columns), stream)


_WRITERS = {".npy": _write_npy, ".parquet": _write_parquet, ".jsonl": _write_jsonl}
