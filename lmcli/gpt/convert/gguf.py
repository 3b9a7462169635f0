"""Reading GGUF files: metadata and tensors, with numpy alone.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3, little endian).
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.blocks import BLOCK, KINDS, Codes, name_of

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
_LONGEST = 1 << 24  # of an array in the metadata: vocabularies have some hundred thousand entries
MAGIC = b"GGUF"

_READ = ", ".join(kind.name for kind in KINDS.values())


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its ggml type, its shape with the rows first, and its bytes as they lie in the file."""

    kind: int
    shape: tuple[int, ...]
    data: NDArray[np.uint8]

    @property
    def count(self) -> int:
        """How many values it has."""
        return math.prod(self.shape)

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

    def part(self, start: int, stop: int, step: int = 1) -> Tensor:
        """Some of its rows."""
        return self.ordered(slice(start, stop, step))

    def ordered(self, order: slice | NDArray[np.intp]) -> Tensor:
        """Its rows in another order, or some of them."""
        data = self.data.reshape(self.shape[0], -1)[order]
        return Tensor(self.kind, (len(data), *self.shape[1:]), data.reshape(-1))

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
            return self._array(self.scalar("I"), self.scalar("Q"))
        if kind not in _SCALARS:
            raise ValueError(f"unknown type of metadata {kind}")
        return self.scalar(_SCALARS[kind])

    def _array(self, kind: int, count: int) -> list[Any]:
        if count > len(self.data) - self.at:
            raise ValueError("an array runs past the end of the file")
        if count > _LONGEST:
            raise ValueError(f"an array of {count} values, which no model needs")
        if kind == _ARRAY:
            raise ValueError("an array of arrays, which no model needs")
        if kind not in _SCALARS:
            return [self.value(kind) for _ in range(count)]
        code = "<" + _SCALARS[kind]
        end = self.at + count * struct.calcsize(code)
        if end > len(self.data):
            raise ValueError("an array runs past the end of the file")
        values: list[Any] = np.frombuffer(self.data[self.at : end], np.dtype(code)).tolist()
        self.at = end
        return values


def is_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF files do."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(path: Path) -> Gguf:
    """Read a GGUF file's metadata and map its tensors.

    Raises ModelError for a file that is not GGUF 2 or 3, is cut short, or has tensors of types that
    `blocks.KINDS` does not list.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ModelError(f"{path}: not a GGUF file")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = _Cursor(data)
    cursor.at = 4
    try:
        version, tensors, pairs = cursor.scalar("I"), cursor.scalar("Q"), cursor.scalar("Q")
        _check_version(path, version)
        metadata = {cursor.string(): cursor.value(cursor.scalar("I")) for _ in range(pairs)}
        listed = _listed(cursor, tensors)
        align = metadata.get("general.alignment", 32)
        if not isinstance(align, int) or align <= 0:
            raise ValueError(f"an alignment of {align}")
        start = -(-cursor.at // align) * align
        _check_kinds(path, listed)
        found = {name: _tensor(data, start, name, info) for name, info in listed.items()}
        return Gguf(metadata, found)
    except (struct.error, ValueError) as error:
        said = "its head is cut" if isinstance(error, struct.error) else error
        raise ModelError(f"{path}: {said}", "the file is damaged or cut: fetch it again") from None


_Info = tuple[tuple[int, ...], int, int]  # shape, type, offset


def _check_version(path: Path, version: int) -> None:
    if version in (2, 3):
        return
    if version and not version & 0xFFFF:
        raise ModelError(f"{path}: a big-endian file", "lmcli reads little-endian ones")
    raise ModelError(f"{path}: GGUF version {version}", "lmcli reads the versions 2 and 3")


def _check_kinds(path: Path, listed: Mapping[str, _Info]) -> None:
    """Raise ModelError where a tensor is of a type that is not read, before anything is done."""
    for name, (_, kind, _) in listed.items():
        if kind not in KINDS:
            raise ModelError(
                f"{path}: the tensor {name} is of ggml's type {name_of(kind)}, which cannot be read",
                f"those that can: {_READ}",
            )


def _listed(cursor: _Cursor, count: int) -> dict[str, _Info]:
    found: dict[str, _Info] = {}
    for _ in range(count):
        name, info = _tensor_info(cursor)
        if name in found:
            raise ValueError(f"the tensor {name!r} is listed twice")
        found[name] = info
    return found


def _tensor_info(cursor: _Cursor) -> tuple[str, _Info]:
    name, axes = cursor.string(), cursor.scalar("I")
    if not 1 <= axes <= _MOST_AXES:
        raise ValueError(f"the tensor {name!r} has {axes} axes")
    sizes = [cursor.scalar("Q") for _ in range(axes)]
    kind, offset = cursor.scalar("I"), cursor.scalar("Q")
    return name, (tuple(reversed(sizes)), kind, offset)


def _tensor(data: mmap.mmap, start: int, name: str, info: _Info) -> Tensor:
    shape, kind, offset = info
    values, size = KINDS[kind].values, KINDS[kind].size
    if shape[-1] % values:
        raise ValueError(f"{name!r}: a row of {shape[-1]} values is not made of blocks of {values}")
    count = math.prod(shape) // values * size  # exact: numpy's product would overflow
    if start + offset + count > len(data):
        raise ValueError(f"the tensor {name!r} runs past the end of the file")
    return Tensor(kind, shape, np.frombuffer(data, np.uint8, count, start + offset))
