"""The records of a binary vectors file: a word, a blank, and d little-endian float32, with or without a line break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from lmcli.frame.disk.packed import UNREADABLE
from lmcli.frame.errors import BadInput, quoted
from lmcli.words.files.layout import LONGEST_WORD, Layout
from lmcli.words.files.rows import clean_word

if TYPE_CHECKING:
    from lmcli.vectors.wordvectors import Vector

CHUNK = 1 << 20  # bytes read at a time
BATCH = 4096  # rows passed on together


@dataclass
class BinaryReader:
    """Reads the records that follow a head. Those that cannot be used go to `complain`, what is odd to `say`."""

    path: Path
    stream: IO[bytes]
    layout: Layout
    complain: Callable[[int | None, BadInput], None]
    say: Callable[[str], None]
    faults: int = 0
    _buffer: bytes = b""
    _place: int = 0

    def batches(self) -> Iterator[tuple[list[str], Vector]]:
        """(words, rows (n, d)). Raises BadInput for a file that is cut, or that fits its head nowhere."""
        promised = self.layout.rows or 0
        words: list[str] = []
        values: list[Vector] = []
        row = 0
        for row in count(1):
            record = self._record(row, promised)
            if record is None:
                break
            found = self._sound(row, *record)
            if found is not None:
                words.append(found[0])
                values.append(found[1])
            if len(words) == BATCH:
                yield words, np.stack(values)
                words, values = [], []
        if 2 * self.faults > row - 1:
            hint = "damaged, or of other dimensions than line 1 says?"
            raise BadInput(f"{self.path}: {self.faults} of {row - 1} words cannot be used", hint)
        if row - 1 > promised:
            self.say(f"line 1 promises {promised:,} words, but {row - 1:,} follow: all are read")
        if words:
            yield words, np.stack(values)

    def _record(self, row: int, promised: int) -> tuple[bytes, bytes] | None:
        """The bytes of a record's word and vector; None at the end."""
        width = 4 * self.layout.dimensions
        end = self._buffer.find(b" ", self._place)
        while end < 0 or len(self._buffer) < end + 1 + width:
            too_long = end < 0 and len(self._buffer) - self._place > LONGEST_WORD
            if too_long or not self._more():
                left = self._buffer[self._place :].strip(b"\r\n")
                if row <= promised:
                    raise BadInput(f"{self.path}: damaged or cut at word {row} of {promised}")
                if left:
                    self._refuse(f"{len(left):,} bytes after word {row - 1} hold no whole word")
                return None
            end = self._buffer.find(b" ", self._place)
        start, self._place = self._place, end + 1 + width
        return self._buffer[start:end].lstrip(b"\r\n"), self._buffer[end + 1 : self._place]

    def _more(self) -> bool:
        try:
            chunk = self.stream.read(CHUNK)
        except UNREADABLE as error:
            raise BadInput(f"{self.path}: {error}", "is the file whole?") from None
        self._buffer, self._place = self._buffer[self._place :] + chunk, 0
        return bool(chunk)

    def _sound(self, row: int, word: bytes, numbers: bytes) -> tuple[str, Vector] | None:
        """The word and vector of a record, or None where they were complained of."""
        if b"\n" in word:
            raise BadInput(
                f"{self.path}: a line break inside word {row}: damaged, or not a vectors file",
                f"or word {row - 1} holds a blank, which ends a word in binary files",
            )
        try:
            text = clean_word(word)
            vector: Vector = np.frombuffer(numbers, "<f4")
            if not np.isfinite(vector).all():
                raise BadInput(f"the numbers of {quoted(text, 30)} are not finite")
        except BadInput as error:
            self._refuse(f"word {row}: {error.message}", error.hint)
            return None
        return text, vector

    def _refuse(self, message: str, hint: str | None = None) -> None:
        self.faults += 1
        self.complain(None, BadInput(message, hint))
