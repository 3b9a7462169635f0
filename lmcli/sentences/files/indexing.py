"""Reading files into a collection of paragraphs with vectors, in memory or as an index on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import numpy as np

from lmcli.frame.disk.whole import install
from lmcli.frame.errors import BadInput, LmcliError
from lmcli.nn.encoder import Vectors
from lmcli.sentences.files.index import (
    LINES,
    PLACES,
    STATE,
    TEXTS,
    VECTORS,
    VERSION,
    Collection,
    FileState,
    Index,
    Outdated,
    mute_rows,
    open_index,
    places_of,
)
from lmcli.sentences.files.paragraphs import (
    Paragraph,
    find_files,
)
from lmcli.sentences.files.reading import Reader, Report
from lmcli.sentences.methods import Embedder
from lmcli.store.fetch.preparing import locked

GROUP = 256  # paragraphs embedded and written together
UNFINISHED = -1  # the time of change of a file whose indexing was interrupted

Item = tuple[Paragraph, int | None]  # a paragraph, and its row in the old index if it is known


def read_collection(places: Sequence[str], embedder: Embedder, report: Report) -> Collection:
    """The paragraphs of files and folders with their vectors, in memory.

    What cannot be read is told and left out. Raises NoAnswer where there is no text.
    """
    paragraphs: list[Paragraph] = []
    reader = Reader(embedder, report)
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
    return Collection(paragraphs, np.concatenate(parts))


def refresh(folder: Path, places: Sequence[str], embedder: Embedder, report: Report) -> Index:
    """Bring the index in `folder` up to date with the files in `places`, or with those it was made of.

    A file whose size and time of change are as before is not read. One whose content is as before keeps its
    rows, and in one that changed each paragraph that still stands there keeps its own. When it is
    interrupted, what was embedded so far is kept for the next time.

    What cannot be read is told and left out. Raises NoAnswer where there is no text.
    """
    roots = [str(Path(place).resolve()) for place in places]
    faults: list[LmcliError] = []
    current = _current(folder, roots, embedder, faults.append)
    if current:
        for fault in faults:
            report.fault(fault)
        return current
    with locked(folder, report.warn):
        old = _usable(folder, embedder, report)
        roots = roots or places_of(folder)
        if not roots:
            raise BadInput(f"there is no index {folder.name}", "name what to index with --in")
        with install(folder, force=True) as work:
            writer = _Writer(work, embedder, old, report)
            interrupted = writer.fill(roots)
        index = Index(folder)  # before another process puts its own here
    if interrupted:
        raise interrupted
    return index


def _current(
    folder: Path, roots: list[str], embedder: Embedder, fault: Callable[[LmcliError], None]
) -> Index | None:
    """The index in `folder`, if nothing changed since it was made."""
    if not (folder / STATE).is_file():
        return None
    try:
        index = open_index(folder)
    except Outdated:
        return None
    if index.made_by != embedder.fingerprint or (roots and roots != index.places):
        return None
    seen = [_stamp(path) for path in find_files(index.places, fault)]
    same = seen == [(file.path, file.size, file.modified) for file in index.files]
    return index if same else None


def _usable(folder: Path, embedder: Embedder, report: Report) -> Index | None:
    """The old index, if its vectors are of the model in use."""
    if not (folder / STATE).is_file():
        return None
    try:
        old = Index(folder)
    except Outdated:
        report.warn(f"the index {folder.name} is of an older lmcli: all is embedded anew")
        return None
    if old.made_by == embedder.fingerprint:
        return old
    report.warn(f"the index {folder.name} was made with another model: all is embedded anew")
    return None


class _Writer:
    """Writes an index into an empty folder, taking what is known from an old one."""

    def __init__(self, folder: Path, embedder: Embedder, old: Index | None, report: Report) -> None:
        self.folder = folder
        self.fingerprint = embedder.fingerprint
        self.reader = Reader(embedder, report)
        self.old = old
        self.report = report
        self.files: list[FileState] = []
        self.lines: list[int] = []
        self.mute: list[int] = []
        self.bounds = [0]
        self.width = embedder.dimensions

    def fill(self, roots: list[str]) -> KeyboardInterrupt | None:
        """Index the files in `roots`; the interruption that ended it early, if one did."""
        interrupted = None
        with (
            (self.folder / VECTORS).open("wb") as vectors,
            (self.folder / TEXTS).open("wb") as texts,
        ):
            try:
                items = self._items(roots)
                while group := list(islice(items, GROUP)):
                    block = self._vectors(group)
                    data = [paragraph.text.encode() for paragraph, _ in group]
                    vectors.write(block.astype("<f4").tobytes())
                    texts.write(b"".join(data))
                    self.mute += [len(self.lines) + row for row in mute_rows(block)]
                    self.lines += [paragraph.line for paragraph, _ in group]
                    self.bounds += (self.bounds[-1] + np.cumsum([len(d) for d in data])).tolist()
            except KeyboardInterrupt as error:
                interrupted = error
            rows = min(len(self.lines), len(self.bounds) - 1)
            vectors.truncate(rows * self.width * 4)
            texts.truncate(self.bounds[rows])
        if not rows and not interrupted:
            raise self.reader.no_text(roots)
        self._finish(roots, rows)
        self.reader.tell()
        return interrupted

    def _items(self, roots: list[str]) -> Iterator[Item]:
        paths = list(find_files(roots, self.reader.fault))
        total = sum(_stamp(path)[1] for path in paths) or 1
        known = {file.path: file for file in self.old.files} if self.old else {}
        contents = {file.sha256: file for file in known.values()}
        start = 0
        for path in paths:
            stamp = _stamp(path)
            before = known.get(stamp[0])
            if before and stamp == (before.path, before.size, before.modified):
                digest, items = before.sha256, self._kept(before, before.path)
            else:
                data = self.reader.bytes_of(path)
                if data is None:
                    continue
                digest = hashlib.sha256(data).hexdigest()
                if same := contents.get(digest):
                    items = self._kept(same, stamp[0])
                else:
                    text = self.reader.text(path, data)
                    if text is None:
                        continue
                    items = self._changed(stamp[0], text, before)
            self.files.append(FileState(*stamp, digest, start, len(items)))
            start += len(items)
            yield from items
            self.report.advance(stamp[1] / total)

    def _kept(self, file: FileState, path: str) -> list[Item]:
        assert self.old is not None
        return [
            (replace(paragraph, path=path), file.start + i)
            for i, paragraph in enumerate(self.old.paragraphs(file))
        ]

    def _changed(self, path: str, text: str, before: FileState | None) -> list[Item]:
        rows: dict[str, int] = {}
        if before and self.old:
            texts = self.old.paragraphs(before)
            rows = {paragraph.text: before.start + i for i, paragraph in enumerate(texts)}
        found = self.reader.paragraphs(path, text)
        return [(paragraph, rows.get(paragraph.text)) for paragraph in found]

    def _vectors(self, group: list[Item]) -> Vectors:
        new = [i for i, (_, row) in enumerate(group) if row is None]
        kept = {i: row for i, (_, row) in enumerate(group) if row is not None}
        found = self.reader.encode([group[i][0].text for i in new])
        if new:
            self.width = found.shape[1]
        elif self.old:
            self.width = self.old.vectors.shape[1]
        block = np.zeros((len(group), self.width), np.float32)
        block[new] = found
        if kept and self.old:
            block[list(kept)] = self.old.vectors[list(kept.values())]
        return block

    def _finish(self, roots: list[str], rows: int) -> None:
        np.save(self.folder / PLACES, np.array(self.bounds[: rows + 1], np.int64))
        np.save(self.folder / LINES, np.array(self.lines[:rows], np.int64))
        state = {
            "version": VERSION,
            "made_by": self.fingerprint,
            "places": roots,
            "rows": rows,
            "width": self.width,
            "mute": [row for row in self.mute if row < rows],
            "files": [asdict(file) for file in _within(self.files, rows)],
        }
        # in ASCII: a path may hold bytes that are no UTF-8
        (self.folder / STATE).write_text(json.dumps(state), encoding="ascii")


def _within(files: list[FileState], rows: int) -> Iterator[FileState]:
    """The files whose rows were written; one that was cut short will be read again."""
    for file in files:
        if file.start + file.count <= rows:
            yield file
        elif file.start < rows:
            yield replace(file, count=rows - file.start, modified=UNFINISHED, sha256="")


def _stamp(path: Path) -> tuple[str, int, int]:
    """Path, size in bytes and time of change of a file; -1 for one that is gone by now."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), status.st_size, status.st_mtime_ns
