"""Texts to rows with vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lmcli.frame.errors import Noted
from lmcli.sentences.methods import Embedder, read_texts
from lmcli.vectors.embedding_file import numbers


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text and its vector, of length 1."""

    text: str
    embedding: list[float]


def embed(embedder: Embedder, texts: Sequence[str], *, split: bool = False) -> list[Any]:
    """An `Embedded` for each text, with what is to be said of it, or its error.

    split: a text that is longer than the model reads is read in pieces; else its end is left out.
    """
    hint = "--split reads the whole"
    return [
        found.fault or Noted(Embedded(text, numbers(found.vector)), found.warnings)
        for text, found in zip(
            texts, read_texts(embedder, texts, split=split, hint=hint), strict=True
        )
    ]
