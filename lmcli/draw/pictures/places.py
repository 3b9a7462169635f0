"""Which pictures are meant: files, patterns, folders, and paths or a picture on stdin."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from lmcli.frame.errors import BadInput

SUFFIXES = frozenset(
    (
        *(
            ".jpg",
            ".jpeg",
            ".jfif",
            ".png",
            ".apng",
            ".webp",
            ".gif",
            ".bmp",
            ".dib",
            ".tif",
            ".tiff",
        ),
        *(
            ".avif",
            ".avifs",
            ".heic",
            ".heif",
            ".jp2",
            ".j2k",
            ".ppm",
            ".pgm",
            ".pbm",
            ".pnm",
            ".qoi",
        ),
    )
)
STDIN = "-"
FIRST = 65536  # bytes read to tell a picture from paths
_MAGIC = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",  # TIFF, of either byte order
    b"MM\0*",
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"qoif",
)
_BINARY = (b"GIF8", b"BM", b"RIFF", b"P4", b"P5", b"P6")  # a path may begin so, but holds no NUL


def is_picture(start: bytes) -> bool:
    """Whether a file that begins with these bytes is a picture rather than a list of paths."""
    if start.startswith(_MAGIC) or start[4:8] == b"ftyp":  # the latter: AVIF, HEIC
        return True
    return start.startswith(_BINARY) and (b"\0" in start or not _is_text(start))


def _is_text(start: bytes) -> bool:
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(start) and error.reason == "unexpected end of data"
    return True


class Opened:
    """A stream whose first bytes have been looked at, and are read again.

    A file is read without Python's buffer: a thread that waits in that would hold up the end of the process.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream: BinaryIO = getattr(stream, "raw", stream)
        self._read: Callable[[int], bytes] = getattr(self._stream, "read1", self._stream.read)
        self.start = self._read(FIRST)
        while 0 < len(self.start) < 12 and b"\n" not in self.start and _may_be_picture(self.start):
            more = self._read(FIRST)
            if not more:
                break
            self.start += more
        self._waiting = self.start

    def read1(self, size: int = -1) -> bytes:
        """What there is, at most `size` bytes."""
        if self._waiting:
            cut = len(self._waiting) if size < 0 else size
            part, self._waiting = self._waiting[:cut], self._waiting[cut:]
            return part
        return self._read(size if size >= 0 else FIRST)

    def read(self) -> bytes:
        """All the rest."""
        start, self._waiting = self._waiting, b""
        return start + self._stream.read()


def _may_be_picture(start: bytes) -> bool:
    heads = (*_MAGIC, *_BINARY)
    return any(head.startswith(start) or start.startswith(head) for head in heads) or start[0] == 0


def _pass_over(_path: str, _error: OSError) -> None:
    """What is done about a file or folder that cannot be read, where nobody wants to know."""


def expand(
    place: str, recursive: bool = False, fault: Callable[[str, OSError], None] = _pass_over
) -> Iterator[str]:
    """The pictures that an argument means: a file, those in a folder, or what a pattern matches, in order.

    In a folder, files count that are named as pictures are, and are not hidden; `recursive` goes below it.
    `fault` is told of those that cannot be read. Raises BadInput where nothing is meant.
    """
    if os.path.isdir(place):  # noqa: PTH112
        yield from _in_folder(place, recursive, fault)
    elif glob.has_magic(place) and not os.path.lexists(place):
        matches = sorted(glob.iglob(place, recursive=True))  # noqa: PTH207
        if not matches:
            raise BadInput(f"{place}: no file matches")
        for match in matches:
            if not os.path.isdir(match):  # noqa: PTH112
                yield match
    else:
        yield place


def _in_folder(
    folder: str, recursive: bool, fault: Callable[[str, OSError], None]
) -> Iterator[str]:
    found = False

    def tell(path: str, error: OSError) -> None:
        nonlocal found
        found = True
        fault(path, error)

    for path, _ in scan(folder, recursive, tell):
        found = True
        yield path
    if not found:
        deeper = not recursive and next(scan(folder, True), None)
        raise BadInput(
            f"{folder}: there are no pictures in this folder",
            "those in the folders below it are read with --recursive" if deeper else None,
        )


def scan(
    folder: str, recursive: bool = True, fault: Callable[[str, OSError], None] = _pass_over
) -> Iterator[tuple[str, os.stat_result]]:
    """The pictures in a folder and their state, sorted by name; none is opened, links to folders not followed.

    Raises OSError where the folder itself cannot be read; `fault` is told of a folder below it, and of a
    picture, that cannot be.
    """
    with os.scandir(folder) as entries:
        ordered = sorted((entry.name, entry) for entry in entries if entry.name[0] != ".")
    for name, entry in ordered:
        try:
            if entry.is_dir(follow_symlinks=False):
                if recursive:
                    yield from list(scan(entry.path, recursive, fault))
            elif name[name.rfind(".") :].lower() in SUFFIXES and entry.is_file():
                yield entry.path, entry.stat()
        except FileNotFoundError:  # gone meanwhile
            continue
        except OSError as error:  # not ours to read, or a link in a circle
            fault(entry.path, error)
