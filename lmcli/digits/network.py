"""An open network for pictures of 28 x 28 pixels: probabilities, and what each layer makes of a picture.

    network = Digits.load().network                    # of lmcli/digits/api.py: the bundled CNN
    network.probabilities(pixels)                      # float32 (n, 28, 28), white ink on black -> (n, 10)
    network.layers(pixels[0])                          # [Layer("conv1", (16, 28, 28)), ...]

LeCun et al. 1998, Gradient-based learning applied to document recognition.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmcli.digits.centring import SIDE
from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model
from lmcli.nn import onnx

TASK = "image-classification"
PIXELS, LOGITS, FEATURES, HIDDEN = "pixel_values", "logits", "features", "hidden"
CONFIG = "config.json"
BATCH = 500  # pictures that run together
LEAST = 0.5  # probability below which a guess is no answer

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer makes of a picture: its feature maps (channels, height, width)."""

    name: str
    kind: str  # "conv" or "pool"
    maps: Floats


class Network:
    """A model of task image-classification whose pictures are 28 x 28, one channel."""

    def __init__(
        self,
        model: Model,
        *,
        provider: str = "auto",
        threads: int | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """Raises ModelError for a model that reads other pictures, or says no labels."""
        self.name = model.name
        self.model = model
        self.labels = _labels(model)
        self.written = model.settings.get("pictures", "written") == "written"
        self.session = onnx.open_session(
            model.graph(), provider=provider, threads=threads, note=note
        )
        taken = self.session.inputs.get(PIXELS)
        if (
            taken is None
            or taken.shape[1:] != (1, SIDE, SIDE)
            or LOGITS not in self.session.outputs
        ):
            raise ModelError(
                f"{model.name} is no model of pictures of {SIDE} x {SIDE}",
                f"its graph needs the input {PIXELS} (n, 1, {SIDE}, {SIDE}) and the output {LOGITS}",
            )

    def probabilities(self, pixels: Floats) -> Floats:
        """The probability of each label, (n, labels), of pictures (n, 28, 28), 0 to 1, white on black."""
        found = [np.zeros((0, len(self.labels)), np.float32)]
        for at in range(0, len(pixels), BATCH):
            feeds = {PIXELS: np.ascontiguousarray(pixels[at : at + BATCH, None], np.float32)}
            found.append(softmax(self.session.run(feeds, [LOGITS])[LOGITS]))
        return np.concatenate(found)

    def layers(self, pixels: Floats) -> list[Layer]:
        """The feature maps of a picture (28, 28), layer by layer. Raises ModelError where the graph gives none."""
        names = [name for name in self.session.outputs if name.startswith(f"{FEATURES}.")]
        if not names:
            raise ModelError(
                f"{self.name} has no layers to show: it is no convolutional network, or gives no features",
                "take one that lmcli digits train --model cnn makes, or the bundled digits-cnn",
            )
        names.sort(key=lambda name: int(name.partition(".")[2]))
        maps = self.session.run({PIXELS: pixels[None, None].astype(np.float32)}, names)
        layers: list[Layer] = []
        counts = {"conv": 0, "pool": 0}
        for name in names:
            found = maps[name][0]
            smaller = layers and found.shape[0] == layers[-1].maps.shape[0]
            smaller = smaller and found.shape[1] < layers[-1].maps.shape[1]
            kind = "pool" if smaller else "conv"
            counts[kind] += 1
            layers.append(Layer(f"{kind}{counts[kind]}", kind, found))
        return layers

    def hidden(self, pixels: Floats) -> Floats | None:
        """The values (n) of the hidden dense layer for a picture (28, 28); None where the graph gives none."""
        if HIDDEN not in self.session.outputs:
            return None
        feeds = {PIXELS: pixels[None, None].astype(np.float32)}
        values: Floats = self.session.run(feeds, [HIDDEN])[HIDDEN][0]
        return values

    @cached_property
    def kernels(self) -> list[Floats]:
        """The kernels of the convolutions, each (filters, channels, height, width), first to last.

        Raises ModelError where they do not lie in the file as numbers, as of a model with 8 bits a weight.
        """
        from lmcli.nn.onnxfile.graph import read_graph
        from lmcli.nn.onnxfile.weights import read_weights

        graph = read_graph(self.session.path)
        names = [node.inputs[1] for node in graph.of_type("Conv")]
        weights = read_weights(self.session.path, names)
        if len(weights) < len(set(names)):
            raise ModelError(
                f"{self.name} keeps its kernels in another form",
                "--filter needs a model that was not stored with --eight-bits",
            )
        return [weights[name].astype(np.float32) for name in names]


def softmax(logits: Floats) -> Floats:
    """exp(z) / sum exp(z) of each row."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares


def _labels(model: Model) -> tuple[str, ...]:
    """The labels in the order of the logits, as config.json's id2label says."""
    path = model.path(CONFIG)
    try:
        named = json.loads(path.read_text(encoding="utf-8"))["id2label"]
        labels = tuple(str(named[str(place)]) for place in range(len(named)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: no labels in id2label: {error}", model.mend()) from None
    return labels
