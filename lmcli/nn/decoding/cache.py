"""Keys and values of the texts that a decoder has read, so that only new tokens have to be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_GRAIN = 64  # positions that a cache grows by at least


@dataclass(frozen=True, slots=True)
class Slot:
    """One cached input of a graph: its name, that of the output which updates it, and its sizes.

    `window`: the graph writes into a ring of at least so many positions; 0 where it gives a longer one.
    """

    past: str
    present: str
    heads: int
    head: int
    dtype: str
    window: int = 0


class SharedCache:
    """Keys and values of several texts in one buffer a slot, updated in place by the graph.

    `arrays` are [rows, heads, room, head] by the name of the input; of row r the first `lengths[r]`
    positions are filled. What lies behind is never read, so taking a text back is setting its length.
    """

    def __init__(self, slots: Sequence[Slot], rows: int, room: int) -> None:
        self.slots = slots
        self.lengths: NDArray[np.int64] = np.zeros(rows, np.int64)
        self.arrays: dict[str, Array] = {}
        self.room = 0
        self._grow(room)

    @classmethod
    def over(
        cls, arrays: Mapping[str, Array], lengths: Array, slots: Sequence[Slot]
    ) -> SharedCache:
        """A cache on memory that exists."""
        cache = cls.__new__(cls)
        cache.slots = slots
        cache.lengths = lengths
        cache.arrays = dict(arrays)
        cache.room = next(iter(cache.arrays.values())).shape[2]
        return cache

    def row(self, index: int) -> SharedCache:
        """One text's part, on the same memory."""
        part = slice(index, index + 1)
        arrays = {name: array[part] for name, array in self.arrays.items()}
        return SharedCache.over(arrays, self.lengths[part], self.slots)

    def reserve(self, room: int) -> None:
        """Make room for that many positions. Memory moves: rows taken before are cut off."""
        if room > self.room:
            self._grow(max(room, min(2 * self.room, room + 1024)))

    def _grow(self, room: int) -> None:
        room = -(-room // _GRAIN) * _GRAIN
        for slot in self.slots:
            # zeros come from the system as they are touched: room that is not used costs nothing
            array = np.zeros((len(self.lengths), slot.heads, room, slot.head), slot.dtype)
            if self.room:
                array[:, :, : self.room] = self.arrays[slot.past]
            self.arrays[slot.past] = array
        self.room = room

    def copy_from(self, other: SharedCache, length: int) -> None:
        """Take over the first `length` positions of another cache of one row."""
        for name, array in self.arrays.items():
            array[:, :, :length] = other.arrays[name][:, :, :length]
        self.lengths[:] = length

    def chosen(self, rows: NDArray[np.int64]) -> SharedCache:
        """A cache of some of the rows alone, on memory of its own."""
        fewer = SharedCache(self.slots, len(rows), self.room)
        filled = int(self.lengths.max())
        for name, array in fewer.arrays.items():
            array[:, :, :filled] = self.arrays[name][rows, :, :filled]
        fewer.lengths[:] = self.lengths[rows]
        return fewer


class GrowingCache:
    """Keys and values as the hub's exports give them: new, longer arrays at every run, row by row.

    `rows[r]` are [1, heads, lengths[r], head] by the name of the input, empty before the first run.
    """

    def __init__(self, slots: Sequence[Slot], rows: int) -> None:
        self.slots = slots
        self.rows: list[dict[str, Array]] = [{} for _ in range(rows)]
        self.lengths: NDArray[np.int64] = np.zeros(rows, np.int64)

    def row(self, index: int) -> GrowingCache:
        """One text's part; shared with the whole."""
        part = GrowingCache(self.slots, 0)
        part.rows = self.rows[index : index + 1]
        part.lengths = self.lengths[index : index + 1]
        return part

    def reserve(self, room: int) -> None:
        """Nothing: these caches grow by themselves."""

    def copy_from(self, other: GrowingCache, length: int) -> None:
        """Take over the first `length` positions of another cache of one row."""
        for row in self.rows:
            row.update({name: array[:, :, :length] for name, array in other.rows[0].items()})
        self.lengths[:] = length

    def chosen(self, rows: NDArray[np.int64]) -> GrowingCache:
        """A cache of some of the rows alone."""
        fewer = GrowingCache(self.slots, 0)
        fewer.rows = [self.rows[int(row)] for row in rows]
        fewer.lengths = self.lengths[rows]
        return fewer

    def past(self, index: int) -> dict[str, Array]:
        """What row `index` feeds to the next run: its arrays, cut to its length."""
        length = int(self.lengths[index])
        row = self.rows[index]
        if not row:
            return {
                slot.past: np.zeros((1, slot.heads, 0, slot.head), slot.dtype)
                for slot in self.slots
            }
        return {name: np.ascontiguousarray(array[:, :, :length]) for name, array in row.items()}
