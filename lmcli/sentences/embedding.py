"""Texts to rows with vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lmcli.sentences.methods import Embedder, known
from lmcli.vectors.embedding_file import numbers


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text and its vector, of length 1."""

    text: str
    embedding: list[float]


def embed(embedder: Embedder, texts: Sequence[str], tell: Callable[[str], None]) -> list[Any]:
    """An `Embedded` for each text, or the error of one without a known word.

    `tell` is given a message for each text that was cut.
    """
    vectors = embedder.encode(texts, cut=cut_note(texts, tell))
    return [
        known(embedder, text, vector) or Embedded(text, numbers(vector))
        for text, vector in zip(texts, vectors, strict=True)
    ]


def cut_note(texts: Sequence[str], tell: Callable[[str], None]) -> Callable[[int, int], None]:
    """What an encoder calls for a text that it cut."""

    def note(index: int, tokens: int) -> None:
        start = " ".join(texts[index][:80].split())[:40]
        tell(f"{start!r}... is too long for the model: its last {tokens} tokens were left out")

    return note
