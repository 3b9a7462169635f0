"""A vocabulary that is searched on disk: nothing is built at start, and numpy is not needed.

Three files: `vocab.txt`, the words one a line, most frequent first; `vocab.offsets.npy`, uint32, where each word
starts in it (and the end); `vocab.order.npy`, uint32, the rows in the order of the words' UTF-8 bytes. A word is
found by binary search (19 steps for 400,000 words), a prefix is a run in that order.
"""

from __future__ import annotations

import heapq
import mmap
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lmcli.frame.errors import ModelError

if TYPE_CHECKING:
    from lmcli.vectors.spelling import Sieve

FILES = ("vocab.txt", "vocab.offsets.npy", "vocab.order.npy")
LONGEST = 50  # letters of a word whose spelling is looked for: the edits grow with its square
SCANNED = 50_000  # words looked at for spellings two edits away
_PLAIN = bytes(range(256)).lower().replace(b"_", b" ")


class Vocabulary(Sequence[str]):
    """The words of a model, by row and by spelling."""

    def __init__(self, text: Path, offsets: Path, order: Path) -> None:
        """Map the three files. Raises ModelError where they do not belong together."""
        self._path = text
        self._text = _map(text)
        self._offsets = _uint32(offsets)
        self._order = _uint32(order)
        self._plains: dict[bool, str] = {}
        self._sieve: Sieve | None = None
        size = len(self._order)
        if len(self._offsets) != size + 1 or self._offsets[size] != len(self._text):
            raise ModelError(f"{text}, {offsets.name} and {order.name} do not belong together")

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """The vocabulary in a model folder."""
        return cls(*(folder / name for name in FILES))

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]
        try:
            return self._bytes(row).decode()
        except UnicodeDecodeError as error:
            raise self._damaged() from error

    def _bytes(self, row: int) -> bytes:
        return self._text[self._offsets[row] : self._offsets[row + 1] - 1]

    def _damaged(self) -> ModelError:
        return ModelError(f"{self._path.parent}: the vocabulary is damaged", "lmcli models verify")

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) is not None

    def find(self, word: str) -> int | None:
        """The row of `word`, or None."""
        return self._find(word.encode("utf-8", "surrogatepass"))

    def _find(self, sought: bytes, low: int = 0, high: int | None = None) -> int | None:
        """The row of a word whose place in the order of bytes lies from `low` to `high`."""
        place = self._bisect(sought, low, high)
        if place < len(self._order) and self._bytes(self._order[place]) == sought:
            return self._order[place]
        return None

    def _bisect(self, sought: bytes, low: int = 0, high: int | None = None) -> int:
        """The place in the order of bytes, from `low` to `high`, of the first word that is not below `sought`."""
        try:
            return bisect_left(self._order, sought, low, high, key=self._bytes)
        except IndexError:
            raise self._damaged() from None

    def prefixed(self, prefix: str, limit: int = 20) -> list[str]:
        """The most frequent words that start with `prefix`."""
        start = prefix.encode("utf-8", "surrogatepass")
        low = self._bisect(start)
        high = self._bisect(start + b"\xff") if start else len(self._order)
        return [self[row] for row in heapq.nsmallest(limit, self._order[low:high])]

    def other_forms(self, word: str, limit: int = 3) -> list[str]:
        """Words that differ from `word` in case or normal form alone (NFKC), or in _ for a blank.

        The frequent ones come first. One search through the text in memory.
        """
        if not word or len(word) > LONGEST or "\n" in word:
            return []
        from unicodedata import normalize

        plain = normalize("NFKC", word).casefold().replace("_", " ")
        text, line = self._plain(plain.isascii()), f"\n{plain}\n"
        found: list[str] = []
        place = text.find(line)
        while place >= 0 and len(found) < limit:
            other = self[text.count("\n", 0, place)]
            found += [other] if other != word else []
            place = text.find(line, place + 1)
        return found

    def _plain(self, ascii_alone: bool) -> str:
        """All words without regard to case, a line each after an empty one, kept for the next search.

        ascii_alone: other letters than ASCII's may come out as anything.
        """
        if ascii_alone not in self._plains:
            if ascii_alone:
                text = self._text[:].translate(_PLAIN).decode("latin-1")
            else:
                text = self._decoded(len(self)).casefold().replace("_", " ")
            self._plains[ascii_alone] = f"\n{text}"
        return self._plains[ascii_alone]

    def _decoded(self, rows: int) -> str:
        """The lines of the first `rows` words."""
        try:
            return self._text[: self._offsets[rows]].decode()
        except UnicodeDecodeError as error:
            raise self._damaged() from error

    def nearest_spellings(self, word: str, limit: int = 3) -> list[str]:
        """Words one edit away from `word`, then two edits, the frequent ones first.

        An edit inserts, deletes or replaces a letter or swaps two neighbours (Damerau 1964). Two edits
        are looked for among the most frequent words only, and nothing for what is too long for a word.
        """
        if not 0 < len(word) <= LONGEST:
            return []
        found = [self[row] for row in sorted(self._one_edit(word))]
        if len(found) < limit and len(word) > 2:
            two = (near for near in self._two_edits(word) if near not in found)
            found += islice(two, limit - len(found))
        return found[:limit]

    def _one_edit(self, word: str) -> set[int]:
        """The rows one edit away: at each place among the words that begin as `word` does up to there."""
        from lmcli.vectors.spelling import edits_at

        rows: set[int] = set()
        low, high = 0, len(self._order)
        for place in range(len(word) + 1):
            head = word[:place].encode("utf-8", "surrogatepass")
            if head:
                low, high = self._bisect(head, low, high), self._bisect(head + b"\xff", low, high)
            if low == high:
                break
            for near in edits_at(word, place):
                row = self._find(near.encode("utf-8", "surrogatepass"), low, high)
                rows |= {row} if row is not None else set()
        return rows

    def _two_edits(self, word: str) -> Iterator[str]:
        """The words two edits away among the SCANNED most frequent ones."""
        from lmcli.vectors.spelling import Sieve, edit_distance

        if self._sieve is None:
            self._sieve = Sieve(self._decoded(min(SCANNED, len(self))))
        for row in self._sieve.near(word).tolist():
            if edit_distance(word, other := self[row]) == 2:
                yield other


def write_vocabulary(folder: Path, words: Sequence[str]) -> None:
    """Write the three files. `words`: distinct, most frequent first, without line breaks."""
    import numpy as np

    encoded = [word.encode() for word in words]
    offsets = np.zeros(len(words) + 1, np.uint32)
    np.cumsum([len(word) + 1 for word in encoded], out=offsets[1:])
    order = np.array(sorted(range(len(words)), key=encoded.__getitem__), np.uint32)
    (folder / FILES[0]).write_bytes(b"".join(word + b"\n" for word in encoded))
    np.save(folder / FILES[1], offsets)
    np.save(folder / FILES[2], order)


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {error}") from None


def _uint32(path: Path) -> Sequence[int]:
    """The values of a one-dimensional little-endian uint32 .npy file (format version 1.0)."""
    mapped = _map(path)
    start = 10 + int.from_bytes(mapped[8:10], "little")
    if mapped[:8] != b"\x93NUMPY\x01\x00" or b"'<u4'" not in mapped[10:start]:
        raise ModelError(f"{path}: not an .npy file of uint32")
    values = memoryview(mapped)[start:].cast("I")
    return values if array("I", [1]).tobytes()[0] else _swapped(values)


def _swapped(values: memoryview) -> Sequence[int]:
    swapped = array("I", values)
    swapped.byteswap()
    return swapped
