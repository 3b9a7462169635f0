"""Decoder-only graphs behind one interface: token ids in, logits of the next token out.

`SharedDecoder` runs lmcli's own graphs (one buffer for past and present, see `llama.decoder`),
`hub.HubDecoder` any export with the hub's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.decoding.cache import SharedCache
from lmcli.nn.decoding.hub import slots_of
from lmcli.nn.decoding.logits import Logits
from lmcli.nn.onnx import Session
from lmcli.nn.session import Binding

Ids = NDArray[np.int64]


class Decoder(Protocol):
    """What generation needs of a model."""

    batches: bool  # whether several rows at once cost less than one after the other

    def cache(self, rows: int, room: int) -> Any:
        """An empty cache for `rows` texts of up to `room` tokens; it can grow."""
        ...

    def run(self, cache: Any, ids: Ids, wanted: Ids | None = None) -> Logits:
        """Append ids [rows, length] to the cached texts and compute logits [positions, vocabulary].

        `wanted` are the positions whose logits are computed, counted over the rows of `ids` laid end
        to end; by default the last of each row.
        """
        ...


class SharedDecoder:
    """A graph that updates its cache in place."""

    batches = True

    def __init__(self, session: Session) -> None:
        self.session = session
        self.slots = list(slots_of(session, {}))
        self._step: _Run | None = None

    def cache(self, rows: int, room: int) -> SharedCache:
        """See `Decoder.cache`."""
        return SharedCache(self.slots, rows, room)

    def run(self, cache: SharedCache, ids: Ids, wanted: Ids | None = None) -> Logits:
        """See `Decoder.run`.

        A row that has a past can be run alone only, or with one token a row: the operator's limit.
        """
        rows, length = ids.shape
        cache.reserve(int(cache.lengths.max()) + length)
        if length == 1 and wanted is None:
            return self._one_more(cache)(ids)
        if wanted is None:
            wanted = np.arange(1, rows + 1) * length - 1
        return _Run(self.session, cache, length, wanted)(ids)

    def _one_more(self, cache: SharedCache) -> _Run:
        """The run of one more token on each row of `cache`; the last one is kept."""
        if self._step is None or not self._step.fits(cache):
            self._step = _Run(self.session, cache)
        return self._step


class _Run:
    """Runs `length` more tokens on each row of a cache: all is bound once and changed in place.

    `wanted` are the positions whose logits are computed, as of `Decoder.run`; by default all.
    """

    def __init__(
        self, session: Session, cache: SharedCache, length: int = 1, wanted: Ids | None = None
    ) -> None:
        rows = len(cache.lengths)
        wanted = np.arange(rows * length) if wanted is None else wanted.astype(np.int64)
        self.cache = cache
        self.memory = next(iter(cache.arrays.values()))
        self.ids = np.zeros((rows, length), np.int64)
        self.last = np.zeros(rows, np.int32)
        self.total = np.zeros((), np.int32)
        vocabulary = int(session.outputs["logits"].shape[-1] or 0)
        self.logits = np.empty((len(wanted), vocabulary), np.float32)
        self.binding = _bound(session, cache)
        self.binding.input("input_ids", self.ids)
        self.binding.input("seqlens_k", self.last)
        self.binding.input("total_sequence_length", self.total)
        if "logit_rows" in session.inputs:
            self.binding.input("logit_rows", wanted)
        self.binding.output("logits", self.logits)

    def fits(self, cache: SharedCache) -> bool:
        """Whether the binding is to this cache's memory, which moves when it grows."""
        return self.cache is cache and self.memory is next(iter(cache.arrays.values()))

    def __call__(self, ids: Ids) -> Logits:
        """Run; the logits are overwritten by the next run."""
        length = ids.shape[1]
        self.ids[:] = ids
        self.last[:] = self.cache.lengths + length - 1
        self.total[...] = self.last.max() + 1
        self.binding.run()
        self.cache.lengths += length
        return self.logits


def _bound(session: Session, cache: SharedCache) -> Binding:
    """A binding whose past and present are the cache's buffers."""
    binding = session.bind()
    for slot in cache.slots:
        binding.input(slot.past, cache.arrays[slot.past])
        binding.output(slot.present, cache.arrays[slot.past])
        between = 0  # of graphs that read token by token: see `llama.verifier`
        while f"{slot.present}.{between}" in session.outputs:
            binding.output(f"{slot.present}.{between}", cache.arrays[slot.past])
            between += 1
    return binding


class Verifier:
    """A graph that reads several tokens of one text at once, with the logits of one at a time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.tokens = int(session.inputs["input_ids"].shape[1] or 0)
        self._step: _Run | None = None

    def run(self, cache: SharedCache, ids: Sequence[int]) -> Logits:
        """Append up to `tokens` ids to the text; the logits after each, valid until the next run.

        The cache is filled by `tokens` positions, whatever `ids` hold: the caller sets its length.
        """
        cache.reserve(int(cache.lengths[0]) + self.tokens)
        if self._step is None or not self._step.fits(cache):
            self._step = _Run(self.session, cache, self.tokens)
        padded = [*ids, *([ids[-1]] * (self.tokens - len(ids)))]
        return self._step(np.array([padded], np.int64))[: len(ids)]
