"""Files to paragraphs: what semantic search ranks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import BadInput

LONGEST = 1000  # characters: about as much as the encoder reads
SNIFFED = 8192  # bytes looked at for what makes a file binary

_FENCE = ("```", "~~~")
_HEADING = re.compile(r"#{1,6}\s")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of lines without a blank one; `line` is where it starts, from 1."""

    path: str
    line: int
    text: str


def find_files(places: Iterable[str]) -> Iterator[Path]:
    """The files named, and those below the folders named, in order; hidden ones and links are left out there.

    Raises BadInput for a place that does not exist.
    """
    seen = set()
    for place in places:
        path = Path(place)
        if not path.exists():
            raise BadInput(f"{place}: no such file or folder")
        for file in [path] if not path.is_dir() else _below(path):
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(base, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def decode(data: bytes) -> str | None:
    """The text of a file's bytes, or None where they are no UTF-8 text."""
    if b"\0" in data[:SNIFFED]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def split(path: str, text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text.

    Headings and lines that end in a colon go with what follows; a fenced block of code is not torn at its
    blank lines. A long paragraph is cut between lines or sentences, so that the encoder reads all of it.
    """
    block: list[str] = []
    start = 1
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
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
    """Parts of a long line, each of at most LONGEST characters, cut after sentences where that is possible."""
    part = ""
    for sentence in _SENTENCE_END.split(line):
        while len(part) + len(sentence) > LONGEST:
            if part:
                yield part
                part = ""
            else:
                yield sentence[:LONGEST]
                sentence = sentence[LONGEST:]  # noqa: PLW2901
        part = f"{part} {sentence}" if part else sentence
    if part:
        yield part
