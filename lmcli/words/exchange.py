"""From a vectors file to a model folder and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.core.errors import BadInput
from lmcli.core.vectors import VectorWriter
from lmcli.words.formats import Batch, Complain, open_vectors_file


def import_file(
    path: Path,
    folder: Path,
    name: str,
    *,
    int8: bool = False,
    limit: int | None = None,
    complain: Complain,
    advance: Callable[[float], None],
) -> dict[str, Any]:
    """Write the model folder `folder` from a vectors file, read as a stream.

    Malformed lines and repeated words go to `complain` with their line and are left out. Raises BadInput
    where the file cannot be used at all, and then writes no model.toml. Returns what was made, as a row.
    """
    faults = 0

    def count(line: int, error: BadInput) -> None:
        nonlocal faults
        faults += 1
        complain(line, error)

    source = open_vectors_file(path, count)
    try:
        writer = VectorWriter(folder, source.dimensions, int8=int8)
        lowercase = True
        for words, rows in _distinct(source.batches, limit):
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
    return {
        "name": name,
        "folder": str(folder),
        "format": source.format,
        "words": len(writer.words),
        "dimensions": source.dimensions,
        "left_out": faults,
    }


def _distinct(batches: Iterator[Batch], limit: int | None) -> Iterator[Batch]:
    """Batches without repeated words (the first one counts) and with at most `limit` words."""
    seen: set[str] = set()
    for words, rows in batches:
        fresh = []
        for place, word in enumerate(words):
            if word not in seen and "\n" not in word and (limit is None or len(seen) < limit):
                seen.add(word)
                fresh.append(place)
        if fresh:
            yield [words[place] for place in fresh], np.ascontiguousarray(rows[fresh])
        if limit is not None and len(seen) >= limit:
            return
