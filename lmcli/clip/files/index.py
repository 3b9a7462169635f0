"""The pictures of folders and their vectors, kept in a file, brought up to date by path, size and time of change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lmcli.draw.pictures.places import expand, scan
from lmcli.frame.errors import BadInput, LmcliError, NoAnswer, named
from lmcli.vectors import indexing
from lmcli.vectors.index import Index, Stamp
from lmcli.vectors.indexing import Chunk
from lmcli.vectors.vectorfile import Vectors

Found: TypeAlias = Iterator[tuple[str, Vectors | LmcliError]]


class PictureIndex(Index):
    """Pictures by path, each with a vector: row i of `vectors` (n, d) belongs to `paths[i]`."""

    def __init__(self, path: Path) -> None:
        """Open an index. Raises BadInput where it is missing or damaged."""
        super().__init__(path)
        self.paths = [file.path for file in self.files if not file.fault]
        if len(self.paths) != len(self.vectors):
            raise self.damaged(f"{len(self.vectors)} vectors of {len(self.paths)} pictures")


@dataclass(frozen=True, slots=True)
class Work:
    """Makes rows of pictures (vectors/indexing.Maker).

    fingerprint: the model's, and the number of views. encode: the vectors (d) of pictures, or the error of each, in
    order. warn is told of pictures that cannot be read.
    """

    fingerprint: str
    encode: Callable[[Sequence[str]], Found]
    warn: Callable[[str], None]
    depends_on: str = "model or number of views"

    def find(self, places: Sequence[str], fault: Callable[[LmcliError], None]) -> list[Stamp]:
        """The pictures in places as they are now; no file is opened. Raises BadInput for a place that is not there."""

        def tell(path: str, error: OSError) -> None:
            fault(BadInput(f"{named(path)}: {error.strerror}"))

        found: dict[str, os.stat_result] = {}
        for place in places:
            try:
                if os.path.isdir(place):  # noqa: PTH112
                    found.update(scan(place, fault=tell))
                else:
                    found.update((path, os.stat(path)) for path in expand(place))  # noqa: PTH116
            except OSError as error:
                raise BadInput(f"{place}: {error.strerror}") from None
        return [(path, status.st_size, status.st_mtime_ns) for path, status in found.items()]

    def make(self, stamps: Sequence[Stamp], old: Index | None) -> Iterator[Chunk]:
        """A row for each picture."""
        del old
        for path, found in self.encode([path for path, *_ in stamps]):
            if isinstance(found, LmcliError):
                self.fault(found)
                yield Chunk(path, np.zeros((0, 0), np.float32), fault=str(found))
            else:
                yield Chunk(path, found[None])

    def nothing(self, places: Sequence[str]) -> LmcliError:
        """The error of places without a picture."""
        return NoAnswer(f"there are no pictures in {', '.join(places)}")

    def fault(self, error: LmcliError) -> None:
        """Say that something is left out."""
        self.warn(f"{error}: left out")


def refresh(
    path: Path, places: Sequence[str], work: Work, *, replace: bool = False
) -> PictureIndex:
    """Bring the index in the file `path` up to date with `places`, or with those that it was made of.

    Pictures whose size and time of change are as before are not opened. When it is interrupted, what was done so
    far is kept for the next time. replace: a damaged index is made anew without a word.

    Raises BadInput for a place that does not exist, NoAnswer where there are no pictures.
    """
    roots = [os.path.abspath(place) for place in places]  # noqa: PTH100
    return indexing.refresh(path, roots, work, PictureIndex, replace=replace)
