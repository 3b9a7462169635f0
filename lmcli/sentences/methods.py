"""The ways to make a sentence vector: a neural encoder, the mean of word vectors, a weighted sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lmcli.core.errors import LmcliError, NoAnswer

if TYPE_CHECKING:
    from lmcli.core.encoder import Cut, Vectors
    from lmcli.core.environment import Environment

METHODS = ("minilm", "glove-mean", "sif")


class Embedder(Protocol):
    """Turns texts into vectors."""

    name: str
    fingerprint: str  # names the method and model: vectors of different ones cannot be compared

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str], *, cut: Cut | None = None) -> Vectors:
        """The vectors (n, d) of texts in their order, each of length 1, or zero where nothing is known."""


def open_method(env: Environment, method: str, model: str | None = None) -> Embedder:
    """The embedder of a method, with the model named or the default one; loaded once in a process."""
    if method == "minilm":
        from lmcli.core.encoder import encoder_of

        return encoder_of(env, model)

    def load() -> Embedder:
        from lmcli.core.vectors import TASK, WordVectors
        from lmcli.sentences.bags import MeanOfWords, SmoothInverseFrequency

        kind = MeanOfWords if method == "glove-mean" else SmoothInverseFrequency
        return kind(WordVectors.open(env.models.find(model, TASK)))

    return env.cached(("sentences", method, model or ""), load)


def for_passages(embedder: Embedder) -> Embedder:
    """The embedder for texts that are searched: some encoders read them otherwise than questions."""
    made = getattr(embedder, "passages", None)
    found: Embedder = made() if made else embedder
    return found


def known(embedder: Embedder, text: str, vector: Vectors) -> LmcliError | None:
    """The error of a text that has no vector, for none of its words is known; None where it has one."""
    if vector.any():
        return None
    return NoAnswer(f"no word of {text[:60]!r} is in {embedder.name}")
