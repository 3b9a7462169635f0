"""Reading files into a collection of paragraphs with vectors, in memory or as an index on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path

import numpy as np

from lmcli.frame.errors import LmcliError
from lmcli.nn.encoder import Vectors
from lmcli.sentences.files.index import (
    FILE,
    Collection,
    ParagraphIndex,
    keys_of,
    note_of,
    places_of_old,
    remove_old,
)
from lmcli.sentences.files.paragraphs import Paragraph, find_files
from lmcli.sentences.files.reading import Reader, Report
from lmcli.sentences.methods import Embedder
from lmcli.sentences.records.keys import Keys
from lmcli.sentences.records.reading import RecordReader
from lmcli.vectors import indexing
from lmcli.vectors.index import FileState, Index, Stamp
from lmcli.vectors.indexing import Chunk

GROUP = 256  # paragraphs embedded together


def read_collection(
    places: Sequence[str], embedder: Embedder, report: Report, keys: Keys | None = None
) -> Collection:
    """The paragraphs of files and folders, or with `keys` their records, with their vectors, in memory.

    What cannot be read is told and left out. Raises NoAnswer where there is no text.
    """
    paragraphs: list[Paragraph] = []
    reader = _reader(embedder, report, keys)
    for path in find_files(places, reader.fault):
        data = reader.bytes_of(path)
        text = None if data is None else reader.text(path, data)
        if text:
            paragraphs += reader.paragraphs(str(path), text)
    if not paragraphs:
        raise reader.no_text(places)
    parts = []
    for start in range(0, len(paragraphs), GROUP):
        part = paragraphs[start : start + GROUP]
        parts.append(reader.encode([paragraph.text for paragraph in part]))
        report.advance(len(part) / len(paragraphs))
    reader.tell()
    return Collection(paragraphs, np.concatenate(parts), keys)


def _reader(embedder: Embedder, report: Report, keys: Keys | None) -> Reader:
    return RecordReader(embedder, report, keys) if keys else Reader(embedder, report)


def refresh(
    folder: Path,
    places: Sequence[str],
    embedder: Embedder,
    report: Report,
    keys: Keys | None = None,
) -> ParagraphIndex:
    """Bring the index in `folder` up to date with the files in `places`, or with those it was made of.

    A file whose size and time of change are as before is not read. One whose content is as before keeps its
    rows, and in one that changed each paragraph that still stands there keeps its own. When it is
    interrupted, what was embedded so far is kept for the next time. Without `keys` an index of records keeps
    those it has.

    What cannot be read is told and left out. Raises NoAnswer where there is no text.
    """
    if keys is None:
        keys = keys_of(folder)
    roots = [str(Path(place).resolve()) for place in places]
    if former := places_of_old(folder):
        report.warn(f"the index {folder.name} is of an older lmcli: all is embedded anew")
    maker = _Paragraphs(embedder, report, keys)
    index = indexing.refresh(folder / FILE, roots or former, maker, Index, name=folder.name)
    remove_old(folder)
    return ParagraphIndex(index)


@dataclass(frozen=True, slots=True)
class _Item:
    """A paragraph as the note of its row, and its text, or its row in the old index; no note: a file without one."""

    path: str
    sha256: str
    note: bytes = b""
    text: str = ""
    row: int | None = None
    last: bool = True


class _Paragraphs:
    """Makes rows of paragraphs (vectors/indexing.Maker)."""

    depends_on = "model, or with other keys"

    def __init__(self, embedder: Embedder, report: Report, keys: Keys | None) -> None:
        self.fingerprint = keys.fingerprint(embedder.fingerprint) if keys else embedder.fingerprint
        self._width = embedder.dimensions
        self._report = report
        self._reader = _reader(embedder, report, keys)
        self.fault, self.warn = self._reader.fault, report.warn
        self.nothing = self._reader.no_text

    def find(self, places: Sequence[str], fault: Callable[[LmcliError], None]) -> list[Stamp]:
        """The files in places, as they are now."""
        return [_stamp(path) for path in find_files(places, fault)]

    def make(self, stamps: Sequence[Stamp], old: Index | None) -> Iterator[Chunk]:
        """The rows of files, embedded some files together."""
        items = self._items(stamps, old)
        try:
            while group := list(islice(items, GROUP)):
                vectors = self._vectors([item for item in group if item.note], old)
                start = 0
                for path, own in groupby(group, attrgetter("path")):
                    part = list(own)
                    notes = [item.note for item in part if item.note]
                    rows = vectors[start : start + len(notes)]
                    start += len(notes)
                    yield Chunk(path, rows, notes, part[-1].sha256, whole=part[-1].last)
        finally:
            self._reader.tell()

    def _items(self, stamps: Sequence[Stamp], old: Index | None) -> Iterator[_Item]:
        total = sum(size for _, size, _ in stamps) or 1
        known = {file.path: file for file in old.files} if old else {}
        contents = {file.sha256: file for file in known.values() if file.sha256}
        for path, size, _ in stamps:
            data = self._reader.bytes_of(Path(path))
            if data is None:
                continue
            digest = hashlib.sha256(data).hexdigest()
            if old and (same := contents.get(digest)):
                rows = range(same.start, same.start + same.count)
                found = [
                    _Item(path, digest, old.rows.note(row), "", row, last=False) for row in rows
                ]
            else:
                text = self._reader.text(Path(path), data)
                if text is None:
                    continue
                before = _rows_by_text(old, known.get(path))
                found = [
                    _Item(path, digest, note_of(one), one.text, before.get(one.text), last=False)
                    for one in self._reader.paragraphs(path, text)
                ]
            yield from found[:-1]
            yield replace(found[-1], last=True) if found else _Item(path, digest)
            self._report.advance(size / total)

    def _vectors(self, items: list[_Item], old: Index | None) -> Vectors:
        new = [i for i, item in enumerate(items) if item.row is None]
        kept = {i: item.row for i, item in enumerate(items) if item.row is not None}
        found = self._reader.encode([items[i].text for i in new])
        block = np.zeros((len(items), found.shape[1] if new else self._width), np.float32)
        block[new] = found
        if kept and old:
            block[list(kept)] = old.vectors[list(kept.values())]
        return block


def _rows_by_text(old: Index | None, file: FileState | None) -> dict[str, int]:
    """The rows of a file in the old index by their paragraphs' text."""
    if not old or not file:
        return {}
    texts = ParagraphIndex(old).paragraphs(file)
    return {paragraph.text: row for row, paragraph in enumerate(texts, file.start)}


def _stamp(path: Path) -> Stamp:
    """Path, size in bytes and time of change of a file; -1 for one that is gone by now."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), status.st_size, status.st_mtime_ns
