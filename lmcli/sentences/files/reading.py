"""Files read for a search: their paragraphs, their vectors, and what is to be said of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import BadInput, LmcliError, NoAnswer, Reported, named
from lmcli.frame.text.understanding import SIGNS, Read
from lmcli.nn.encoder import Vectors
from lmcli.sentences.files.paragraphs import Paragraph, decode, fitting, is_binary, read_file, split
from lmcli.sentences.methods import Embedder, for_passages

MAINLY = 0.5  # the share of a paragraph that is not understood, from which that is said


@dataclass(frozen=True, slots=True)
class Report:
    """Where the work tells how it goes: warnings, what could not be read, the share done since the last call."""

    warn: Callable[[str], None]
    fault: Callable[[LmcliError], None]
    advance: Callable[[float], None]


class Reader:
    """Reads files and embeds their paragraphs, and keeps count of what an embedder does not read or understand."""

    def __init__(self, embedder: Embedder, report: Report) -> None:
        self._embedder = for_passages(embedder)
        self._report = report
        self._cut = 0
        self._partly = 0
        self._texts = 0
        self._first: LmcliError | None = None

    def fault(self, error: LmcliError) -> None:
        """Tell of a place that cannot be read."""
        self._first = self._first or error
        self._report.fault(error)

    def bytes_of(self, path: Path) -> bytes | None:
        """What a file holds; None, and the fault told, where it cannot be read."""
        try:
            return read_file(path)
        except BadInput as error:
            self.fault(error)
            return None

    def text(self, path: Path, data: bytes) -> str | None:
        """The text of a file's bytes, "" for one that is none; None, and the fault told, for other encodings."""
        text = decode(data)
        if text is not None:
            return text
        if is_binary(data):
            self._report.warn(f"{named(path)} is not UTF-8 text: left out")
            return ""
        self.fault(BadInput(f"{named(path)} is not UTF-8 text: left out", "convert it with iconv"))
        return None

    def paragraphs(self, path: str, text: str) -> Iterator[Paragraph]:
        """The paragraphs of a text, in pieces that the embedder reads as a whole."""
        for paragraph in split(path, text):
            yield from fitting(paragraph, self._embedder.pieces)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts; zeros for one of which nothing is understood."""
        self._texts += len(texts)
        reads: dict[int, Read] = {}
        vectors = self._embedder.encode(texts, tell=reads.__setitem__)
        for row, seen in reads.items():
            self._cut += seen.cut > 0
            if seen.nothing:
                vectors[row] = 0
            elif seen.share >= MAINLY and set(seen.scripts) - {SIGNS}:
                self._partly += 1
        return vectors

    def no_text(self, places: Sequence[str]) -> LmcliError:
        """The error of a search in nothing: the first fault, which was told, or that there is no text."""
        if self._first:
            return Reported(self._first)
        return NoAnswer(f"there is no text in {', '.join(map(named, places))}")

    def tell(self) -> None:
        """Say what was not read or understood as a whole."""
        if self._cut:
            self._report.warn(f"of {self._cut} paragraphs the end was left out: it is too dense")
        if self._partly * 10 >= self._texts > 0:
            self._report.warn(
                f"half or more of {self._partly} paragraphs is not understood by {self._embedder.name}"
            )
