"""The tensors of a safetensors file: a length, a JSON header, then the numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput

_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "BF16": "<u2"}


def read_safetensors(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The tensors of real numbers in a file, as float32; others are left out.

    Raises BadInput where the header does not fit the file.
    """
    size = int.from_bytes(data[:8], "little")
    body = memoryview(data)[8 + size :]
    try:
        header: dict[str, Any] = json.loads(data[8 : 8 + size])
        return {
            name: _tensor(body[slice(*entry["data_offsets"])], entry)
            for name, entry in header.items()
            if entry.get("dtype") in _TYPES
        }
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadInput(f"not a safetensors file: {error}") from None


def _tensor(data: memoryview, entry: dict[str, Any]) -> NDArray[np.float32]:
    values = np.frombuffer(data, _TYPES[entry["dtype"]]).reshape(entry["shape"])
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values if values.dtype == np.float32 else values.astype(np.float32)
