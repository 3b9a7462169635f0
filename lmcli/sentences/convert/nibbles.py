"""Matrices in 4 bits, as some checkpoints are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nibbles:
    """A matrix in 4 bits, as it was published: codes (rows, columns / 2), two a byte, the first in the low half,
    8 for zero; scales (rows, columns / 32).
    """

    codes: NDArray[np.uint8]
    scales: Matrix

    BLOCK: ClassVar[int] = 32  # values that share a scale

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.codes.shape[0], 2 * self.codes.shape[1]


def stacked(parts: Sequence[Matrix | Nibbles]) -> Matrix | Nibbles:
    """Matrices of one kind below each other."""
    packed = [part for part in parts if isinstance(part, Nibbles)]
    if packed:
        codes = np.concatenate([part.codes for part in packed])
        return Nibbles(codes, np.concatenate([part.scales for part in packed]))
    return np.concatenate([part for part in parts if not isinstance(part, Nibbles)])
