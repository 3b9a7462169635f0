"""Reading files into a collection of paragraphs with vectors, in memory or as an index on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from lmcli.core.encoder import Vectors
from lmcli.core.errors import BadInput, NoAnswer
from lmcli.core.install import install
from lmcli.core.preparing import locked
from lmcli.sentences.index import (
    LINES,
    PLACES,
    STATE,
    TEXTS,
    VECTORS,
    VERSION,
    Collection,
    FileState,
    Index,
    open_index,
)
from lmcli.sentences.methods import Embedder, for_passages
from lmcli.sentences.paragraphs import Paragraph, decode, find_files, split

GROUP = 256  # paragraphs embedded and written together
UNFINISHED = -1  # the time of change of a file whose indexing was interrupted

Item = tuple[Paragraph, int | None]  # a paragraph, and its row in the old index if it is known


@dataclass(frozen=True, slots=True)
class Report:
    """Where the work tells how it goes: warnings, notes by the way, the share done since the last call."""

    warn: Callable[[str], None]
    note: Callable[[str], None]
    advance: Callable[[float], None]


def read_collection(places: Sequence[str], embedder: Embedder, report: Report) -> Collection:
    """The paragraphs of files and folders with their vectors, in memory.

    Raises BadInput for a place that does not exist, NoAnswer where there is no text.
    """
    paragraphs: list[Paragraph] = []
    for path in find_files(places):
        paragraphs += split(str(path), _text(path, _read(path), report))
    if not paragraphs:
        raise NoAnswer(f"there is no text in {', '.join(places)}")
    encoder = _CountingCuts(embedder)
    parts = []
    for start in range(0, len(paragraphs), GROUP):
        part = paragraphs[start : start + GROUP]
        parts.append(encoder.encode([paragraph.text for paragraph in part]))
        report.advance(len(part) / len(paragraphs))
    encoder.report(report)
    return Collection(paragraphs, np.concatenate(parts))


def refresh(folder: Path, places: Sequence[str], embedder: Embedder, report: Report) -> Index:
    """Bring the index in `folder` up to date with the files in `places`, or with those it was made of.

    A file whose size and time of change are as before is not read. One whose content is as before keeps its
    rows, and in one that changed each paragraph that still stands there keeps its own. When it is
    interrupted, what was embedded so far is kept for the next time.

    Raises BadInput for a place that does not exist, NoAnswer where there is no text.
    """
    roots = [str(Path(place).resolve()) for place in places]
    current = _current(folder, roots, embedder)
    if current:
        return current
    with locked(folder, report.warn):
        old = _usable(folder, embedder, report)
        if not roots and (folder / STATE).is_file():
            roots = Index(folder).places
        if not roots:
            raise BadInput(f"there is no index {folder.name}", "name what to index with --in")
        with install(folder, force=True) as work:
            writer = _Writer(work, embedder, old, report)
            interrupted = writer.fill(roots)
        index = Index(folder)  # before another process puts its own here
    if interrupted:
        raise interrupted
    return index


def _current(folder: Path, roots: list[str], embedder: Embedder) -> Index | None:
    """The index in `folder`, if nothing changed since it was made."""
    if not (folder / STATE).is_file():
        return None
    index = open_index(folder)
    if index.made_by != embedder.fingerprint or (roots and roots != index.places):
        return None
    seen = [_stamp(path) for path in find_files(index.places)]
    same = seen == [(file.path, file.size, file.modified) for file in index.files]
    return index if same else None


def _usable(folder: Path, embedder: Embedder, report: Report) -> Index | None:
    """The old index, if its vectors are of the model in use."""
    if not (folder / STATE).is_file():
        return None
    old = Index(folder)
    if old.made_by == embedder.fingerprint:
        return old
    report.warn(f"the index {folder.name} was made with another model: all is embedded anew")
    return None


class _Writer:
    """Writes an index into an empty folder, taking what is known from an old one."""

    def __init__(self, folder: Path, embedder: Embedder, old: Index | None, report: Report) -> None:
        self.folder = folder
        self.fingerprint = embedder.fingerprint
        self.encoder = _CountingCuts(embedder)
        self.old = old
        self.report = report
        self.files: list[FileState] = []
        self.lines: list[int] = []
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
                    self.lines += [paragraph.line for paragraph, _ in group]
                    self.bounds += (self.bounds[-1] + np.cumsum([len(d) for d in data])).tolist()
            except KeyboardInterrupt as error:
                interrupted = error
            rows = min(len(self.lines), len(self.bounds) - 1)
            vectors.truncate(rows * self.width * 4)
            texts.truncate(self.bounds[rows])
        if not rows and not interrupted:
            raise NoAnswer(f"there is no text in {', '.join(roots)}")
        self._finish(roots, rows)
        self.encoder.report(self.report)
        return interrupted

    def _items(self, roots: list[str]) -> Iterator[Item]:
        paths = list(find_files(roots))
        total = sum(path.stat().st_size for path in paths) or 1
        known = {file.path: file for file in self.old.files} if self.old else {}
        contents = {file.sha256: file for file in known.values()}
        start = 0
        for path in paths:
            stamp = _stamp(path)
            before = known.get(stamp[0])
            if before and stamp == (before.path, before.size, before.modified):
                digest, items = before.sha256, self._kept(before, before.path)
            else:
                data = _read(path)
                digest = hashlib.sha256(data).hexdigest()
                if same := contents.get(digest):
                    items = self._kept(same, stamp[0])
                else:
                    items = self._changed(stamp[0], _text(path, data, self.report), before)
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
        return [(paragraph, rows.get(paragraph.text)) for paragraph in split(path, text)]

    def _vectors(self, group: list[Item]) -> Vectors:
        new = [i for i, (_, row) in enumerate(group) if row is None]
        kept = {i: row for i, (_, row) in enumerate(group) if row is not None}
        found = self.encoder.encode([group[i][0].text for i in new])
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
            "files": [asdict(file) for file in _within(self.files, rows)],
        }
        (self.folder / STATE).write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")


def _within(files: list[FileState], rows: int) -> Iterator[FileState]:
    """The files whose rows were written; one that was cut short will be read again."""
    for file in files:
        if file.start + file.count <= rows:
            yield file
        elif file.start < rows:
            yield replace(file, count=rows - file.start, modified=UNFINISHED, sha256="")


class _CountingCuts:
    """An embedder that counts the texts it had to cut."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = for_passages(embedder)
        self._cut = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode(texts, cut=self._count)

    def _count(self, _index: int, _tokens: int) -> None:
        self._cut += 1

    def report(self, report: Report) -> None:
        if self._cut:
            report.note(f"of {self._cut} paragraphs the end was left out: the model reads no more")


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _text(path: Path, data: bytes, report: Report) -> str:
    text = decode(data)
    if text is None:
        report.warn(f"{path} is not UTF-8 text: left out")
    return text or ""
