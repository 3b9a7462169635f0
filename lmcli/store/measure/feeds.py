"""Inputs of the right form for a graph, by the hub's names: to time it, not to learn anything from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.nn.onnx import Session, Value

IDS = 50  # token ids below this are in any vocabulary


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much goes in at once: texts or pictures, tokens of each, and tokens in the cache already."""

    batch: int = 1
    tokens: int = 1
    past: int = 0


def feeds_of(session: Session, sizes: Sizes) -> dict[str, NDArray[Any]]:
    """An array for each input. Raises ModelError for one whose name is not the hub's."""
    return {name: _array(session, value, sizes) for name, value in session.inputs.items()}


def in_place(session: Session) -> bool:
    """Whether the graph keeps its cache in buffers of fixed length (GroupQueryAttention)."""
    return "seqlens_k" in session.inputs


def is_decoder(session: Session) -> bool:
    """Whether the graph keeps a cache of keys and values."""
    return any(name.startswith("past_key_values.") for name in session.inputs)


def _array(session: Session, value: Value, sizes: Sizes) -> NDArray[Any]:
    batch, tokens, past = sizes.batch, sizes.tokens, sizes.past
    whole = past + tokens
    name = value.name
    dtype = np.dtype(value.dtype)
    if name.startswith("past_key_values."):
        return np.zeros((batch, _fixed(session, value, 1), past, _fixed(session, value, 3)), dtype)
    if name == "pixel_values":
        shape = [side if isinstance(side, int) and side > 0 else 224 for side in value.shape]
        return np.zeros((batch, *shape[1:]), dtype)
    made: dict[str, Any] = {
        "input_ids": lambda: np.arange(batch * tokens).reshape(batch, tokens) % IDS + 1,
        "attention_mask": lambda: np.ones((batch, whole)),
        "token_type_ids": lambda: np.zeros((batch, tokens)),
        "position_ids": lambda: np.tile(np.arange(past, whole), (batch, 1)),
        "use_cache_branch": lambda: np.full(1, past > 0),
        "seqlens_k": lambda: np.full(batch, whole - 1),
        "total_sequence_length": lambda: np.array(whole),
        "logit_rows": lambda: np.arange(batch) * tokens + tokens - 1,
    }
    sides = [side for side in value.shape[1:] if isinstance(side, int)]
    if name.endswith("_embedding") and len(sides) == len(value.shape) - 1:
        return np.zeros((batch, *sides), dtype)  # vectors that another graph made
    if name not in made:
        raise ModelError(
            f"{session.path.name} takes an input {name!r}, which lmcli cannot make up",
            f"it can make {', '.join(made)}, pixel_values and past_key_values",
        )
    return np.ascontiguousarray(made[name](), dtype)


def only(session: Session, axis: int) -> int | None:
    """The length of an axis of input_ids (0 texts, 1 tokens) that takes no other; None where it is free."""
    side = session.inputs["input_ids"].shape[axis]
    return side if isinstance(side, int) and side > 0 else None


def _fixed(session: Session, value: Value, axis: int) -> int:
    side = value.shape[axis] if len(value.shape) == 4 else None
    if not isinstance(side, int):
        raise ModelError(
            f"{session.path.name} does not say how long axis {axis} of {value.name} is"
        )
    return side
