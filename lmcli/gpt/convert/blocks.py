"""Blocks of ggml's quantised types, decoded with numpy, and their 8-bit form for onnxruntime.

Layouts: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h and ggml-quants.c. A decoder takes the raw
bytes [..., bytes of a block]; `KINDS` lists what can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError

Bytes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]

BLOCK = 32  # values that share a scale
SUPER = 256  # values of a K type's block, which holds 8 or 16 small ones
MIDDLE = 128  # the code of zero where 8-bit codes have no zero points


@dataclass(frozen=True, slots=True)
class Codes:
    """Blocks as whole numbers: value = scale * code + minimum; codes [..., 32], scales and minima [...].

    minima: None where codes are signed and zero stands for zero.
    """

    codes: NDArray[np.int16]
    scales: Floats
    minima: Floats | None = None

    def values(self) -> Floats:
        """The numbers that the blocks stand for, [..., 32]."""
        values: Floats = self.scales[..., None] * self.codes.astype(np.float32)
        return values if self.minima is None else values + self.minima[..., None]


def half(raw: Bytes) -> Floats:
    """Two bytes as a float16, [..., 2] to [...]. Raises ModelError for what is no number."""
    found = np.ascontiguousarray(raw).view(np.float16).astype(np.float32)[..., 0]
    if not np.isfinite(found).all():
        raise ModelError("a tensor holds scales that are no numbers", "fetch the file again")
    return found


def q4_1(raw: Bytes) -> Codes:
    """4-bit codes with a scale and a minimum; value i is packed with value i + 16."""
    low, high = raw[..., 4:] & 15, raw[..., 4:] >> 4
    codes = np.concatenate([low, high], axis=-1).astype(np.int16)
    return Codes(codes, half(raw[..., :2]), half(raw[..., 2:4]))


def q8_0(raw: Bytes) -> Codes:
    """Signed bytes with a scale."""
    return Codes(raw[..., 2:].view(np.int8).astype(np.int16), half(raw[..., :2]))


def q5_0(raw: Bytes) -> Codes:
    """5-bit codes with an offset of 16: four bits as in Q4_1, the fifth in a bit field of 32."""
    fifth = np.unpackbits(raw[..., 2:6], axis=-1, bitorder="little")
    four = np.concatenate([raw[..., 6:] & 15, raw[..., 6:] >> 4], axis=-1)
    return Codes((four | fifth << 4).astype(np.int16) - 16, half(raw[..., :2]))


def q4_k(raw: Bytes) -> Codes:
    """Eight small blocks of 4-bit codes; their scales and minima have six bits, times one scale each."""
    scales, minima = _six_bits(raw[..., 4:16])
    packed = raw[..., 16:].reshape(*raw.shape[:-1], 4, BLOCK)
    codes = np.stack([packed & 15, packed >> 4], axis=-2)  # a group of 64: low nibbles, then high
    return Codes(
        codes.reshape(*raw.shape[:-1], 8, BLOCK).astype(np.int16),
        half(raw[..., :2])[..., None] * scales,
        -half(raw[..., 2:4])[..., None] * minima,
    )


def _six_bits(raw: Bytes) -> tuple[Floats, Floats]:
    """Twelve bytes as eight scales and eight minima of six bits."""
    first, second, third = raw[..., 0:4], raw[..., 4:8], raw[..., 8:12]
    scales = np.concatenate([first & 63, (third & 15) | (first >> 6) << 4], axis=-1)
    minima = np.concatenate([second & 63, (third >> 4) | (second >> 6) << 4], axis=-1)
    return scales.astype(np.float32), minima.astype(np.float32)


def q6_k(raw: Bytes) -> Floats:
    """6-bit codes whose scale changes every 16 values: the values, [..., 8, 32]."""
    low = raw[..., :128].reshape(*raw.shape[:-1], 2, 2, BLOCK)
    high = raw[..., 128:192].reshape(*raw.shape[:-1], 2, 1, BLOCK)
    four = np.concatenate([low & 15, low >> 4], axis=-2)  # quarters of 128 values
    two = np.concatenate([high >> shift & 3 for shift in (0, 2, 4, 6)], axis=-2)
    codes = (four | two << 4).astype(np.float32) - 32
    scales = half(raw[..., 208:210])[..., None] * raw[..., 192:208].view(np.int8)
    parts = codes.reshape(*raw.shape[:-1], 16, 16) * scales[..., None]
    values: Floats = parts.reshape(*raw.shape[:-1], 8, BLOCK)
    return values


@dataclass(frozen=True, slots=True)
class Kind:
    """A ggml type: values and bytes of a block, and how blocks are decoded, to codes or to values."""

    name: str
    values: int
    size: int
    codes: Callable[[Bytes], Codes] | None = None
    plain: Callable[[Bytes], Floats] | None = None


F32, F16, Q4_1, Q5_0, Q8_0, Q4_K, Q6_K = 0, 1, 3, 6, 8, 12, 14
KINDS = {
    F32: Kind("F32", 1, 4, plain=lambda raw: raw.view(np.float32)),
    F16: Kind("F16", 1, 2, plain=lambda raw: raw.view(np.float16).astype(np.float32)),
    Q4_1: Kind("Q4_1", BLOCK, 20, codes=q4_1),
    Q5_0: Kind("Q5_0", BLOCK, 22, codes=q5_0),
    Q8_0: Kind("Q8_0", BLOCK, 34, codes=q8_0),
    Q4_K: Kind("Q4_K", SUPER, 144, codes=q4_k),
    Q6_K: Kind("Q6_K", SUPER, 210, plain=q6_k),
}
