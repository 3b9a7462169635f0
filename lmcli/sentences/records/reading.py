"""Records read for a search: one row each, whose vector is the weighted mean of its keys' vectors.

A row's product with a query is then the weighted mean of the keys' cosines. The row's text is the record as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from lmcli.frame.errors import LmcliError, NoAnswer, named
from lmcli.frame.numbers import normalised
from lmcli.nn.encoder import Vectors
from lmcli.sentences.files.paragraphs import Paragraph
from lmcli.sentences.files.reading import Reader, Report
from lmcli.sentences.methods import Embedder
from lmcli.sentences.records.keys import Key, Keys, known
from lmcli.sentences.records.parsing import KINDS, is_record_file, parse


class RecordReader(Reader):
    """Reads files of records, and embeds their keys."""

    def __init__(self, embedder: Embedder, report: Report, keys: Keys) -> None:
        super().__init__(embedder, report)
        self._keys = keys
        self._fields: dict[str, None] = {}
        self._keyless = 0
        self._found = 0

    def paragraphs(self, path: str, text: str) -> Iterator[Paragraph]:
        """The records of a file that have a key."""
        if not is_record_file(path):
            self._report.warn(f"{named(path)} is no {KINDS} file: left out")
            return
        for record in parse(path, text, self.fault):
            self._fields.update(dict.fromkeys(record.fields))
            if self._keys.texts(record.fields):
                self._found += 1
                yield Paragraph(path, record.line, json.dumps(record.fields, ensure_ascii=False))
            else:
                self._keyless += 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The rows of records: the mean of their keys' unit vectors, by weight; a key in pieces, by length."""
        parts = [
            (row, key, piece)
            for row, text in enumerate(texts)
            for key, value in self._keys.texts(json.loads(text))
            for piece in self._embedder.pieces(value)
        ]
        vectors = super().encode([piece for *_, piece in parts])
        of_keys: dict[tuple[int, Key], Vectors] = {}
        for (row, key, piece), vector in zip(parts, vectors, strict=True):
            of_keys[row, key] = of_keys.get((row, key), 0) + len(piece) * vector
        rows = np.zeros((len(texts), self._embedder.dimensions), np.float32)
        totals = np.zeros((len(texts), 1), np.float32)
        for (row, key), vector in of_keys.items():
            if vector.any():
                rows[row] += key.weight * normalised(vector)
                totals[row] += key.weight
        return np.divide(rows, totals, out=rows, where=totals > 0)

    def no_text(self, places: Sequence[str]) -> LmcliError:
        """The error where no record has a key."""
        if self._keyless:
            try:
                known([key.field for key in self._keys.keys], list(self._fields), "--key")
            except LmcliError as error:
                return error
            return NoAnswer("of all records the keys are empty")
        if self._first:
            return super().no_text(places)
        return NoAnswer(f"there are no records in {', '.join(map(named, places))}", f"name {KINDS}")

    def tell(self) -> None:
        """Say what was left out."""
        super().tell()
        names = [key.field for key in self._keys.keys]
        if self._found and self._keyless:
            say = f"{self._keyless} record{'s' * (self._keyless > 1)} without {' or '.join(names)}"
            self._report.warn(f"{say}: left out")
        for name in names if self._found else ():
            if name not in self._fields:
                self._report.warn(f"no record that was read now has the field {name!r}")
