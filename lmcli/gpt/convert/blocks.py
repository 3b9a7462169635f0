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


def q4_0(raw: Bytes) -> Codes:
    """4-bit codes with an offset of 8, packed as in Q4_1."""
    codes = np.concatenate([raw[..., 2:] & 15, raw[..., 2:] >> 4], axis=-1)
    return Codes(codes.astype(np.int16) - 8, half(raw[..., :2]))


def q8_0(raw: Bytes) -> Codes:
    """Signed bytes with a scale."""
    return Codes(raw[..., 2:].view(np.int8).astype(np.int16), half(raw[..., :2]))


def q5_0(raw: Bytes) -> Codes:
    """5-bit codes with an offset of 16: four bits as in Q4_1, the fifth in a bit field of 32."""
    return Codes(_five_bits(raw[..., 2:6], raw[..., 6:]) - 16, half(raw[..., :2]))


def q5_1(raw: Bytes) -> Codes:
    """5-bit codes, packed as in Q5_0, with a scale and a minimum."""
    codes = _five_bits(raw[..., 4:8], raw[..., 8:])
    return Codes(codes, half(raw[..., :2]), half(raw[..., 2:4]))


def _five_bits(field: Bytes, nibbles: Bytes) -> NDArray[np.int16]:
    fifth = np.unpackbits(field, axis=-1, bitorder="little")
    four = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1)
    codes: NDArray[np.int16] = (four | fifth << 4).astype(np.int16)
    return codes


def q4_k(raw: Bytes) -> Codes:
    """Eight small blocks of 4-bit codes; their scales and minima have six bits, times one scale each."""
    return _small_blocks(raw, _nibbles(raw[..., 16:]))


def q5_k(raw: Bytes) -> Codes:
    """As Q4_K, with a fifth bit: bit b of a byte belongs to the b-th small block."""
    fifth = np.stack([raw[..., 16:48] >> block & 1 for block in range(8)], axis=-2)
    codes: Bytes = _nibbles(raw[..., 48:]) | fifth << np.uint8(4)
    return _small_blocks(raw, codes)


def _nibbles(packed: Bytes) -> Bytes:
    """Four groups of 32 bytes as eight small blocks: of a group the low nibbles, then the high ones."""
    groups = packed.reshape(*packed.shape[:-1], 4, BLOCK)
    both = np.stack([groups & 15, groups >> 4], axis=-2)
    return both.reshape(*packed.shape[:-1], 8, BLOCK)


