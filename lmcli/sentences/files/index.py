"""Paragraphs with their vectors: in memory, or as an index on disk whose notes are the paragraphs."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from lmcli.frame.errors import BadInput
from lmcli.sentences.files.paragraphs import Paragraph
from lmcli.vectors.index import FileState, Index, zero_rows
from lmcli.vectors.vectorfile import Vectors

FILE = "paragraphs.vectors"
OLD = "index.json", "vectors.f32", "texts.txt", "places.npy", "lines.npy"  # until lmcli 0.1


class Collection:
    """Paragraphs with their vectors (n, d), in memory; `mute` are the rows of zeros: nothing is understood there."""

    def __init__(self, paragraphs: Sequence[Paragraph], vectors: Vectors) -> None:
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


class ParagraphIndex(Collection):
    """A collection on disk."""

    def __init__(self, index: Index) -> None:
        self.index = index
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
