"""One graph of a CLIP model: which of its outputs are vectors, whether rows mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.nn.onnx import Session

Vectors = NDArray[np.float32]
Feeds = Mapping[str, NDArray[Any]]


def output_of(session: Session, names: Sequence[str]) -> str:
    """The output with one vector a row: by its name, else the only one of that shape."""
    name = next((name for name in names if name in session.outputs), None)
    flat = [name for name, value in session.outputs.items() if len(value.shape) == 2]
    if name is None and len(flat) == 1 and session.outputs[flat[0]].dtype.startswith("float"):
        name = flat[0]
    if name is None:
        raise ModelError(
            f"{session.path} is no tower of CLIP: it gives {', '.join(session.outputs)}",
            f"expected {' or '.join(names)}",
        )
    return name


def mixes(session: Session) -> bool:
    """Whether what runs together has a scale in common, so that a vector would depend on its neighbours."""
    from lmcli.nn.onnxfile.graph import read_graph

    return bool(read_graph(session.path).of_type("DynamicQuantizeLinear"))
