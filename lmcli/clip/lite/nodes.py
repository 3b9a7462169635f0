"""The graphs of clip-lite under construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile import writer
from lmcli.nn.onnxfile.writer import FLOAT

Floats = NDArray[np.float32]

OPSET = 17
IR_VERSION = 8


class Graph(writer.Graph):
    """Nodes and weights in the order they are added; each method gives the name of the value it makes."""

    def __init__(self, name: str) -> None:
        super().__init__(name, opset=OPSET, ir=IR_VERSION, microsoft=False)

    def half(self, name: str, values: Floats) -> str:
        """A constant of float32 that is stored as float16 and unpacked when the session is made."""
        stored = self.constant(f"{name}.half", values.astype(np.float16))
        return self.op("Cast", stored, to=name, given={"to": FLOAT})

    def ends(
        self, inputs: Mapping[str, Sequence[Any]], outputs: Mapping[str, Sequence[Any]]
    ) -> None:
        """Declare inputs and outputs: names and shapes of float32."""
        for name, shape in inputs.items():
            self.input(name, FLOAT, shape)
        for name, shape in outputs.items():
            self.output(name, FLOAT, shape)
