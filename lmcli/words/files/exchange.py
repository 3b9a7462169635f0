"""From a vectors file to a model folder and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.vectors.writing import VectorWriter
from lmcli.words.files.formats import Batch, Complain, Say, open_vectors_file


def import_file(
    path: Path,
    folder: Path,
    name: str,
    *,
    int8: bool = False,
    limit: int | None = None,
    complain: Complain,
    say: Say,
    advance: Callable[[float], None],
) -> dict[str, Any]:
    """Write the model folder `folder` from a vectors file, read as a stream.

    Malformed lines go to `complain` with their number and are left out, what was put right goes to `say`; of
    repeated words the first one counts. Raises BadInput where the file cannot be used at all, and then writes
    no model.toml. Returns what was made, as a row.
    """
    faults = 0

    def count(line: int | None, error: BadInput) -> None:
        nonlocal faults
        faults += 1
        complain(line, error)

    source = open_vectors_file(path, count, say)
    writer = VectorWriter(folder, source.layout.dimensions, int8=int8)
    try:
        lowercase = True
        distinct = Distinct(limit)
        for words, rows in distinct.filter(source.batches):
            writer.add(words, rows)
            lowercase = lowercase and all(word == word.lower() for word in words)
            advance(len(words))
        if not writer.words:
            raise BadInput(f"{path}: no line could be used")
        spec = {
            "name": name,
            "summary": f"imported from {path.name}",
            "licence": "as the file it was imported from",
            "settings": {"lowercase": lowercase},
        }
        writer.finish(spec)
    finally:
        source.close()
        writer.close()
    return {
        "name": name,
        "folder": str(folder),
        "format": source.layout.format,
        "words": len(writer.words),
        "dimensions": source.layout.dimensions,
        "malformed": faults,
        "repeated": distinct.repeated,
    }


class Distinct:
    """Passes batches on without repeated words, up to `limit` words."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._seen: set[str] = set()
        self.repeated = 0

    def filter(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches, the first of each word only."""
        for words, rows in batches:
            fresh = []
            for place, word in enumerate(words):
                if word in self._seen:
                    self.repeated += 1
                elif not self._full:
                    self._seen.add(word)
                    fresh.append(place)
            if fresh:
                yield [words[place] for place in fresh], np.ascontiguousarray(rows[fresh])
            if self._full:
                return

    @property
    def _full(self) -> bool:
        return self._limit is not None and len(self._seen) >= self._limit
