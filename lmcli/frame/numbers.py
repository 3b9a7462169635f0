"""Numbers that many modules make: rows of length 1, and floats as rows of output show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shortest(value: np.float32) -> float:
    """A float32 as the float with the fewest digits that names it: .85 rather than .8500000238; 0 has no sign."""
    return float(str(value)) + 0.0


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=units, where=lengths != 0)
    return units
