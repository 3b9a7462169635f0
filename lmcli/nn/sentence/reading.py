"""One encoder's graph: which of its outputs holds the vectors, what it is fed, and how tokens become one vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model
from lmcli.nn.feeding import fitted, input_named
from lmcli.nn.sentence.modules import Description, Step
from lmcli.nn.sentence.pooling import WAYS, Pooling, pooling_named
from lmcli.nn.session import Session, Value

BATCH_TOKENS = 1024  # padded tokens that run together: with more, the activations leave the cache
POOLED = ("sentence_embedding", "text_embeds")  # outputs that are pooled inside the graph
HIDDEN = ("last_hidden_state", "token_embeddings")

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """How a graph is run.

    pool: makes one vector of the tokens', None where the graph does. steps: what that goes through. width: the
    tokens that a graph of fixed size takes. rows: the texts that it takes at once, where that is fixed.
    """

    session: Session
    output: Value
    pool: Pooling | None
    steps: tuple[Step, ...]
    prompt_counts: bool
    masked: bool
    width: int | None
    rows: int | None

    @classmethod
    def of(cls, session: Session, model: Model, said: Description, alike: bool = False) -> Reading:
        """`alike`: only texts of one length may run together.

        Raises ModelError where the graph does not read token ids, gives no vectors, or has no such pooling."""
        ids = input_named(session, "input_ids")
        output = _output_of(session)
        if ids is None or output is None:
            raise ModelError(
                f"{session.path} is no text encoder: it reads {', '.join(session.inputs)} "
                f"and gives {', '.join(session.outputs)}"
            )
        pooled = output.name in POOLED or len(output.shape) == 2
        name = str(model.settings.get("pooling") or said.pooling or "mean")
        pool = pooling_named(name)
        if pool is None:
            raise ModelError(
                f"{model.name}: no pooling is called {name!r}",
                f"settings.pooling in its model.toml is one of {', '.join(WAYS)}",
            )
        axes = [axis if isinstance(axis, int) else None for axis in session.inputs[ids].shape]
        rows, width = axes if len(axes) == 2 else (None, None)
        return cls(
            session,
            output,
            pool=None if pooled else pool,
            steps=() if pooled else said.steps,
            prompt_counts=said.prompt_counts,
            masked=not alike and input_named(session, "attention_mask") is not None,
            width=width,
            rows=rows,
        )

    @property
    def dimensions(self) -> int:
        """The length of a vector, 0 where the graph leaves it open."""
        size = self.output.shape[-1]
        if not isinstance(size, int):
            return 0
        vectors = np.zeros((1, size), np.float32)
        if self.pool is not None:
            vectors = self.pool(vectors[None], np.ones((1, 1), np.int64))
        for step in self.steps:
            vectors = step(vectors)
        return vectors.shape[1]

    def batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Rows that run together: of one length where the graph cannot tell padding from text."""
        if self.rows == 1:
            yield from ([row] for row in range(len(lengths)))
        elif self.masked:
            yield from batches(lengths)
        else:
            for length in sorted(set(lengths)):
                same = [row for row, other in enumerate(lengths) if other == length]
                yield from ([same[at] for at in part] for part in batches([length] * len(same)))

    def vectors(self, feeds: Mapping[str, NDArray[Any]], pad_id: int, left_out: int) -> Vectors:
        """The vectors (n, d) of a batch; the first `left_out` tokens are read, but not pooled."""
        mask = feeds["attention_mask"]
        if self.width is not None and (missing := self.width - mask.shape[1]) > 0:
            feeds = {
                name: np.pad(
                    array, ((0, 0), (0, missing)), constant_values=pad_id * (name == "input_ids")
                )
                for name, array in feeds.items()
            }
            mask = feeds["attention_mask"]
        positions = np.broadcast_to(np.arange(mask.shape[1]), mask.shape)
        run = fitted(self.session, {**feeds, "position_ids": positions})
        output = self.session.run(run, [self.output.name])[self.output.name]
        found: Vectors = output.astype(np.float32, copy=False)
        if self.pool is not None:
            counted = mask.copy()
            counted[:, :left_out] = 0
            found = self.pool(found, counted)
        for step in self.steps:
            found = step(found)
        return found


def _output_of(session: Session) -> Value | None:
    """The output with the vectors: by its name, else by its shape, one of tokens before one of texts."""
    named = next((session.outputs[n] for n in POOLED + HIDDEN if n in session.outputs), None)
    if named is not None:
        return named
    usable = [
        value
        for value in session.outputs.values()
        if value.dtype.startswith("float")
        and "logits" not in value.name
        and "pooler" not in value.name
    ]
    return next((value for rank in (3, 2) for value in usable if len(value.shape) == rank), None)


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows grouped by length, the longest first, each group of at most `tokens` when padded."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size
