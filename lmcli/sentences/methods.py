"""The ways to make a sentence vector: a neural encoder, the mean of word vectors, a weighted sum.

`read_texts` is how a command embeds: with what is to be said of each text that was cut, or not understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lmcli.frame.errors import BadInput, LmcliError, NoAnswer, quoted
from lmcli.frame.text.understanding import Read, not_understood, partly, together

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lmcli.nn.encoder import Tell, Vectors

METHODS = ("minilm", "glove-mean", "sif")


class Embedder(Protocol):
    """Turns texts into vectors."""

    task: str
    name: str
    fingerprint: str  # names the method and model: vectors of different ones cannot be compared

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str], *, tell: Tell | None = None) -> Vectors:
        """The vectors (n, d) of texts in their order, each of length 1, or zero where nothing is known.

        `tell(index, read)` is called for each text that was cut, or is not understood as a whole.
        """

    def pieces(self, text: str) -> list[str]:
        """A text in pieces that are read as a whole."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """A text's vector (d), what is to be said of it, and why it cannot be used, if it cannot.

    whole: whether all of the text is understood.
    """

    vector: NDArray[np.float32]
    warnings: tuple[str, ...] = ()
    fault: LmcliError | None = None
    whole: bool = True


def read_texts(
    embedder: Embedder, texts: Sequence[str], *, split: bool = False, hint: str = ""
) -> list[Embedding]:
    """Embed texts, in their order.

    split: a text that is too long is read in pieces; its vector is the mean of theirs, weighted by length.
    hint: what helps where a text is cut.
    """
    pieces = [embedder.pieces(text) if split else [text] for text in texts]
    reads: dict[int, Read] = {}
    flat = [piece for own in pieces for piece in own]
    if not flat:
        return []
    vectors = embedder.encode(flat, tell=reads.__setitem__)
    found = []
    start = 0
    for text, own in zip(texts, pieces, strict=True):
        places = range(start, start + len(own))
        start += len(own)
        seen = together(own, [reads.get(place, Read()) for place in places])
        vector = vectors[places[0]] if len(own) == 1 else _mean(vectors[places.start : start], own)
        found.append(_judged(embedder, text, vector, seen, hint))
    return found


def _mean(vectors: Vectors, pieces: Sequence[str]) -> NDArray[np.float32]:
    """The mean of pieces' vectors, weighted by their length, of length 1 again."""
    import numpy as np

    from lmcli.frame.numbers import normalised

    return normalised(np.array([len(piece) for piece in pieces], np.float32) @ vectors)


def _judged(
    embedder: Embedder, text: str, vector: NDArray[np.float32], seen: Read, hint: str
) -> Embedding:
    """An embedding with what is wrong with it."""
    if not text.strip():
        return Embedding(vector, fault=BadInput(f"there is no text in {quoted(text, 40)}"))
    if not vector.any() and not seen.unknown and embedder.task == "word-vectors":
        fault = NoAnswer(f"the vectors of the words of {quoted(text, 60)} are zero, or cancel out")
        return Embedding(vector, fault=fault)
    if seen.nothing or not vector.any():
        return Embedding(vector, fault=not_understood(embedder.name, embedder.task, text, seen))
    warnings = []
    if seen.cut:
        start = " ".join(text[:80].split())[:40]
        read, all_of_it = seen.tokens - seen.cut, seen.tokens
        say = (
            f"'{start}...' is too long for {embedder.name}: {read} of {all_of_it} tokens were read"
        )
        warnings.append(f"{say}; {hint}" if hint else say)
    if seen.unknown:
        warnings.append(partly(embedder.name, embedder.task, text, seen))
    return Embedding(vector, tuple(warnings), whole=not seen.unknown)


def for_passages(embedder: Embedder) -> Embedder:
    """The embedder for texts that are searched: some encoders read them otherwise than questions."""
    made = getattr(embedder, "passages", None)
    found: Embedder = made() if made else embedder
    return found
