"""What the layers of an image tower answer to in a picture: from edges to objects.

Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks: the first layers answer to edges and
colours, later ones to textures and parts, the last to whole objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.towers import PIXELS
from lmcli.frame.errors import ModelError
from lmcli.frame.numbers import shortest
from lmcli.nn import onnx
from lmcli.nn.onnxfile.graph import Graph, read_graph

if TYPE_CHECKING:
    from lmcli.frame.models import Model

CLASSES = "names.probs"  # of clip-lite's graph: the probabilities of ImageNet's classes

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stage:
    """A layer of a tower: its number among the convolutions, from 1, and its maps (channels, height, width)."""

    layer: int
    maps: Floats

    def strongest(self, most: int) -> list[int]:
        """The channels that answer to something in the picture, those that differ most within it first."""
        spread = self.maps.std(axis=(1, 2)) / (np.abs(self.maps).mean(axis=(1, 2)) + 1e-6)
        weight = self.maps.std(axis=(1, 2)) * np.minimum(spread, 3)
        return [int(place) for place in np.argsort(-weight, kind="stable")[:most]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A feature map: where in the picture, as shares of its height and width, it answers most."""

    layer: int
    channel: int
    size: int
    max: float
    down: float
    right: float


def stages(
    model: Model, graph: Path, pixels: Floats, **options: Any
) -> tuple[list[Stage], Floats | None]:
    """The last convolution of each size that a picture (3, H, W) goes through, and the first; ImageNet's shares.

    What is negative is cut off, as the activation after it does. Raises ModelError for a tower without convolutions
    that lie one after the other.
    """
    read = read_graph(graph)
    names = [node.outputs[0] for node in read.of_type("Conv")]
    if len(names) < 3:
        raise ModelError(
            f"{model.name} has no layers of feature maps to show: its image tower is a transformer",
            "take the bundled clip-lite",
        )
    also = [CLASSES] if read.producer(CLASSES) else []
    session = onnx.open_session(graph, outputs=_whole(read, names + also), **options)
    found = session.run({PIXELS: pixels[None].astype(np.float32)}, names + also)
    chosen = _chosen([found[name].shape for name in names])
    maps = [Stage(at + 1, np.maximum(found[names[at]][0], 0)) for at in chosen]
    return maps, found[CLASSES][0] if also else None


def _whole(graph: Graph, names: Iterable[str]) -> list[str]:
    """The values that are no outputs of the graph as it is."""
    return [name for name in names if name not in graph.outputs]


def _chosen(shapes: list[tuple[int, ...]]) -> list[int]:
    """The first convolution, and the last of each size."""
    sizes = [shape[2] for shape in shapes]
    lasts = [at for at, size in enumerate(sizes) if at + 1 == len(sizes) or sizes[at + 1] != size]
    return sorted({0, *lasts})


def answers(found: Iterable[Stage], most: int) -> list[Answer]:
    """A row for each of the strongest maps of each stage."""
    rows = []
    for stage in found:
        height, width = stage.maps.shape[1:]
        for channel in stage.strongest(most):
            values = stage.maps[channel]
            row, column = divmod(int(values.argmax()), width)
            place = (round((row + 0.5) / height, 3), round((column + 0.5) / width, 3))
            rows.append(Answer(stage.layer, channel, height, shortest(values.max()), *place))
    return rows
