"""Wheels, zips and tarballs as places to take single files from, by name; never unpacked as a
whole.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from lmcli.frame.errors import ModelError

_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, NotImplementedError),  # cut; encrypted; packed in an unknown way
    *(gzip.BadGzipFile, struct.error, ValueError),  # a wrong checksum; places before the beginning
)


class Archive:
    """An open .whl, .zip or .tar.* file; only its plain files can be seen."""

    def __init__(self, path: Path) -> None:
        """Open an archive. Raises ModelError where it is none, or damaged."""
        self.path = path
        self._names: tuple[str, ...] | None = None
        self._zip: zipfile.ZipFile | None = None
        self._tar: tarfile.TarFile | None = None
        try:
            if zipfile.is_zipfile(path):
                self._zip = zipfile.ZipFile(path)
            else:
                self._tar = tarfile.open(path)  # noqa: SIM115
        except (*_BROKEN, OSError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")  # tarfile lists all that it tried
            raise ModelError(f"{path} is no archive, or is damaged: {reason}") from None

    def close(self) -> None:
        """Close the file."""
        for raw in (self._zip, self._tar):
            if raw is not None:
                raw.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def names(self) -> tuple[str, ...]:
        """The names of the plain files in it that lie inside it: no folders, links, ../ or
        /absolute.
        """
        if self._names is None:
            try:
                self._names = tuple(name for name in self._all() if is_inside(name))
            except (*_BROKEN, OSError) as error:
                raise ModelError(f"{self.path} is damaged: {error}") from None
        return self._names

    def _all(self) -> Iterator[str]:
        if self._zip is not None:
            for info in self._zip.infolist():
                kind = info.external_attr >> 28  # the file type of a Unix mode; 0 where unknown
                if not info.is_dir() and kind in (0, 0o10):
                    yield info.filename
        elif self._tar is not None:
            for member in self._tar:
                if member.isreg():
                    yield member.name

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One of its files, to read. Raises ModelError where it has none of that name."""
        if name not in self.names():
            raise ModelError(f"{self.path} holds no plain file {name!r}")
        try:
            with self._member(name) as file:
                yield file
        except _BROKEN as error:
            raise ModelError(f"{self.path}: {name} is damaged: {error}") from None

    def _member(self, name: str) -> IO[bytes]:
        if self._zip is not None:
            return self._zip.open(name)
        assert self._tar is not None
        member = self._tar.extractfile(name)
        assert member is not None  # names() lists plain files alone
        return member

    def read(self, name: str) -> bytes:
        """The content of one of its files."""
        with self.open(name) as file:
            return file.read()

    def extract(self, wanted: Mapping[str, str], folder: Path) -> None:
        """Write the files `wanted` ({name in the archive: path below folder}) into `folder`.

        A file that is there is replaced, not written over: whoever has it mapped into memory keeps what it was.
        Raises ModelError for a name that it lacks, and where a file is damaged.
        """
        for name, place in wanted.items():
            if not is_inside(place):
                raise ModelError(f"{place!r} lies outside the folder {folder}")
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}-part")
            try:
                with self.open(name) as source, part.open("wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)


def is_inside(name: str) -> bool:
    """Whether a file name, as archives and listings write it, stays below the folder it is put in."""
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not drive
