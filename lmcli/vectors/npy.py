""".npy files mapped into memory, whatever stands in their headers."""

from __future__ import annotations

import warnings
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # numpy.typing takes its time
    import numpy.typing as npt


def map_npy(path: Path) -> npt.NDArray[Any]:
    """The array of an .npy file, mapped and not read; objects (pickles) are refused.

    Raises ValueError for a file that is cut or is none, OSError where it cannot be read.
    """
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns of a header that it had to mend
        try:
            return np.lib.format.open_memmap(path, mode="r")
        except (
            EOFError,
            SyntaxError,
            TokenError,
            OverflowError,
            TypeError,
            RecursionError,
            Warning,
        ):
            raise ValueError(f"{path.name} is no .npy file, or is damaged") from None
