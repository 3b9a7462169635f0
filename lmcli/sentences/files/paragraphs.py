"""Files to paragraphs: what semantic search ranks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lmcli.frame.errors import BadInput, LmcliError, named
from lmcli.frame.text.breaks import last_break
from lmcli.frame.text.lines import lines_of

LONGEST = 1000  # characters: about as much as the encoder reads
LARGEST = 256 << 20  # bytes of a file
SNIFFED = 8192  # bytes looked at for what makes a file binary

_FENCE = ("```", "~~~")
_HEADING = re.compile(r"#{1,6}\s")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of lines without a blank one; `line` is where it starts, from 1."""

    path: str
    line: int
    text: str


def find_files(places: Iterable[str], fault: Callable[[LmcliError], None]) -> Iterator[Path]:
    """The files named, and those below the folders named, in order; hidden ones and links are left out there.

    `fault` is told of each place that cannot be looked at; the others are found.
    """
    seen = set()
    for place in places:
        path = Path(place)
        try:
            path.stat()
        except FileNotFoundError:
            fault(BadInput(f"{named(place)}: no such file or folder"))
            continue
        except (OSError, ValueError) as error:  # a link in a circle, a name with a NUL
            fault(_unreadable(path, error))
            continue
        for file in [path] if not path.is_dir() else _below(path, fault):
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path, fault: Callable[[LmcliError], None]) -> Iterator[Path]:
    def tell(error: OSError) -> None:
        fault(_unreadable(Path(error.filename), error))

    for base, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(base, name)
            if name.startswith("."):
                continue
            try:
                path.stat()
            except FileNotFoundError:  # a link to nothing, or gone meanwhile
                continue
            except OSError as error:
                fault(_unreadable(path, error))
                continue
            if path.is_file() and not path.is_symlink():
                yield path


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput(f"{named(path)}: {getattr(error, 'strerror', None) or error}")


def read_file(path: Path) -> bytes:
    """The bytes of a file, as many as it has now: one that grows meanwhile is not run after.

    Raises BadInput where it cannot be read, or has more than LARGEST bytes, as a device without an end has.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size  # 0 for pipes and devices
            data = stream.read(min(size, LARGEST) if size else LARGEST + 1)
            if size > LARGEST or len(data) > LARGEST:
                raise BadInput(f"{named(path)}: more than {LARGEST >> 20} MB", "split it")
            return data
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def decode(data: bytes) -> str | None:
    """The text of a file's bytes, or None where they are no UTF-8 text."""
    if is_binary(data):
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def is_binary(data: bytes) -> bool:
    """Whether bytes look like those of a picture or a program rather than of a text."""
    return b"\0" in data[:SNIFFED]


def split(path: str, text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text.

    Headings and lines that end in a colon go with what follows; a fenced block of code is not torn at its
    blank lines. A long paragraph is cut between lines or sentences, so that the encoder reads all of it.
    """
    block: list[str] = []
    start = 1
    fenced = False
    for number, line in enumerate(lines_of(text), 1):
        if line.lstrip().startswith(_FENCE):
            fenced = not fenced
        if line.strip():
            if not block:
                start = number
            block.append(line.rstrip())
        elif block and (fenced or _introduces(block)):
            block.append("")
        elif block:
            yield from _pieces(path, start, block)
            block = []
    yield from _pieces(path, start, block)


def fitting(paragraph: Paragraph, pieces: Callable[[str], list[str]]) -> Iterator[Paragraph]:
    """A paragraph in the pieces that an encoder reads as a whole, each with the line where it starts."""
    line = paragraph.line
    for piece in pieces(paragraph.text):
        text = piece.strip()
        if text:
            before = piece[: len(piece) - len(piece.lstrip())]
            yield replace(paragraph, line=line + before.count("\n"), text=text)
        line += piece.count("\n")


def _introduces(block: list[str]) -> bool:
    """Whether a block only makes sense with what follows it."""
    written = [line for line in block if line]
    return written[-1].endswith((":", "：")) or all(_HEADING.match(line) for line in written)


def _pieces(path: str, start: int, lines: list[str]) -> Iterator[Paragraph]:
    piece: list[str] = []
    first = start
    for number, line in enumerate(lines, start):
        for part in [line] if len(line) <= LONGEST else _sentences(line):
            if piece and sum(map(len, piece)) + len(part) > LONGEST:
                yield Paragraph(path, first, "\n".join(piece).strip("\n"))
                piece = []
            if not piece:
                first = number
            piece.append(part)
    text = "\n".join(piece).strip("\n")
    if text:
        yield Paragraph(path, first, text)


def _sentences(line: str) -> Iterator[str]:
    """Parts of a long line, each of at most LONGEST characters, cut after sentences, else between words."""
    start = 0
    while len(line) - start > LONGEST:
        end = last_break(line, start, start + LONGEST)
        yield line[start:end].strip()
        start = end
    yield line[start:].strip()
