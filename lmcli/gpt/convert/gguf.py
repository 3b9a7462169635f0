"""Reading GGUF files: metadata and tensors, with numpy alone.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3, little endian).
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.blocks import BLOCK, KINDS, Codes

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_MOST_AXES = 4  # of a tensor, as ggml has them

_READ = ", ".join(kind.name for kind in KINDS.values())


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its ggml type, its shape with the rows first, and its bytes as they lie in the file."""

    kind: int
    shape: tuple[int, ...]
    data: NDArray[np.uint8]

    def codes(self) -> Codes | None:
        """The matrix as blocks of codes, [rows, blocks, 32]; None for a type whose scale changes within 32."""
        decode = KINDS[self.kind].codes
        if decode is None:
            return None
        blocks = decode(self._blocks())
        if not np.isfinite(blocks.scales).all():
            raise ModelError("a tensor holds scales that are no numbers", "fetch the file again")
        rows = self.shape[:-1]
        minima = None if blocks.minima is None else blocks.minima.reshape(*rows, -1)
        codes = blocks.codes.reshape(*rows, -1, BLOCK)
        return Codes(codes, blocks.scales.reshape(*rows, -1), minima)

    def values(self) -> NDArray[np.float32]:
        """The tensor in float32."""
        blocks, plain = self.codes(), KINDS[self.kind].plain
        if blocks is not None:
            return blocks.values().reshape(self.shape)
        assert plain is not None  # a kind has one or the other
        return plain(self._blocks()).reshape(self.shape)

    def _blocks(self) -> NDArray[np.uint8]:
        """The bytes as [..., blocks, bytes of a block]."""
        kind = KINDS[self.kind]
        return self.data.reshape(*self.shape[:-1], self.shape[-1] // kind.values, kind.size)


@dataclass(frozen=True, slots=True)
class Gguf:
    """A GGUF file: metadata by key, tensors by name (their data stays on disk until it is used)."""

    metadata: dict[str, Any]
    tensors: dict[str, Tensor]


class _Cursor:
    """Reads the values of a GGUF header one after the other."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def scalar(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def string(self) -> str:
        length = self.scalar("Q")
        if length > len(self.data) - self.at:
            raise ValueError("a string runs past the end of the file")
        text = self.data[self.at : self.at + length].decode("utf-8")
        self.at += length
        return text

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.scalar("I"), self.scalar("Q")
            if count > len(self.data) - self.at:
                raise ValueError("an array runs past the end of the file")
            if inner == _ARRAY:
                raise ValueError("an array of arrays, which no model needs")
            return [self.value(inner) for _ in range(count)]
        if kind not in _SCALARS:
            raise ValueError(f"unknown type of metadata {kind}")
        return self.scalar(_SCALARS[kind])


def read(path: Path) -> Gguf:
    """Read a GGUF file's metadata and map its tensors.

    Raises ModelError for a file that is not GGUF 2 or 3, is cut short, or has tensors of types that
    `blocks.KINDS` does not list.
    """
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path}: not a GGUF file")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = _Cursor(data)
    cursor.at = 4
    try:
        version, tensors, pairs = cursor.scalar("I"), cursor.scalar("Q"), cursor.scalar("Q")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version}; 2 and 3 can be read")
        metadata = {cursor.string(): cursor.value(cursor.scalar("I")) for _ in range(pairs)}
        listed = [_tensor_info(cursor) for _ in range(tensors)]
        align = metadata.get("general.alignment", 32)
        if not isinstance(align, int) or align <= 0:
            raise ValueError(f"an alignment of {align}")
        start = -(-cursor.at // align) * align
        found = {name: _tensor(data, start, info) for name, info in listed}
        return Gguf(metadata, found)
    except (struct.error, ValueError) as error:
        raise ModelError(f"{path}: {error}", "the file is damaged or cut: fetch it again") from None


_Info = tuple[tuple[int, ...], int, int]  # shape, type, offset


def _tensor_info(cursor: _Cursor) -> tuple[str, _Info]:
    name, axes = cursor.string(), cursor.scalar("I")
    if not 1 <= axes <= _MOST_AXES:
        raise ValueError(f"the tensor {name!r} has {axes} axes")
    sizes = [cursor.scalar("Q") for _ in range(axes)]
    kind, offset = cursor.scalar("I"), cursor.scalar("Q")
    return name, (tuple(reversed(sizes)), kind, offset)


def _tensor(data: mmap.mmap, start: int, info: _Info) -> Tensor:
    shape, kind, offset = info
    if kind not in KINDS:
        raise ValueError(f"a tensor of ggml type {kind}; {_READ} can be read")
    values, size = KINDS[kind].values, KINDS[kind].size
    if shape[-1] % values:
        raise ValueError(f"a row of {shape[-1]} values is not made of blocks of {values}")
    count = math.prod(shape) // values * size  # exact: numpy's product would overflow
    if start + offset + count > len(data):
        raise ValueError("a tensor runs past the end of the file")
    return Tensor(kind, shape, np.frombuffer(data, np.uint8, count, start + offset))
