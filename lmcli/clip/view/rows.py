"""Pictures and texts as rows with vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmcli.vectors.embedding_file import numbers
from lmcli.vectors.vectorfile import Vectors


@dataclass(frozen=True, slots=True)
class EmbeddedPicture:
    """A picture and its vector, of length 1."""

    image: str
    embedding: list[float]


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A text and its vector, of length 1."""

    text: str
    embedding: list[float]


def embedded(image: str, vector: Vectors) -> list[EmbeddedPicture]:
    """A picture's row."""
    return [EmbeddedPicture(image, numbers(vector))]


def embedded_texts(texts: Sequence[str], vectors: Vectors) -> list[EmbeddedText]:
    """The rows of texts, whose vectors are (n, d)."""
    return [EmbeddedText(text, numbers(v)) for text, v in zip(texts, vectors, strict=True)]
