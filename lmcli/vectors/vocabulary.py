"""A vocabulary that is searched on disk: nothing is built at start, and numpy is not needed.

Three files: `vocab.txt`, the words one a line, most frequent first; `vocab.offsets.npy`, uint32, where each word
starts in it (and the end); `vocab.order.npy`, uint32, the rows in the order of the words' UTF-8 bytes. A word is
found by binary search (19 steps for 400,000 words), a prefix is a run in that order.
"""

from __future__ import annotations

import heapq
import mmap
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmcli.frame.errors import ModelError

FILES = ("vocab.txt", "vocab.offsets.npy", "vocab.order.npy")
LONGEST = 50  # letters of a word whose spelling is looked for: the edits grow with its square
SCANNED = 50_000  # words looked at for spellings two edits away
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Vocabulary(Sequence[str]):
    """The words of a model, by row and by spelling."""

    def __init__(self, text: Path, offsets: Path, order: Path) -> None:
        """Map the three files. Raises ModelError where they do not belong together."""
        self._path = text
        self._text = _map(text)
        self._offsets = _uint32(offsets)
        self._order = _uint32(order)
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

    def _in_order(self, place: int) -> bytes:
        """The bytes of the word at a place in the order of bytes."""
        try:
            return self._bytes(self._order[place])
        except IndexError:
            raise self._damaged() from None

    def _damaged(self) -> ModelError:
        return ModelError(f"{self._path.parent}: the vocabulary is damaged", "lmcli models verify")

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) is not None

    def find(self, word: str) -> int | None:
        """The row of `word`, or None."""
        sought = word.encode("utf-8", "surrogatepass")
        place = self._bisect(sought)
        if place < len(self._order):
            row = self._order[place]
            if self._in_order(place) == sought:
                return row
        return None

    def _bisect(self, sought: bytes) -> int:
        low, high = 0, len(self._order)
        while low < high:
            middle = (low + high) // 2
            if self._in_order(middle) < sought:
                low = middle + 1
            else:
                high = middle
        return low

    def prefixed(self, prefix: str, limit: int = 20) -> list[str]:
        """The most frequent words that start with `prefix`."""
        start = prefix.encode("utf-8", "surrogatepass")
        low = self._bisect(start)
        high = self._bisect(start + b"\xff") if start else len(self._order)
        return [self[row] for row in heapq.nsmallest(limit, self._order[low:high])]

    def other_forms(self, word: str, limit: int = 3) -> list[str]:
        """Words that differ from `word` in case or normal form alone (NFKC), or in _ for a blank.

        The frequent ones come first. One search through the text on disk.
        """
        if not word or len(word) > LONGEST:
            return []
        from unicodedata import normalize

        plain = word if word.isascii() else normalize("NFKC", word)
        pattern = "[ _]".join(map(re.escape, re.split("[ _]", plain)))
        if plain.isascii():
            places = (m.start() for m in re.finditer(_whole_line(pattern).encode(), self._text))
        else:
            text = self._text[:].decode()
            found = re.finditer(_whole_line(pattern), text)
            places = (len(text[: m.start()].encode()) for m in found)
        near = dict.fromkeys(self[bisect_left(self._offsets, place)] for place in places)
        return [other for other in near if other != word][:limit]

    def nearest_spellings(self, word: str, limit: int = 3) -> list[str]:
        """Words one edit away from `word`, then two edits, the frequent ones first.

        An edit inserts, deletes or replaces a letter or swaps two neighbours (Damerau 1964). Two edits
        are looked for among the most frequent words only, and nothing for what is too long for a word.
        """
        if len(word) > LONGEST:
            return []
        rows = {row for near in one_edit(word) if (row := self.find(near)) is not None}
        found = [self[row] for row in sorted(rows)]
        if len(found) < limit and len(word) > 2:
            found += [near for near in self._two_edits(word) if near not in found]
        return found[:limit]

    def _two_edits(self, word: str) -> Iterator[str]:
        letters = set(word)
        for row in range(min(SCANNED, len(self))):
            other = self[row]
            near = abs(len(other) - len(word)) <= 2 and len(letters.difference(other)) <= 2
            if near and edit_distance(word, other) == 2:
                yield other


def _whole_line(pattern: str) -> str:
    return rf"(?im)^{pattern}(?=\n)"


def one_edit(word: str) -> Iterator[str]:
    """Every string one edit away from `word`, with its own letters, and Latin ones where it has any."""
    letters = sorted({*word, *(_LETTERS if _latin(word) else "")})
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters if letter != tail[0])
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in letters)


def _latin(word: str) -> bool:
    return not word or any(
        letter < "\u2e80" for letter in word
    )  # ideographs, kana and hangul lie above


def edit_distance(a: str, b: str) -> int:
    """The number of insertions, deletions, replacements and swaps of neighbours from `a` to `b`.

    The restricted Damerau-Levenshtein distance: no part is edited twice.
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        line = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


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
