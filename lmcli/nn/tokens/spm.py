"""SentencePiece's model file: its pieces, and how it normalises text.

Field numbers are those of sentencepiece_model.proto (ModelProto, TrainerSpec, NormalizerSpec).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile import proto

UNIGRAM, BPE = 1, 2
NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, its score (a log probability, or the rank of its merge) and kind."""

    text: str
    score: float
    kind: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A model file. `charsmap` is SentencePiece's table of normalisation, b"" where it has none."""

    pieces: tuple[Piece, ...]
    kind: int
    unknown: int
    byte_fallback: bool
    charsmap: bytes
    dummy_prefix: bool
    trims: bool
    escapes: bool


def read_pieces(path: Path) -> Pieces:
    """Read a SentencePiece model. Raises ModelError where the file is none."""
    data = path.read_bytes()
    pieces: list[Piece] = []
    trainer: dict[int, int] = {}
    normal: dict[int, int] = {}
    charsmap = b""
    try:
        for number, start, end in proto.fields(data):
            if number == 1:
                pieces.append(_piece(data, start, end))
            elif number == 2:
                trainer |= {n: at for n, at, stop in proto.fields(data, start, end) if stop < 0}
            elif number == 3:
                for n, at, stop in proto.fields(data, start, end):
                    if n == 2:
                        charsmap = data[at:stop]
                    elif stop < 0:
                        normal[n] = at
    except (proto.MalformedError, UnicodeDecodeError, struct.error) as error:
        raise ModelError(f"{path} is no model of SentencePiece, or was cut: {error}") from None
    if not pieces:
        raise ModelError(f"{path} is no model of SentencePiece: it has no pieces")
    return Pieces(
        tuple(pieces),
        kind=trainer.get(3, UNIGRAM),
        unknown=trainer.get(40, 0),
        byte_fallback=bool(trainer.get(35, 0)),
        charsmap=charsmap,
        dummy_prefix=bool(normal.get(3, 1)),
        trims=bool(normal.get(4, 1)),
        escapes=bool(normal.get(5, 1)),
    )


def _piece(data: bytes, start: int, end: int) -> Piece:
    text, score, kind = "", 0.0, NORMAL
    for number, at, stop in proto.fields(data, start, end):
        if number == 1:
            text = data[at:stop].decode()
        elif number == 2:
            (score,) = struct.unpack("<f", data[at:stop])
        elif number == 3:
            kind = at
    return Piece(text, score, kind)
