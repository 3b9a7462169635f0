"""Paragraphs with their vectors: in memory, or as an index on disk whose notes are the paragraphs."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.sentences.bm25 import BM25
from lmcli.sentences.files.paragraphs import Paragraph
from lmcli.sentences.records.keys import Keys
from lmcli.vectors.index import FileState, Index, zero_rows
from lmcli.vectors.vectorfile import Vectors

FILE = "paragraphs.vectors"
OLD = "index.json", "vectors.f32", "texts.txt", "places.npy", "lines.npy"  # until lmcli 0.1


class Collection:
    """Paragraphs with their vectors (n, d), in memory; `mute` are the rows of zeros: nothing is understood there.

    With `keys` each is a record: its text is that of its fields in JSON.
    """

    def __init__(
        self, paragraphs: Sequence[Paragraph], vectors: Vectors, keys: Keys | None = None
    ) -> None:
        self.keys = keys
        self._paragraphs = paragraphs
        self.vectors = vectors
        self.mute = zero_rows(vectors)
        self.files_read = len({paragraph.path for paragraph in paragraphs})

    def __len__(self) -> int:
        """How many paragraphs there are."""
        return len(self.vectors)

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        return self._paragraphs[row]

    def fields(self, row: int) -> dict[str, Any]:
        """The fields of a row's record."""
        fields: dict[str, Any] = json.loads(self.paragraph(row).text)
        return fields

    def found_by(self, row: int) -> str:
        """The text that a row is found by: the paragraph, or the keys of the record."""
        if self.keys is None:
            return self.paragraph(row).text
        return " | ".join(text for _, text in self.keys.texts(self.fields(row)))

    @cached_property
    def words(self) -> BM25:
        """What searches the same rows by their words, made when it is first asked."""
        weighted = self.keys
        if weighted is None:
            return BM25([(self.paragraph(row).text, 1.0)] for row in range(len(self)))
        return BM25(
            [(text, key.weight) for key, text in weighted.texts(self.fields(row))]
            for row in range(len(self))
        )


class ParagraphIndex(Collection):
    """A collection on disk."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.keys = Keys.of_fingerprint(index.made_by)
        self.vectors = index.vectors
        self.mute = index.zeros
        self.files_read = len(index.files)

    @classmethod
    def open(cls, folder: Path) -> ParagraphIndex:
        """Open the index in a folder. Raises BadInput where it is damaged, not there, or an older lmcli's."""
        if (folder / OLD[0]).is_file() and not (folder / FILE).is_file():
            raise BadInput(f"the index {folder} is of an older lmcli", "build it anew")
        return cls(Index(folder / FILE))

    def paragraph(self, row: int) -> Paragraph:
        """The paragraph of a row."""
        return self._of_file(self.index.files[bisect_right(self._starts, row) - 1], row)

    def paragraphs(self, file: FileState) -> Iterator[Paragraph]:
        """The paragraphs of one file."""
        for row in range(file.start, file.start + file.count):
            yield self._of_file(file, row)

    def _of_file(self, file: FileState, row: int) -> Paragraph:
        try:
            line, text = self.index.rows.note(row).decode().split("\n", 1)
            return Paragraph(file.path, int(line), text)
        except ValueError as error:
            raise self.index.damaged(error) from None

    @cached_property
    def _starts(self) -> list[int]:
        return [file.start for file in self.index.files]


def keys_of(folder: Path) -> Keys | None:
    """The keys of the index in a folder; None where there is none, or it holds paragraphs."""
    try:
        return Keys.of_fingerprint(Index(folder / FILE).made_by)
    except BadInput:
        return None


def note_of(paragraph: Paragraph) -> bytes:
    """A paragraph as the note of its row."""
    return f"{paragraph.line}\n{paragraph.text}".encode()


def places_of_old(folder: Path) -> list[str]:
    """The files and folders that the index of an older lmcli was made of; [] where there is none."""
    try:
        places = json.loads((folder / OLD[0]).read_text(encoding="utf-8"))["places"]
        return [place for place in places if isinstance(place, str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def remove_old(folder: Path) -> None:
    """Remove the files of an older lmcli's index."""
    for name in OLD:
        (folder / name).unlink(missing_ok=True)
