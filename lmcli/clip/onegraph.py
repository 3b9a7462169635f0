"""One graph of a CLIP model: which of its outputs are vectors, what it is fed, whether rows mix."""

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
    """The output with one vector a row."""
    name = next((name for name in names if name in session.outputs), None)
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


def only(session: Session, feeds: Feeds) -> dict[str, NDArray[Any]]:
    """The feeds that a graph takes."""
    return {name: array for name, array in feeds.items() if name in session.inputs}