def _small_blocks(raw: Bytes, codes: Bytes) -> Codes:
    scales, minima = _six_bits(raw[..., 4:16])
    return Codes(
        codes.astype(np.int16),
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


def _quarters(packed: Bytes) -> Bytes:
    """Two-bit codes, [..., 64] to [..., 8, 32]: each half of the bytes holds four blocks, a pair of bits each."""
    halves = packed.reshape(*packed.shape[:-1], 2, 1, BLOCK)
    codes = np.concatenate([halves >> shift & 3 for shift in (0, 2, 4, 6)], axis=-2)
    return codes.reshape(*packed.shape[:-1], 8, BLOCK)


def q2_k(raw: Bytes) -> Floats:
    """2-bit codes with a scale and a minimum of four bits every 16 values: the values, [..., 8, 32]."""
    codes = _quarters(raw[..., 16:80]).reshape(*raw.shape[:-1], 16, 16).astype(np.float32)
    scales = half(raw[..., 80:82])[..., None] * (raw[..., :16] & 15).astype(np.float32)
    minima = half(raw[..., 82:84])[..., None] * (raw[..., :16] >> 4).astype(np.float32)
    parts = scales[..., None] * codes - minima[..., None]
    values: Floats = parts.reshape(*raw.shape[:-1], 8, BLOCK)
    return values


def q3_k(raw: Bytes) -> Floats:
    """3-bit codes from -4 to 3, a scale of six bits every 16 values: the values, [..., 8, 32]."""
    third = np.stack([raw[..., :32] >> block & 1 for block in range(8)], axis=-2)
    codes = (_quarters(raw[..., 32:96]) | third << 2).astype(np.int8) - np.int8(4)
    low, high = raw[..., 96:104], raw[..., 104:108]
    four = np.concatenate([low & 15, low >> 4], axis=-1)
    two = np.concatenate([high >> shift & 3 for shift in (0, 2, 4, 6)], axis=-1)
    scales = half(raw[..., 108:110])[..., None] * ((four | two << 4).astype(np.int8) - np.int8(32))
    parts = scales[..., None] * codes.reshape(*raw.shape[:-1], 16, 16)
    values: Floats = parts.reshape(*raw.shape[:-1], 8, BLOCK)
    return values


# what the sixteen codes of the IQ4 types stand for
_LEVELS = np.array(
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.int16
)


def iq4_nl(raw: Bytes) -> Codes:
    """Codes of sixteen unequal levels with a scale, packed as in Q4_1."""
    return Codes(
        _LEVELS[np.concatenate([raw[..., 2:] & 15, raw[..., 2:] >> 4], axis=-1)],
        half(raw[..., :2]),
    )


def iq4_xs(raw: Bytes) -> Codes:
    """Eight small blocks of IQ4_NL's levels; their scales have six bits, times one scale."""
    high = raw[..., 2:4].repeat(4, axis=-1) >> np.tile(np.arange(0, 8, 2, dtype=np.uint8), 2) & 3
    low = np.stack([raw[..., 4:8] & 15, raw[..., 4:8] >> 4], axis=-1)
    scales = (low.reshape(high.shape) | high << 4).astype(np.int8) - np.int8(32)
    packed = raw[..., 8:].reshape(*raw.shape[:-1], 8, BLOCK // 2)
    levels = _LEVELS[np.concatenate([packed & 15, packed >> 4], axis=-1)]
    return Codes(levels, half(raw[..., :2])[..., None] * scales)


@dataclass(frozen=True, slots=True)
class Kind:
    """A ggml type: values and bytes of a block, and how blocks are decoded, to codes or to values."""

    name: str
    values: int
    size: int
    codes: Callable[[Bytes], Codes] | None = None
    plain: Callable[[Bytes], Floats] | None = None


def bf16(raw: Bytes) -> Floats:
    """The upper halves of float32."""
    wide = raw.view(np.uint16).astype(np.uint32) << 16
    values: Floats = wide.view(np.float32)
    return values


F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, BF16 = 0, 1, 2, 3, 6, 7, 8, 30
Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS = 10, 11, 12, 13, 14, 20, 23
KINDS = {
    F32: Kind("F32", 1, 4, plain=lambda raw: raw.view(np.float32)),
    F16: Kind("F16", 1, 2, plain=lambda raw: raw.view(np.float16).astype(np.float32)),
    BF16: Kind("BF16", 1, 2, plain=bf16),
    Q4_0: Kind("Q4_0", BLOCK, 18, codes=q4_0),
    Q4_1: Kind("Q4_1", BLOCK, 20, codes=q4_1),
    Q5_0: Kind("Q5_0", BLOCK, 22, codes=q5_0),
    Q5_1: Kind("Q5_1", BLOCK, 24, codes=q5_1),
    Q8_0: Kind("Q8_0", BLOCK, 34, codes=q8_0),
    Q2_K: Kind("Q2_K", SUPER, 84, plain=q2_k),
    Q3_K: Kind("Q3_K", SUPER, 110, plain=q3_k),
    Q4_K: Kind("Q4_K", SUPER, 144, codes=q4_k),
    Q5_K: Kind("Q5_K", SUPER, 176, codes=q5_k),
    Q6_K: Kind("Q6_K", SUPER, 210, plain=q6_k),
    IQ4_NL: Kind("IQ4_NL", BLOCK, 18, codes=iq4_nl),
    IQ4_XS: Kind("IQ4_XS", SUPER, 136, codes=iq4_xs),
}
_OTHERS = {  # the types of ggml that are named when they are refused
    **{9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS"},
    **{19: "IQ1_S", 21: "IQ3_S", 22: "IQ2_S", 24: "I8", 25: "I16"},
    **{
        26: "I32",
        27: "I64",
        28: "F64",
        29: "IQ1_M",
        34: "TQ1_0",
        35: "TQ2_0",
        39: "MXFP4",
        40: "NVFP4",
    },
}


def name_of(kind: int) -> str:
    """What ggml calls a type."""
    return KINDS[kind].name if kind in KINDS else _OTHERS.get(kind, f"number {kind}")
