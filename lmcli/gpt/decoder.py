"""Decoder-only graphs behind one interface: token ids in, logits of the next token out.

`SharedDecoder` runs lmcli's own graphs (one buffer for past and present, see `llama.decoder`),
`HubDecoder` any export with the hub's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.gpt.cache import Array, GrowingCache, SharedCache, Slot
from lmcli.gpt.sampling import Logits
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
        self.slots = list(_slots(session, {}))
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


class HubDecoder:
    """An export with the hub's names: input_ids, attention_mask, position_ids, past_key_values.N.*,
    present.N.*, logits; merged (use_cache_branch), with a graph of its own for the first run
    (`first`), or without a cache at all.
    """

    batches = False

    def __init__(
        self, session: Session, sizes: dict[str, int], first: Session | None = None
    ) -> None:
        for wanted, names in (("input_ids", session.inputs), ("logits", session.outputs)):
            if wanted not in names:
                raise ModelError(
                    f"{session.path}: the graph has no {wanted}",
                    "lmcli runs decoder-only exports with the names that the hub's exports have",
                )
        self.session = session
        self.first = first
        self.slots = list(_slots(session, sizes))

    def cache(self, rows: int, room: int) -> GrowingCache:
        """See `Decoder.cache`."""
        del room  # these caches grow by themselves
        return GrowingCache(self.slots, rows)

    def run(self, cache: GrowingCache, ids: Ids, wanted: Ids | None = None) -> Logits:
        """See `Decoder.run`."""
        rows, length = ids.shape
        if wanted is None:
            wanted = np.arange(1, rows + 1) * length - 1
        logits = [self._row(cache, row, ids[row : row + 1]) for row in range(rows)]
        chosen: Logits = np.concatenate(logits)[wanted]
        return chosen

    def _row(self, cache: GrowingCache, row: int, ids: Ids) -> Logits:
        past, length = int(cache.lengths[row]), ids.shape[1]
        if not self.slots:
            return self._whole(cache, row, ids)
        session = self.first if self.first is not None and past == 0 else self.session
        cached = cache.past(row)
        outputs = session.run(_feeds(session, ids, past, cached))
        for slot in self.slots:
            new = outputs[slot.present]
            old = cached[slot.past]
            whole = new.shape[2] == past + length  # some graphs give the new positions only
            cache.rows[row][slot.past] = new if whole else np.concatenate([old, new], axis=2)
        cache.lengths[row] += length
        logits: Logits = outputs["logits"][0].astype(np.float32)
        return logits

    def _whole(self, cache: GrowingCache, row: int, ids: Ids) -> Logits:
        """Without a cache: run the whole text again."""
        past = int(cache.lengths[row])
        held = cache.rows[row].get("input_ids", np.zeros((1, 1, 0), np.int64))[:, :, :past]
        text = np.concatenate([held, ids[None]], axis=2)
        cache.rows[row]["input_ids"] = text
        cache.lengths[row] += ids.shape[1]
        outputs = self.session.run(_feeds(self.session, text[0]), ["logits"])
        logits: Logits = outputs["logits"][0, past:].astype(np.float32)
        return logits


def _feeds(
    session: Session, ids: Ids, past: int = 0, cached: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """What a graph is fed for ids [1, length] after `past` positions, whose keys and values are `cached`.

    Raises ModelError where the graph asks for something else.
    """
    total = past + ids.shape[1]
    feeds: dict[str, Array] = {
        "input_ids": np.ascontiguousarray(ids),
        "attention_mask": np.ones((1, total), np.int64),
        "position_ids": np.arange(past, total, dtype=np.int64)[None],
        "use_cache_branch": np.array([past > 0]),
        **(cached or {}),
    }
    missing = [name for name in session.inputs if name not in feeds]
    if missing:
        raise ModelError(
            f"{session.path}: the graph asks for {', '.join(missing)}",
            "lmcli feeds input_ids, attention_mask, position_ids, past_key_values.N.* and "
            "use_cache_branch",
        )
    return {name: feeds[name] for name in session.inputs}


def _slots(session: Session, sizes: dict[str, int]) -> Iterator[Slot]:
    """The cached inputs of a graph; `sizes` gives heads and head where the graph leaves them open."""
    for name, value in session.inputs.items():
        if not name.startswith("past_key_values."):
            continue
        present = name.replace("past_key_values.", "present.")
        if present not in session.outputs or len(value.shape) != 4:
            raise ModelError(f"{session.path}: {name} is not a cache of the usual form")
        heads, head = value.shape[1], value.shape[3]
        heads = heads if isinstance(heads, int) else sizes.get("heads", 0)
        head = head if isinstance(head, int) else sizes.get("head", 0)
        if not (heads and head):
            raise ModelError(
                f"{session.path}: neither the graph nor config.json tells the size of {name}",
                "put the model's config.json beside the graph",
            )
        yield Slot(name, present, heads, head, value.dtype)
