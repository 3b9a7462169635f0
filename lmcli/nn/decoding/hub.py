"""Any export of a decoder with the hub's names, run text by text on keys and values that grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.nn.decoding.cache import Array, GrowingCache, Slot
from lmcli.nn.decoding.logits import Logits
from lmcli.nn.feeding import fitted, input_named
from lmcli.nn.onnx import Session

Ids = NDArray[np.int64]

PAST, PRESENT = "past_key_values.", "present."
GRAIN = 64  # positions that a ring grows by
KEPT = (
    "num_logits_to_keep",
    "logits_to_keep",
)  # inputs that say how many of the last logits are made


class HubDecoder:
    """An export with the hub's names: input_ids, attention_mask, position_ids, past_key_values.N.*, present.N.*,
    logits; merged (use_cache_branch), with a graph of its own for the first run (`first`), or without a cache.

    `names`: what this graph calls what the hub calls otherwise (see genai_config.json). Where a graph gives the
    logits of the last token only, those of others are had by running in steps.
    """

    batches = False

    def __init__(
        self,
        session: Session,
        sizes: Mapping[str, int],
        first: Session | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Raises ModelError where the graph is no decoder of tokens, or its cache of an unknown form."""
        self._names = dict(names or {})
        self._logits = self._names.get("logits") or _logits_of(session) or ""
        ids = self._names.get("input_ids") or input_named(session, "input_ids")
        for wanted, own, there in (
            ("input_ids", ids, session.inputs),
            ("logits", self._logits, session.outputs),
        ):
            if own not in there:
                raise ModelError(
                    f"{session.path}: the graph has no {wanted}",
                    "lmcli runs decoder-only exports with the names that the hub's exports have",
                )
        self.session = session
        self.slots = list(slots_of(session, sizes, self._names))
        usable = first is not None and all(slot.present in first.outputs for slot in self.slots)
        self.first = first if usable else None
        self._one_by_one = session.inputs[str(ids)].shape[-1:] == (1,)
        self._last_only = False

    def cache(self, rows: int, room: int) -> GrowingCache:
        """See `Decoder.cache`."""
        del room  # these caches grow by themselves
        return GrowingCache(self.slots, rows)

    def run(self, cache: GrowingCache, ids: Ids, wanted: Ids | None = None) -> Logits:
        """See `Decoder.run`."""
        rows, length = ids.shape
        if wanted is None:
            wanted = np.arange(1, rows + 1) * length - 1
        found: dict[int, Logits] = {}
        for row in range(rows):
            own = sorted({int(at) - row * length for at in wanted if at // length == row})
            logits = self._row(cache, row, ids[row : row + 1], own)
            found |= {row * length + at: one for at, one in zip(own, logits, strict=True)}
        chosen: Logits = np.stack([found[int(at)] for at in wanted])
        return chosen

    def _row(self, cache: GrowingCache, row: int, ids: Ids, wanted: Sequence[int]) -> list[Logits]:
        """Append ids [1, length] to one text; the logits at the positions `wanted` of them."""
        length, past = ids.shape[1], int(cache.lengths[row])
        narrow = self._one_by_one and (past > 0 or self.first is None)
        if not self._last_only and not narrow:
            logits = self._advance(cache, row, ids, length - min(wanted, default=length - 1))
            before = length - len(logits)  # positions whose logits the graph leaves out
            if all(at >= before for at in wanted):
                return [logits[at - before] for at in wanted]
            self._last_only = True
            cache.lengths[row] = past
        found: dict[int, Logits] = {}
        ends = range(length) if self._one_by_one else sorted({*wanted, length - 1})
        start = 0
        for end in ends:
            found[end] = self._advance(cache, row, ids[:, start : end + 1], 1)[-1]
            start = end + 1
        return [found[at] for at in wanted]

    def _advance(self, cache: GrowingCache, row: int, ids: Ids, kept: int) -> Logits:
        """Run ids [1, length] after what a text's cache holds; logits [of the last positions, vocabulary].

        `kept`: the logits that are wanted, counted from the end, for graphs that can be told.
        """
        past, length = int(cache.lengths[row]), ids.shape[1]
        if not self.slots:
            return self._whole(cache, row, ids, kept)
        session = self.first if self.first is not None and past == 0 else self.session
        cached = self._with_room(cache.past(row), past + length)
        outputs = session.run(self._feeds(session, ids, past, kept, cached))
        for slot in self.slots:
            new = outputs[slot.present]
            if slot.window:
                new = new[:, :, : past + length]
            if new.shape[2] == length and past:  # some graphs give the new positions only
                new = np.concatenate([cached[slot.past], new], axis=2)
            if new.shape[2] != past + length:
                raise ModelError(
                    f"{session.path}: its cache holds {new.shape[2]} positions of {past + length}",
                    "lmcli runs graphs that keep all",
                )
            cache.rows[row][slot.past] = new
        cache.lengths[row] += length
        return self._rows(outputs[self._logits])

    def _with_room(self, cached: dict[str, Array], total: int) -> dict[str, Array]:
        """The cache, with rings as long as the text will be: none of it is overwritten, so that it can be rewound."""
        for slot in self.slots:
            if slot.window:
                held = cached[slot.past]
                room = -(-max(slot.window, total) // GRAIN) * GRAIN - held.shape[2]
                cached[slot.past] = np.pad(held, ((0, 0), (0, 0), (0, room), (0, 0)))
        return cached

    def _whole(self, cache: GrowingCache, row: int, ids: Ids, kept: int) -> Logits:
        """Without a cache: run the whole text again."""
        past = int(cache.lengths[row])
        held = cache.rows[row].get("input_ids", np.zeros((1, 1, 0), np.int64))[:, :, :past]
        text = np.concatenate([held, ids[None]], axis=2)
        cache.rows[row]["input_ids"] = text
        cache.lengths[row] += ids.shape[1]
        outputs = self.session.run(self._feeds(self.session, text[0], 0, kept), [self._logits])
        logits = self._rows(outputs[self._logits])
        return logits[-ids.shape[1] :]

    @staticmethod
    def _rows(output: Array) -> Logits:
        """Logits [positions, vocabulary] of [1, positions, vocabulary] or, of one position, [1, vocabulary]."""
        logits: Logits = output.reshape(-1, output.shape[-1]).astype(np.float32, copy=False)
        return logits

    def _feeds(
        self,
        session: Session,
        ids: Ids,
        past: int,
        kept: int,
        cached: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        """What a graph is fed for ids [1, length] after `past` positions, whose keys and values are `cached`."""
        total = past + ids.shape[1]
        feeds: dict[str, Array] = {
            "input_ids": np.ascontiguousarray(ids),
            "attention_mask": np.ones((1, total), np.int64),
            "position_ids": np.arange(past, total, dtype=np.int64)[None],
            "token_type_ids": np.zeros_like(ids),
            "cache_position": np.arange(past, total, dtype=np.int64),
            "use_cache_branch": np.array([past > 0]),
            "seqlens_k": np.array([total - 1]),
            "past_sequence_length": np.array([total - 1]),  # as genai counts it: of the last token
            "total_sequence_length": np.array(total),
            "current_sequence_length": np.array([total]),
            **{name: np.array([kept]) for name in KEPT},
        }
        feeds = {self._names.get(name, name): array for name, array in feeds.items()}
        return fitted(session, {**feeds, **(cached or {})})


def _logits_of(session: Session) -> str | None:
    """The output with the logits: by its name, else the only one that is no cache."""
    if "logits" in session.outputs:
        return "logits"
    others = [
        name
        for name, value in session.outputs.items()
        if not name.startswith("present") and value.dtype.startswith("float") and len(value.shape) == 3
        and "hidden" not in name
    ]  # fmt: skip
    return others[0] if len(others) == 1 else None


def slots_of(
    session: Session, sizes: Mapping[str, int], names: Mapping[str, str] | None = None
) -> Iterator[Slot]:
    """The cached inputs of a graph; `sizes` gives heads and head where the graph leaves them open."""
    hub = {own: name for name, own in (names or {}).items()}
    for name, value in session.inputs.items():
        known = hub.get(name, name)
        if not known.startswith(PAST):
            continue
        present = known.replace(PAST, PRESENT)
        present = (names or {}).get(present, present)
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
        ring = "sliding" in str(value.shape[2]) and sizes.get("window", 0)
        yield Slot(name, present, heads, head, value.dtype, int(ring))
