"""Numbers as rows show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def shortest(value: np.float32) -> float:
    """A float32 as the float with the fewest digits that names it: .85 rather than .8500000238."""
    return float(str(value))
